/**
 * A random subset of `wanted` items, each subset equally likely, in random order: the beginning of a Fisher-Yates shuffle.
 * `random` gives numbers from 0 up to, but not including, 1.
 */
export function sample<Item>(items: readonly Item[], wanted: number, random: () => number): Item[] {
  const shuffled = [...items];
  const size = Math.min(wanted, shuffled.length);
  for (let at = 0; at < size; at++) {
    const other = at + Math.floor(random() * (shuffled.length - at));
    [shuffled[at], shuffled[other]] = [shuffled[other] as Item, shuffled[at] as Item];
  }
  return shuffled.slice(0, size);
}
