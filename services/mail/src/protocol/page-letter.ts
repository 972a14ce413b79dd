/**
 * A page of the Web as one message: RFC 2557. The page names its pictures by their files; in the message it names them by
 * `cid:` (RFC 2392), and they travel with it, all objects in one message.
 */

export interface PageObject {
  readonly filename: string;
  readonly contentId: string;
}

/** Attributes that name an object of the page. */
const NAMING = /(\ssrc\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;

/** The page with the names of `objects` replaced, and which of them it names. */
export function namePageObjects(
  html: string,
  objects: readonly PageObject[],
): { readonly html: string; readonly named: readonly PageObject[] } {
  const named = new Set<PageObject>();
  const text = html.replace(
    NAMING,
    (whole: string, before: string, double?: string, single?: string, bare?: string) => {
      const object = objects.find(({ filename }) => filename === fileOf(double ?? single ?? bare ?? ''));
      if (object === undefined) return whole;
      named.add(object);
      return `${before}"cid:${object.contentId}"`;
    },
  );
  return { html: text, named: [...named] };
}

/** `/album/01.jpg?big` names the file 01.jpg. */
function fileOf(address: string): string {
  const file =
    address
      .replace(/[?#].*$/s, '')
      .split('/')
      .at(-1) ?? '';
  try {
    return decodeURIComponent(file);
  } catch {
    return file;
  }
}
