/** The links of a message: what a person could click. RFC 3986 says which characters an address has. */
import { attributeOf, scanHtml } from './html-scan.ts';

export interface MessageLink {
  readonly url: string;
  /** What stands in its place for the reader; '' for an address in plain text. */
  readonly text: string;
}

/** Links of one message. */
const LINKS_MAX = 200;
const URL_LENGTH_MAX = 8_000;
const LINK_TEXT_LENGTH_MAX = 200;
const SCHEME = /^(?:https?|mailto):/i;
/** An address in plain text ends at a blank, at a letter of no URL, and before the punctuation of the sentence. */
const IN_TEXT = /\bhttps?:\/\/[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+/gi;

/** Every address once, those of the HTML first, in the order of the message. */
export function linksIn({ text, html }: { readonly text: string; readonly html: string }): MessageLink[] {
  const found = new Map<string, string>();
  const add = (url: string, shown: string) => {
    if (found.size < LINKS_MAX && url.length <= URL_LENGTH_MAX && !found.has(url)) found.set(url, shown);
  };
  for (const { url, text: shown } of anchorsOf(html)) add(url, shown);
  for (const { url } of addressesIn(text)) {
    if (found.size === LINKS_MAX) break;
    add(url, '');
  }
  return [...found].map(([url, shown]) => ({ url, text: shown }));
}

/** The addresses of plain text, and where each begins. */
export function* addressesIn(text: string): Generator<{ readonly url: string; readonly at: number }> {
  for (const match of text.matchAll(IN_TEXT)) yield { url: withoutSentenceEnd(match[0]), at: match.index };
}

function* anchorsOf(html: string): Generator<MessageLink> {
  let open: { url: string; text: string } | null = null;
  for (const piece of scanHtml(html)) {
    if (piece.kind === 'text') {
      if (open !== null && open.text.length < LINK_TEXT_LENGTH_MAX) open.text += piece.text;
      continue;
    }
    if (piece.name !== 'a' && piece.name !== 'area') continue;
    if (open !== null) yield finished(open);
    const href = piece.isEnd ? null : attributeOf(piece.attributes, 'href')?.trim();
    open = href !== null && href !== undefined && SCHEME.test(href) ? { url: href, text: '' } : null;
  }
  if (open !== null) yield finished(open);
}

function finished({ url, text }: MessageLink): MessageLink {
  return { url, text: text.replace(/\s+/g, ' ').trim().slice(0, LINK_TEXT_LENGTH_MAX) };
}

/** `(see http://x.fr/a_(b)).` means `http://x.fr/a_(b)`: a bracket belongs to the address when it was opened there. */
function withoutSentenceEnd(found: string): string {
  const url = found.slice(0, URL_LENGTH_MAX);
  let unopened = url.split(')').length - url.split('(').length;
  let end = url.length;
  for (; end > 0; end -= 1) {
    const last = url.charAt(end - 1);
    if (last === ')' ? unopened <= 0 : !".,;:!?'*]".includes(last)) break;
    if (last === ')') unopened -= 1;
  }
  return url.slice(0, end);
}
