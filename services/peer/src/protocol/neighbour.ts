/** A neighbouring peer: one that we are connected to, as the swarm sees it (BEP 3, "peer protocol"). */
import type { Block } from '#shared/bittorrent/peer-message.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import type { Endpoint } from '#shared/report.ts';
import { RateMeter } from './rate-meter.ts';

/** Numbers a connection; a peer that comes again is another neighbour. */
export type NeighbourId = number;

export interface Neighbour {
  readonly id: NeighbourId;
  readonly endpoint: Endpoint;
  readonly peerId: Uint8Array;
  readonly isDialled: boolean;
  readonly connectedAt: number;
  /** What it has. */
  pieces: PieceSet;
  /** How many of them we lack. */
  wantedCount: number;
  /** Whether its first message has come: a bitfield may only be that. */
  hasSpoken: boolean;
  /** What we have told it. Connections start out choked and not interested. */
  readonly ours: { choking: boolean; interested: boolean; chokingChangedAt: number };
  /** What it has told us. */
  readonly theirs: { choking: boolean; interested: boolean };
  readonly download: Download;
  readonly upload: Upload;
  lastReceivedAt: number;
  lastSentAt: number;
}

/** From it to us. */
interface Download {
  readonly meter: RateMeter;
  /** Requests without an answer, by `index:begin`, in the order in which they were sent. */
  readonly requested: Map<string, Block & { readonly at: number }>;
  /** Shortest time from a request to its block, in milliseconds. */
  rttMs: number | null;
  lastBlockAt: number;
  /** Whether it has let us wait for so long that nothing is expected of it. */
  isSnubbed: boolean;
}

/** From us to it. */
interface Upload {
  readonly meter: RateMeter;
  /** Requests that wait to be answered, oldest first. */
  readonly queue: Block[];
}

export function newNeighbour(
  given: Pick<Neighbour, 'id' | 'endpoint' | 'peerId' | 'isDialled'>,
  pieceCount: number,
  now: number,
): Neighbour {
  return {
    ...given,
    connectedAt: now,
    pieces: new PieceSet(pieceCount),
    wantedCount: 0,
    hasSpoken: false,
    ours: { choking: true, interested: false, chokingChangedAt: Number.NEGATIVE_INFINITY },
    theirs: { choking: true, interested: false },
    download: { meter: new RateMeter(), requested: new Map(), rttMs: null, lastBlockAt: now, isSnubbed: false },
    upload: { meter: new RateMeter(), queue: [] },
    lastReceivedAt: now,
    lastSentAt: now,
  };
}

/** The key of a block among the requests. */
export function blockKey(index: number, begin: number): string {
  return `${index}:${begin}`;
}
