/**
 * What a shop shows to somebody it remembers: things from the shelf that the visitor looked at last, and things that visitors
 * with the same taste have looked at. The second comes from sums over all visitors: how many have looked at a thing, and how
 * many at both of two things. A sum knows no visitor; it also does not become smaller when one is forgotten.
 */

import { type Catalogue, type Item, itemsOf } from './catalogue.ts';
import { itemsSeen, type Look, type Visitor } from './visitor.ts';

/** Things in one row of the page. */
const SHOWN_MAX = 4;
/** Things of the visitor that others are compared by: the latest ones. */
const COMPARED_MAX = 6;

export interface BecauseYouLooked {
  /** What the visitor looked at: a thing, or a shelf where `item` is null. */
  readonly look: Look;
  readonly items: readonly Item[];
}

/** Things of the category that the visitor looked at last and has something left to show. */
export function becauseYouLooked(visitor: Visitor, catalogue: Catalogue): BecauseYouLooked | null {
  const seen = new Set(itemsSeen(visitor));
  for (const look of visitor.looks.toReversed()) {
    if (!catalogue.categories.has(look.category)) continue;
    const items = itemsOf(catalogue, look.category).filter(({ id }) => !seen.has(id));
    if (items.length > 0) return { look, items: items.slice(0, SHOWN_MAX) };
  }
  return null;
}

/** The name of a sum: of one thing, or of two in either order. */
function tallyName(one: string, other?: string): string {
  if (other === undefined) return one;
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}

/** The sums that grow by one when the visitor looks at `item`; none when it is not for the first time. */
export function talliesOfLook(visitor: Visitor, item: string): readonly string[] {
  const seen = itemsSeen(visitor);
  return seen.includes(item) ? [] : [tallyName(item), ...seen.map((other) => tallyName(item, other))];
}

export interface VisitorsLikeYou {
  readonly item: Item;
  /** Of `all` visitors who looked at `seen`, `both` looked at the item too; the visitor who asks is among `all`. */
  readonly seen: Item;
  readonly both: number;
  readonly all: number;
}

/** The sums that `visitorsLikeYou` needs. */
export function talliesToRead(visitor: Visitor, catalogue: Catalogue): readonly string[] {
  const seen = compared(visitor, catalogue);
  const others = unseen(visitor, catalogue);
  return seen.flatMap((own) => [tallyName(own.id), ...others.map((other) => tallyName(own.id, other.id))]);
}

/** What others with the same taste looked at, the most frequent first; each with the pair that speaks most for it. */
export function visitorsLikeYou(
  visitor: Visitor,
  catalogue: Catalogue,
  tallies: ReadonlyMap<string, number>,
): readonly VisitorsLikeYou[] {
  const sum = (name: string) => tallies.get(name) ?? 0;
  const own = compared(visitor, catalogue);
  const scored = unseen(visitor, catalogue).map((item) => {
    const pairs = own.map((seen) => ({
      ...{ item, seen, all: sum(tallyName(seen.id)) },
      both: sum(tallyName(seen.id, item.id)),
    }));
    const best = pairs.toSorted((a, b) => b.both * a.all - a.both * b.all || b.both - a.both)[0];
    return { best, score: pairs.reduce((total, { both }) => total + both, 0) };
  });
  return scored
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, SHOWN_MAX)
    .flatMap(({ best }) => best ?? []);
}

function compared(visitor: Visitor, catalogue: Catalogue): readonly Item[] {
  return itemsSeen(visitor)
    .flatMap((id) => catalogue.items.get(id) ?? [])
    .slice(-COMPARED_MAX);
}

function unseen(visitor: Visitor, catalogue: Catalogue): readonly Item[] {
  const seen = new Set(itemsSeen(visitor));
  return [...catalogue.items.values()].filter(({ id }) => !seen.has(id));
}
