/**
 * Greylisting: RFC 6647, section 2.4. The first try of a client, sender and recipient is put off; a later one is taken when
 * the pause is over. What is remembered is bounded: the oldest is forgotten first, and then only put off once more.
 */

/** How long a new triplet is put off, in milliseconds of lab time: the third try of the queue's schedule is late enough. */
export const GREYLIST_MS = 10_000;
/** Triplets that are remembered. */
const TRIPLETS_MAX = 1_000;

/** When each triplet was first seen. */
export type Greylist = ReadonlyMap<string, number>;

export function stepGreylist(
  seen: Greylist,
  triplet: readonly string[],
  now: number,
): { readonly seen: Greylist; readonly waitsMs: number } {
  const key = JSON.stringify(triplet.map((part) => part.toLowerCase()));
  const firstAt = seen.get(key);
  if (firstAt !== undefined) return { seen, waitsMs: Math.max(0, firstAt + GREYLIST_MS - now) };
  const kept = [...seen].slice(-(TRIPLETS_MAX - 1));
  return { seen: new Map([...kept, [key, now]]), waitsMs: GREYLIST_MS };
}
