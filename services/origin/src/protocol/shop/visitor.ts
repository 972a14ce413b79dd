/**
 * What the shop writes down about one visitor: the row of its database. Every change makes a new row from the old one, so that
 * it can be refused when somebody else was faster.
 */

export interface Visitor {
  readonly id: string;
  /** All times are lab time, in milliseconds since 1970. */
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** When the browser was last given the cookie: it is renewed when half of its life is over. */
  readonly cookieSetAt: number;
  /** Pages that were asked for and forms that were sent: lines of the log, those included that it has lost. */
  readonly requests: number;
  readonly looks: readonly Look[];
  readonly basket: readonly BasketLine[];
  readonly log: readonly LogLine[];
  /** The customer that this visitor has been; to be recognised is not to be signed in. */
  readonly customer: string | null;
}

/** A thing, or a shelf where no thing is named, that the visitor has looked at. The latest look comes last. */
export interface Look {
  readonly category: string;
  readonly item: string | null;
  readonly at: number;
  readonly times: number;
}

interface BasketLine {
  readonly item: string;
  readonly count: number;
}

/** Which page, when. */
interface LogLine {
  readonly at: number;
  readonly method: string;
  readonly path: string;
}

/** Lines of the log; a row stays below 24 KB. */
export const LOG_LINES_MAX = 100;
/** Different things and shelves that are remembered as looked at. */
export const LOOKS_MAX = 80;
/** Different things in a basket, and pieces of each. */
export const BASKET_LINES_MAX = 40;
export const PIECES_MAX = 99;

export function newVisitor(id: string, now: number): Visitor {
  return {
    ...{ id, firstSeenAt: now, lastSeenAt: now, cookieSetAt: now, requests: 0 },
    ...{ looks: [], basket: [], log: [], customer: null },
  };
}

/** The visitor has asked for a page, or sent a form to it. */
export function withPage(visitor: Visitor, method: string, path: string, now: number): Visitor {
  const log = [...visitor.log, { at: now, method, path }];
  const lost = Math.max(0, log.length - LOG_LINES_MAX);
  return {
    ...visitor,
    lastSeenAt: now,
    requests: visitor.requests + 1,
    log: log.slice(lost),
  };
}

/** The visitor has looked at a thing, or at a shelf. */
export function withLook(visitor: Visitor, category: string, item: string | null, now: number): Visitor {
  const isSame = (look: Look) => look.category === category && look.item === item;
  const times = (visitor.looks.find(isSame)?.times ?? 0) + 1;
  const looks = [...visitor.looks.filter((look) => !isSame(look)), { category, item, at: now, times }];
  return { ...visitor, looks: looks.slice(-LOOKS_MAX) };
}

/** The things that the visitor has looked at, the latest last. */
export function itemsSeen(visitor: Visitor): readonly string[] {
  return visitor.looks.flatMap(({ item }) => item ?? []);
}

/** Adds pieces of a thing to the basket, or takes them out with a negative number; within the limits of a basket. */
export function withPieces(visitor: Visitor, item: string, pieces: number): Visitor {
  const before = visitor.basket.find((line) => line.item === item)?.count ?? 0;
  const count = Math.max(0, Math.min(PIECES_MAX, before + pieces));
  if (before === 0 && count > 0 && visitor.basket.length >= BASKET_LINES_MAX) return visitor;
  const changed = visitor.basket.map((line) => (line.item === item ? { item, count } : line));
  const basket = before === 0 ? [...changed, { item, count }] : changed;
  return { ...visitor, basket: basket.filter((line) => line.count > 0) };
}

/** The same visitor under a new id, as after each change of what the browser may do: an id that was planted is worth nothing. */
export function underNewId(visitor: Visitor, id: string, now: number): Visitor {
  return { ...visitor, id, cookieSetAt: now };
}
