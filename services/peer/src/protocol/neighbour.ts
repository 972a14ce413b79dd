/** A neighbouring peer: one that we are connected to, as the swarm sees it (BEP 3, "peer protocol"). */
import { isOffered, type Offer } from '#shared/bittorrent/handshake.ts';
import { PIECE_LENGTH_MAX } from '#shared/bittorrent/metainfo.ts';
import { BLOCK_OCTETS, type Block } from '#shared/bittorrent/peer-message.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import type { Endpoint } from '#shared/report.ts';
import { FastGrant } from './fast-grant.ts';
import { MessageBudget } from './message-budget.ts';
import { RateMeter } from './rate-meter.ts';
import { UploadQueue } from './upload-queue.ts';
import { isFastOn } from './wire-rules.ts';

const BLOCKS_PER_PIECE_MAX = PIECE_LENGTH_MAX / BLOCK_OCTETS;

/** Numbers a connection; a peer that comes again is another neighbour. */
export type NeighbourId = number;

export interface Neighbour {
  readonly id: NeighbourId;
  readonly endpoint: Endpoint;
  readonly peerId: Uint8Array;
  readonly isDialled: boolean;
  readonly connectedAt: number;
  /** Whether both sides offer the fast extension (BEP 6). */
  readonly isFast: boolean;
  /** What it has said in extension handshakes; null unless both sides offer the extension protocol (BEP 10). */
  readonly extensions: NeighbourExtensions | null;
  /** What it has. */
  pieces: PieceSet;
  /** How many of them we lack. */
  wantedCount: number;
  /** Whether its first message has come: what says what it has may only be that. */
  hasSpoken: boolean;
  /** How much more it may make us do for nothing. */
  readonly budget: MessageBudget;
  /** What we have told it. Connections start out choked and not interested. */
  readonly ours: { choking: boolean; interested: boolean; chokingChangedAt: number };
  /** What it has told us. */
  readonly theirs: { choking: boolean; interested: boolean };
  readonly download: Download;
  readonly upload: Upload;
  lastReceivedAt: number;
  lastSentAt: number;
  /** Since when neither of us wants anything of the other, to the second; null while one does. */
  idleSince: number | null;
}

/** The extensions of a neighbour (BEP 10), as far as it has told them. */
export interface NeighbourExtensions {
  /** The ids under which it wants to get messages of extensions, by their names. */
  readonly ids: Map<string, number>;
  /** Where it listens, if it is another port than that of the connection. */
  listenPort: number | null;
  client: string | null;
  /** How many of our requests it keeps waiting without dropping any (`reqq`). */
  requestQueueMax: number | null;
  /** Octets of the info dictionary, if it has it (BEP 9). */
  metadataSize: number | null;
  /** Whether it has said that it wants nothing (BEP 21). */
  isUploadOnly: boolean;
}

/** From it to us. */
interface Download {
  readonly meter: RateMeter;
  /** Requests without an answer, by `blockKey`, in the order in which they were sent. */
  readonly requested: Map<number, Block & { readonly at: number }>;
  /** Shortest time from a request to its block, in milliseconds. */
  rttMs: number | null;
  lastBlockAt: number;
  /** Whether it has let us wait for so long that nothing is expected of it. */
  isSnubbed: boolean;
  /** Requests that were taken back, by `blockKey`, whose answer may be on its way all the same; the latest of them. */
  readonly withdrawn: Map<number, Block>;
  /** Pieces that it gives though it chokes us, and pieces that it suggests (BEP 6). */
  readonly allowedFast: Set<number>;
  suggested: readonly number[];
  /** Whether it has rejected a request: until it gives or unchokes, or for a second, it is not asked again. */
  isResting: boolean;
}

/** From us to it. */
interface Upload {
  readonly meter: RateMeter;
  /** Requests that wait to be answered. */
  readonly queue: UploadQueue;
  /** What it may ask for although it is choked (BEP 6). */
  granted: FastGrant;
  /** Changes of its interest, and requests of it that were rejected, since the choker decided last. */
  interestChanges: number;
  rejects: number;
}

/** Who has shaken hands with us. */
export interface Acquaintance extends Pick<Neighbour, 'id' | 'endpoint' | 'peerId' | 'isDialled'> {
  /** The reserved octets of its handshake: what it offers. */
  readonly reserved: Uint8Array;
}

/** `offers` are our own: an extension is in force when both sides offer it. */
export function newNeighbour(
  { id, endpoint, peerId, isDialled, reserved }: Acquaintance,
  { pieceCount, offers, now }: { pieceCount: number; offers: readonly Offer[]; now: number },
): Neighbour {
  return {
    id,
    endpoint,
    peerId,
    isDialled,
    connectedAt: now,
    isFast: isFastOn(offers, reserved),
    extensions: newExtensions(reserved, offers),
    pieces: new PieceSet(pieceCount),
    wantedCount: 0,
    hasSpoken: false,
    budget: new MessageBudget(now),
    ours: { choking: true, interested: false, chokingChangedAt: Number.NEGATIVE_INFINITY },
    theirs: { choking: true, interested: false },
    download: newDownload(now),
    upload: {
      meter: new RateMeter(),
      queue: new UploadQueue(),
      granted: new FastGrant(),
      interestChanges: 0,
      rejects: 0,
    },
    lastReceivedAt: now,
    lastSentAt: now,
    idleSince: null,
  };
}

/** Nothing is agreed on yet; null when one side does not offer the extension protocol. */
export function newExtensions(reserved: Uint8Array, offers: readonly Offer[]): NeighbourExtensions | null {
  if (!offers.includes('extensions') || !isOffered(reserved, 'extensions')) return null;
  return {
    ids: new Map(),
    listenPort: null,
    client: null,
    requestQueueMax: null,
    metadataSize: null,
    isUploadOnly: false,
  };
}

function newDownload(now: number): Download {
  return {
    meter: new RateMeter(),
    requested: new Map(),
    rttMs: null,
    lastBlockAt: now,
    isSnubbed: false,
    withdrawn: new Map(),
    allowedFast: new Set(),
    suggested: [],
    isResting: false,
  };
}

/** Whether nothing can be given to it: it has everything, or has said that it wants nothing more (BEP 21). */
export function wantsNothing({ pieces, extensions }: Neighbour): boolean {
  return pieces.isComplete || (extensions?.isUploadOnly ?? false);
}

/** The key of a block among the requests: a number for each place in each piece, a small one for those that we ask for. */
export function blockKey(index: number, begin: number): number {
  return index * BLOCKS_PER_PIECE_MAX + begin / BLOCK_OCTETS;
}
