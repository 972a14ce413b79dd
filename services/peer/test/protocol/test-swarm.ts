import type { PieceGrid } from '#shared/bittorrent/metainfo.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { POLICY_START } from '../../src/protocol/policy.ts';
import type { SwarmOptions } from '../../src/protocol/swarm-exchange.ts';
import { seededRandom } from './seeded-random.ts';
import { TEST_TORRENT } from './test-torrent.ts';

/** An ordinary peer without limits that has the pieces `have` and starts at `now`; its choices are the same in every run. */
export function testSwarm(grid: PieceGrid, have: PieceSet, now: number): SwarmOptions {
  return {
    grid,
    have,
    neighboursMax: 10,
    role: 'ordinary',
    ...POLICY_START,
    ...TEST_TORRENT,
    uploadBytesPerS: 0,
    downloadBytesPerS: 0,
    random: seededRandom(1),
    now,
  };
}

/** A set of pieces of such a grid. */
export function piecesOf({ pieceCount }: PieceGrid, indexes: Iterable<number>): PieceSet {
  const set = new PieceSet(pieceCount);
  for (const index of indexes) set.add(index);
  return set;
}
