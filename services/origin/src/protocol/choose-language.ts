/** Which language a reader gets (RFC 9110, section 12.5.4; the matching schemes are those of RFC 4647). */

import { parseWeightedList, type Weighted } from '#shared/http/weighted-list.ts';

export interface LanguageChoice {
  readonly language: string;
  readonly because: string;
}

/**
 * @param acceptLanguage the combined value of Accept-Language, undefined where there is none.
 * @param available languages that there are; the first is the default.
 */
export function chooseLanguage(acceptLanguage: string | undefined, available: readonly string[]): LanguageChoice {
  const [otherwise = ''] = available;
  if (acceptLanguage === undefined) return { language: otherwise, because: 'the reader names no language' };
  const wanted = parseWeightedList(acceptLanguage);
  const best = bestOf(available, (tag) => weightOf(tag, wanted));
  if (best !== null) return { language: best, because: `of ${available.join(', ')} the reader prefers ${best}` };
  // RFC 9110, section 12.5.4: sending a default is better than 406: the reader may know more languages than the browser says.
  return { language: otherwise, because: `the reader accepts none of ${available.join(', ')}: this is the default` };
}

function bestOf(available: readonly string[], judge: (tag: string) => number): string | null {
  let best: string | null = null;
  let most = 0;
  for (const tag of available) {
    const weight = judge(tag);
    if (weight > most) [best, most] = [tag, weight];
  }
  return best;
}

/**
 * Basic filtering (RFC 4647, section 3.3.1): the range "fr" means "fr" and "fr-CA", and the longest range that fits decides. Where
 * none fits, lookup (section 3.4): who asks for "fr-CA" alone is better off with "fr" than with another language. "*" is for the rest.
 */
function weightOf(tag: string, wanted: readonly Weighted[]): number {
  const fits = wanted.filter(({ value }) => value === tag || tag.startsWith(`${value}-`));
  const longest = fits.toSorted((one, other) => other.value.length - one.value.length)[0];
  if (longest !== undefined) return longest.weight;
  const narrower = wanted.filter(({ value }) => value.startsWith(`${tag}-`)).map(({ weight }) => weight);
  return narrower.length > 0 ? Math.max(...narrower) : (wanted.find(({ value }) => value === '*')?.weight ?? 0);
}
