/** A message as numbers: what is really there, for everybody who wants to count. */

import { type Html, html } from '#shared/page/html.ts';
import { number, type PageContext, page } from './frame.ts';
import { messagePath } from './paths.ts';
import { sourceLinks } from './source-links.ts';
import { SOURCE_WORDS, type SourceWords } from './source-words.ts';
import { fill, WORDS } from './words.ts';

export interface OctetsView {
  readonly folder: { readonly name: string; readonly title: string };
  readonly uid: number;
  readonly subject: string;
  /** Place of the first one. */
  readonly first: number;
  readonly octets: Uint8Array;
  readonly octetsInAll: number;
  /** Where the body begins. */
  readonly bodyAt: number;
}

const ROW = 16;
export const OCTETS_PER_PAGE = 128 * ROW;

export function octetsPage(context: PageContext, view: OctetsView): string {
  const words = SOURCE_WORDS[context.language];
  const rows = Array.from({ length: Math.ceil(view.octets.length / ROW) }, (_, index) => index * ROW);
  return page(
    context,
    words.octetsTitle,
    html`${sourceLinks(view, 'octets', context.language)}
    <h1>${words.octetsTitle} <span class="quiet">${view.subject || WORDS[context.language].noSubject}</span></h1>
    <p class="lead">${words.octetsLead}</p>
    <p class="legend"><span class="h">${words.headerOctets}</span> <span class="b">${words.bodyOctets}</span> <span class="e">${words.endOctets}</span> <span class="x">${words.eightOctets}</span></p>
    <div class="scroll"><table class="octets"><tbody>${rows.map((at) => rowView(view, at))}</tbody></table></div>
    ${turnLinks(context, view, words)}`,
    true,
  );
}

function rowView(view: OctetsView, at: number): Html {
  const octets = [...view.octets.subarray(at, at + ROW)];
  const place = view.first + at;
  const cells = octets.map((octet, index) => {
    const kind = kindOf(octet, place + index, view.bodyAt);
    return html`<td class="${kind}">${octet.toString(16).toUpperCase().padStart(2, '0')}</td>`;
  });
  const rest = ROW - octets.length;
  const text = octets.map((octet) => (octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '·')).join('');
  return html`<tr><th scope="row">${place.toString(16).toUpperCase().padStart(6, '0')}</th>${cells}${rest === 0 ? null : html`<td colspan="${rest}"></td>`}<td class="ascii">${text}</td></tr>`;
}

/** Classes of the style sheet, one letter each: there are two thousand of them on a page. */
function kindOf(octet: number, place: number, bodyAt: number): string {
  if (octet >= 0x80) return 'x';
  if (octet === 0x0d || octet === 0x0a) return 'e';
  return place < bodyAt ? 'h' : 'b';
}

function turnLinks(
  { language }: PageContext,
  { folder, uid, first, octets, octetsInAll }: OctetsView,
  words: SourceWords,
): Html {
  const link = (from: number, text: string) =>
    html`<a href="${messagePath(folder.name, uid, '/octets')}?from=${from}">${text}</a>`;
  const last = first + octets.length;
  const place = {
    first: number(first, language),
    last: number(Math.max(0, last - 1), language),
    all: number(octetsInAll, language),
  };
  return html`<nav class="pages"><span>${first > 0 ? link(Math.max(0, first - OCTETS_PER_PAGE), `← ${words.before}`) : null}</span>
    <span class="quiet">${fill(words.shown, place)}</span>
    <span>${last < octetsInAll ? link(last, `${words.after} →`) : null}</span></nav>`;
}
