import { Html, html } from '#shared/page/html.ts';
import { addressesIn } from '../protocol/message-links.ts';

/** Links that are made of one text; what comes later is there to be read. */
const LINKS_MAX = 200;

/** Plain text as it was written, in which addresses of the Web can be followed. They open beside the mail, and are not told from where. */
export function linkedText(text: string): Html {
  const pieces: Html[] = [];
  let at = 0;
  for (const { url, at: from } of addressesIn(text)) {
    if (pieces.length === LINKS_MAX) break;
    pieces.push(html`${text.slice(at, from)}<a href="${url}" target="_blank" rel="noopener noreferrer">${url}</a>`);
    at = from + url.length;
  }
  // Blanks and line ends are part of the text: nothing may come between the pieces.
  return new Html(pieces.map((piece) => piece.text).join('') + html`${text.slice(at)}`.text);
}
