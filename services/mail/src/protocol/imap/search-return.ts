/** What SEARCH is to tell of what it finds: RFC 4731; SAVE of RFC 5182; both in RFC 9051, section 6.4.4. */
import type { ImapParser } from './parser.ts';
import { formatString } from './response.ts';
import { formatSequenceSet } from './sequence-set.ts';

const OPTIONS = ['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE'] as const;
export type ReturnOption = (typeof OPTIONS)[number];

/** ` RETURN (MIN COUNT)`; null when nothing is said of it. `RETURN ()` means ALL. */
export function parseSearchReturn(parser: ImapParser): ReadonlySet<ReturnOption> | null {
  if (!parser.skip(' RETURN ')) return null;
  const options = parser.list(() => {
    const word = parser.atom().toUpperCase();
    return OPTIONS.find((option) => option === word) ?? parser.fail(`one of ${OPTIONS.join(', ')}`);
  });
  return new Set(options.length === 0 ? ['ALL' as const] : options);
}

/** A message that was found: its number or UID, and its MODSEQ. */
export interface Found {
  readonly number: number;
  readonly modseq: number;
}

/** The members of `found` that SAVE keeps: with MIN or MAX and without ALL and COUNT only these (RFC 5182, section 2.4). */
export function chooseSaved<Item>(found: readonly Item[], options: ReadonlySet<ReturnOption>): Item[] {
  const [first, last] = [found[0], found.at(-1)];
  const isAll = options.has('ALL') || options.has('COUNT') || !(options.has('MIN') || options.has('MAX'));
  if (isAll || first === undefined || last === undefined) return [...found];
  if (!options.has('MAX')) return [first];
  return options.has('MIN') && found.length > 1 ? [first, last] : [last];
}

/** The SEARCH response of IMAP4rev1: RFC 3501, section 7.2.5, with the MODSEQ of RFC 7162, section 3.1.5. */
export function formatSearch(found: readonly Found[], tellsModseq: boolean): string {
  const numbers = found.map(({ number }) => ` ${number}`).join('');
  const modseq = tellsModseq && found.length > 0 ? ` (MODSEQ ${highest(found)})` : '';
  return `* SEARCH${numbers}${modseq}`;
}

/**
 * The ESEARCH response: RFC 9051, section 7.3.4. What was not found is not told: no MIN, MAX or ALL of nothing. Null when
 * only SAVE was asked for (RFC 5182, section 2.1).
 */
export function formatEsearch(
  tag: string,
  found: readonly Found[],
  options: ReadonlySet<ReturnOption>,
  told: { readonly isUid: boolean; readonly tellsModseq: boolean },
): string | null {
  if (options.size === 1 && options.has('SAVE')) return null;
  const words = [`* ESEARCH (TAG ${formatString(tag)})`, ...(told.isUid ? ['UID'] : [])];
  const [first, last] = [found[0], found.at(-1)];
  if (first !== undefined && last !== undefined) {
    if (options.has('MIN')) words.push(`MIN ${first.number}`);
    if (options.has('MAX')) words.push(`MAX ${last.number}`);
    if (options.has('ALL')) words.push(`ALL ${formatSequenceSet(found.map(({ number }) => number))}`);
  }
  if (options.has('COUNT')) words.push(`COUNT ${found.length}`);
  // RFC 7162, section 3.1.10: of what is told, or of all that was found.
  if (told.tellsModseq && found.length > 0) words.push(`MODSEQ ${highest(chooseSaved(found, options))}`);
  return words.join(' ');
}

function highest(found: readonly Found[]): number {
  return found.reduce((most, { modseq }) => Math.max(most, modseq), 0);
}
