/** Which content coding a document gets (RFC 9110, section 12.5.3). */

import { parseWeightedList } from '#shared/http/weighted-list.ts';

export type ContentCoding = 'br' | 'zstd' | 'gzip';

/** In the order of our preference, where a client likes several equally: the shortest result first. */
const CODINGS: readonly ContentCoding[] = ['br', 'zstd', 'gzip'];

export type CodingChoice =
  | { readonly kind: 'coded'; readonly coding: ContentCoding }
  | { readonly kind: 'identity' }
  | { readonly kind: 'not-acceptable'; readonly because: string };

/**
 * @param acceptEncoding the combined value of Accept-Encoding, undefined where there is none.
 * @param codable whether the document can be had in other codings than identity.
 */
export function chooseCoding(acceptEncoding: string | undefined, codable: boolean): CodingChoice {
  // Without the field any coding is acceptable; a client that says nothing may know none.
  if (acceptEncoding === undefined) return { kind: 'identity' };
  const weights = new Map(parseWeightedList(acceptEncoding).map(({ value, weight }) => [nameOf(value), weight]));
  const rest = weights.get('*');
  const identity = weights.get('identity') ?? (rest === 0 ? 0 : null);
  const best = codable ? mostLiked(weights, rest) : null;
  if (best !== null && best.weight >= (identity ?? 0)) return { kind: 'coded', coding: best.coding };
  if (identity !== 0) return { kind: 'identity' };
  return { kind: 'not-acceptable', because: 'the client refuses the document as it is, and accepts no coding of it' };
}

function mostLiked(weights: ReadonlyMap<string, number>, rest: number | undefined) {
  let best: { coding: ContentCoding; weight: number } | null = null;
  for (const coding of CODINGS) {
    const weight = weights.get(coding) ?? rest ?? 0;
    if (weight > (best?.weight ?? 0)) best = { coding, weight };
  }
  return best;
}

/** RFC 9110, section 8.4.1.3: "x-gzip" is "gzip". */
function nameOf(coding: string): string {
  return coding === 'x-gzip' ? 'gzip' : coding;
}
