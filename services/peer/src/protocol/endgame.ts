/**
 * The endgame: when every missing block is asked for, those that are late are asked of others too, so that one slow neighbour
 * does not delay the end (B. Cohen, "Incentives Build Robustness in BitTorrent", section 2.4.4). Of all the block that is latest:
 * two copies of a block are one too many. Part of the piece picker.
 */
import type { NeighbourId } from './neighbour.ts';
import type { Candidates } from './rarity-order.ts';
import type { StartedPiece } from './started-piece.ts';

/**
 * How late the blocks are that these neighbours were asked for, in milliseconds; nothing is late where it is 0 or less.
 */
export type Lateness = (asked: readonly NeighbourId[]) => number;

/** Which block of the `started` pieces `neighbour`, which has the pieces `theirs`, is asked for as one more; null for none. */
export function latestBlock(
  started: readonly StartedPiece[],
  neighbour: NeighbourId,
  theirs: Candidates,
  lateness: Lateness,
): { readonly piece: StartedPiece; readonly nth: number } | null {
  if (!started.every((piece) => piece.isRequested)) return null;
  let latest = { ms: 0, piece: null as StartedPiece | null, nth: 0 };
  for (const piece of started) {
    if (!theirs.has(piece.index) || piece.isExclusive || piece.isWhole) continue;
    for (const { nth, askedFrom } of piece.awaited) {
      // However many were asked, each was late when the next one was: four that are silent must not keep out the one that gives.
      if (askedFrom.includes(neighbour)) continue;
      const ms = lateness(askedFrom);
      // Of one neighbour's blocks the last will come last.
      if (ms > 0 && ms >= latest.ms) latest = { ms, piece, nth };
    }
  }
  const { piece, nth } = latest;
  return piece === null ? null : { piece, nth };
}
