/**
 * How long a neighbour will take to answer, as far as what it has given so far can tell: whether a block that it was asked for is
 * late, so that another should be asked too (the endgame).
 */
import { BLOCK_OCTETS } from '#shared/bittorrent/peer-message.ts';
import type { Neighbour } from './neighbour.ts';

/** What is expected within this time is not late, in milliseconds: a second copy of it would come for nothing. */
export const PATIENCE_MS = 250;
/** For how long one waits before somebody is asked who has not given a block yet: those that have given some come first. */
const UNPROVEN_PATIENCE_MS = 2_000;
/** How much sooner the other must be expected to answer. */
const TIMES_SOONER = 2;
const MS_PER_S = 1000;

type Download = Neighbour['download'];

/** Milliseconds until it will have answered everything that it was asked for. */
export function allAnsweredMs({ requested, meter, lastBlockAt }: Download, now: number): number {
  const [oldest] = requested.values();
  if (oldest === undefined) return 0;
  // Who has fallen silent is as slow as the silence is long, whatever it gave before.
  const silentMs = now - Math.max(lastBlockAt, oldest.at);
  return requested.size * Math.max(blockMs(meter.rate(now)), silentMs);
}

/** For how long one waits for others before this one is asked as well, which has nothing else to answer. */
export function patienceMs({ meter, rttMs }: Download, now: number): number {
  if (rttMs === null) return UNPROVEN_PATIENCE_MS;
  return Math.max(PATIENCE_MS, TIMES_SOONER * (rttMs + blockMs(meter.rate(now))));
}

/** Of one that has not given anything nobody knows: it is taken as fast, until it has been silent for some time. */
function blockMs(bytesPerS: number): number {
  return bytesPerS === 0 ? 0 : (BLOCK_OCTETS * MS_PER_S) / bytesPerS;
}
