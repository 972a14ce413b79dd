/**
 * How many requests to keep on their way to one neighbour. One at a time would leave the link idle for a round trip after
 * each block (BEP 3: "implementations should keep several requests queued up"); too many would tie blocks to a slow
 * neighbour, and would ask for rare pieces long before they come, while others ask for the same ones.
 */
import { BLOCK_OCTETS } from '#shared/bittorrent/peer-message.ts';

/** The least: what BEP 3's first implementation kept. */
const DEPTH_MIN = 5;
/** The most: what implementations accept without a word (`reqq` 250 of BEP 10). */
export const DEPTH_MAX = 250;
/** What a program may take for a turn of its own before it looks at its sockets again, in milliseconds, at both ends. */
const TURN_MS = 20;
/**
 * The same on a busy machine, in milliseconds. So much is asked for as long as it is a small part of what nobody was asked for:
 * else a fast neighbour would soon be asked for everything, and the others for nothing.
 */
const LONG_TURN_MS = 100;
const SMALL_PART = 1 / 16;
/** More than what is under way at this rate, so that a faster link is found out. */
const GROWTH = 1.5;
const MS_PER_S = 1000;

export interface PipelineLink {
  /** Octets per second. */
  readonly rate: number;
  /** The shortest time from a request to its block, null when none has come. */
  readonly rttMs: number | null;
  readonly isSnubbed: boolean;
  /** How many requests the neighbour keeps waiting. */
  readonly depthMax: number;
  /** Blocks that are missing, and that nobody was asked for. */
  readonly unasked: number;
}

export function pipelineDepth({ rate, rttMs, isSnubbed, depthMax, unasked }: PipelineLink): number {
  // One request shows whether a neighbour that kept silent answers again.
  if (isSnubbed) return 1;
  const underWay = (turnMs: number) => Math.ceil(((rate * ((rttMs ?? 0) + turnMs)) / MS_PER_S / BLOCK_OCTETS) * GROWTH);
  const inReserve = Math.min(underWay(LONG_TURN_MS), Math.floor(unasked * SMALL_PART));
  return Math.min(DEPTH_MAX, depthMax, Math.max(DEPTH_MIN, underWay(TURN_MS), inReserve));
}
