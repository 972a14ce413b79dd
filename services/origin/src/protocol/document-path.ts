/**
 * From the path of a URL to the names of a file below a site's folder. A path names a document only if each of its
 * segments, decoded, is a plain file name: nothing here can climb out, name a hidden file or smuggle in a separator.
 */

export type DocumentPath =
  | {
      readonly kind: 'path';
      /** Decoded names, outermost first. */
      readonly segments: readonly string[];
      /** Whether the path ends in "/": the document is then the folder's index. */
      readonly folder: boolean;
    }
  | { readonly kind: 'bad-request'; readonly because: string }
  | { readonly kind: 'not-found'; readonly because: string };

/** Folders below each other at most. */
const SEGMENTS_MAX = 32;

/** The one name with a leading full stop that may be asked for (RFC 8615). */
const WELL_KNOWN = '.well-known';

/** @param path of a request target: begins with "/", may have a query, which documents ignore. */
export function parseDocumentPath(path: string): DocumentPath {
  const encoded = pathOnly(path).slice(1).split('/');
  const folder = encoded.at(-1) === '';
  if (folder) encoded.pop();
  if (encoded.length > SEGMENTS_MAX) return { kind: 'not-found', because: `more than ${SEGMENTS_MAX} folders deep` };
  const segments: string[] = [];
  for (const text of encoded) {
    const segment = decodeSegment(text);
    if (segment === null)
      return { kind: 'bad-request', because: 'the path has a percent sign that encodes no UTF-8 octet' };
    const fault = faultOf(segment);
    if (fault !== null) return { kind: 'not-found', because: fault };
    segments.push(segment);
  }
  return { kind: 'path', segments, folder };
}

/** The path of a document without any encoding: one for each document. */
export function plainPath({ segments, folder }: Extract<DocumentPath, { kind: 'path' }>): string {
  return segments.length === 0 ? '/' : `/${segments.join('/')}${folder ? '/' : ''}`;
}

/** The path without its query. */
export function pathOnly(path: string): string {
  const query = path.indexOf('?');
  return query === -1 ? path : path.slice(0, query);
}

function decodeSegment(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function faultOf(segment: string): string | null {
  if (segment === '') return 'an empty segment names no file';
  if (/[\x00-\x1f\x7f]/.test(segment)) return 'a control character names no file';
  if (/[/\\]/.test(segment)) return 'an encoded separator does not separate';
  if (segment.startsWith('.') && segment !== WELL_KNOWN) return 'names that begin with a full stop are not served';
  return null;
}
