/** Pieces as columns of a table: one each, or several together where there are many. Knows nothing of the document. */

/** @import { Peer } from './swarm-picture.js' */
/** @typedef {{ first: number, last: number }} Column */
/**
 * @typedef {object} Cell what a peer has of a column
 * @property {'missing' | 'picked' | 'have'} state
 * @property {number} share of its pieces that are there, 0 to 1
 * @property {readonly (readonly [giver: string, blocks: number])[]} givers who gave most comes first; none of what was there before
 * @property {string | null} asked who is asked for it now
 */

/** Columns that a table has, at most. */
const COLUMNS_MAX = 64;

/** @param {number} pieces @returns {Column[]} */
export function columnsOf(pieces) {
  const each = Math.max(1, Math.ceil(pieces / COLUMNS_MAX));
  return Array.from({ length: Math.ceil(pieces / each) }, (_, at) => ({
    first: at * each,
    last: Math.min(pieces, (at + 1) * each) - 1,
  }));
}

/** @param {Pick<Peer, 'have' | 'picked'> | undefined} peer undefined where nothing is known of it @param {Column} column @returns {Cell} */
export function cellOf(peer, { first, last }) {
  let there = 0;
  /** @type {string | null} */
  let asked = null;
  /** @type {Map<string, number>} */
  const blocks = new Map();
  for (let index = first; index <= last; index += 1) {
    const had = peer?.have.get(index);
    if (had !== undefined) there += 1;
    else asked ??= peer?.picked.get(index)?.from ?? null;
    // Thousands of them for each picture of a crowd: no list is made of them.
    for (const giver in had?.givers) blocks.set(giver, (blocks.get(giver) ?? 0) + (had.givers[giver] ?? 0));
  }
  const share = there / (last - first + 1);
  const givers = [...blocks].sort((a, b) => b[1] - a[1]);
  return { state: there > 0 ? 'have' : asked === null ? 'missing' : 'picked', share, givers, asked };
}

/** The fewest copies of a piece in each column. @param {readonly number[]} copies @param {readonly Column[]} columns */
export function fewestIn(copies, columns) {
  return columns.map(({ first, last }) => Math.min(...copies.slice(first, last + 1)));
}

/**
 * The pieces of which there are fewest copies, among those that are `wanted`, and how many copies that is. A piece that nobody has
 * cannot be asked for.
 * @param {readonly number[]} copies
 * @param {(index: number) => boolean} wanted
 */
export function rarestOf(copies, wanted) {
  let fewest = Number.POSITIVE_INFINITY;
  /** @type {number[]} */
  let pieces = [];
  for (const [index, count] of copies.entries()) {
    if (count === 0 || count > fewest || !wanted(index)) continue;
    if (count < fewest) pieces = [];
    fewest = count;
    pieces.push(index);
  }
  return { pieces, copies: pieces.length === 0 ? 0 : fewest };
}
