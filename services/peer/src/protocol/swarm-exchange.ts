/**
 * What goes into the machine of a swarm and what comes out of it (swarm.ts), with what it is made from; and how its parts speak to
 * the neighbours.
 */
import type { Offer } from '#shared/bittorrent/handshake.ts';
import type { Sha1 } from '#shared/bittorrent/info-hash.ts';
import type { Metainfo, PieceGrid } from '#shared/bittorrent/metainfo.ts';
import type { PeerMessage } from '#shared/bittorrent/peer-message.ts';
import type { PieceSet } from '#shared/bittorrent/piece-set.ts';
import type { PexPeer } from '#shared/bittorrent/ut-pex.ts';
import type { Endpoint } from '#shared/report.ts';
import type { CheckResult } from './downloads.ts';
import type { Acquaintance, Neighbour, NeighbourExtensions, NeighbourId } from './neighbour.ts';
import type { OctetPool } from './octet-pool.ts';
import type { Pick as PickedBlock } from './piece-picker.ts';
import type { SwarmPolicy } from './policy.ts';
import type { RoleName } from './role.ts';
import type { StartedPiece } from './started-piece.ts';
import type { TokenBucket } from './token-bucket.ts';
import type { WebFetch, WebSeedEvent } from './web-seeds.ts';

export type SwarmInput =
  | ({ readonly kind: 'connected'; readonly earlier?: Earlier } & Acquaintance)
  | { readonly kind: 'message'; readonly from: NeighbourId; readonly message: PeerMessage }
  | { readonly kind: 'closed'; readonly neighbour: NeighbourId }
  | { readonly kind: 'checked'; readonly index: number; readonly result: CheckResult }
  /** What became of a fetch from a web seed. */
  | { readonly kind: 'web seed'; readonly url: string; readonly event: WebSeedEvent }
  | { readonly kind: 'tick' };

/**
 * What was said on a connection before the swarm of its torrent could begin, because the metadata was still to come (BEP 9).
 */
export interface Earlier {
  /** What was agreed on by extension handshakes. */
  readonly extensions: NeighbourExtensions | null;
  /** Whether the neighbour was told what we have; it is told nothing but `have` then. */
  readonly hasOpened: boolean;
  /** What it has said, and what still counts of that. */
  readonly heard: readonly PeerMessage[];
}

export type SwarmOutput =
  | { readonly kind: 'send'; readonly to: NeighbourId; readonly message: PeerMessage; readonly because?: string }
  | { readonly kind: 'close'; readonly neighbour: NeighbourId; readonly because: string }
  | { readonly kind: 'ban'; readonly address: string; readonly because: string }
  | { readonly kind: 'check'; readonly piece: StartedPiece }
  | { readonly kind: 'picked'; readonly from: NeighbourId; readonly pick: PickedBlock }
  | { readonly kind: 'verified'; readonly index: number; readonly givers: ReadonlyMap<string, number> }
  /** Everything that is wanted is there. */
  | { readonly kind: 'completed' }
  /** A web seed is to be asked, is put off for a while, or dropped (BEP 19). */
  | { readonly kind: 'fetch'; readonly fetch: WebFetch }
  | { readonly kind: 'web seed'; readonly url: string; readonly state: 'put off' | 'dropped'; readonly because: string }
  /** A neighbour tells of peers (BEP 11). */
  | { readonly kind: 'learnt'; readonly from: NeighbourId; readonly endpoints: readonly PexPeer[] }
  | { readonly kind: 'leave'; readonly because: string };

export interface SwarmOptions extends SwarmPolicy {
  readonly grid: PieceGrid;
  /** The verified pieces at the start; the swarm adds to them. */
  readonly have: PieceSet;
  /** The pieces that are to be fetched; absent or null for all. */
  readonly wanted?: PieceSet | null;
  /** Where the memory of pieces comes from, if whoever stores them gives it back. */
  readonly memory?: OctetPool;
  /** URLs of web servers that have the file (BEP 19). */
  readonly webSeeds?: readonly string[];
  /** The torrent's name, and its info dictionary, which is given to those who have a magnet link only (BEP 9). */
  readonly torrent: Pick<Metainfo, 'infoHash' | 'infoOctets' | 'isPrivate'>;
  /** Where other peers reach us. */
  readonly own: Endpoint;
  /** What we offer beyond BEP 3, as the handshakes have said it. */
  readonly offers: readonly Offer[];
  readonly sha1: Sha1;
  readonly neighboursMax: number;
  /** What it plays; an ordinary peer plays nothing. */
  readonly role: RoleName;
  /** Limits in octets per second, 0 for none. */
  readonly uploadBytesPerS: number;
  readonly downloadBytesPerS: number;
  /** Limits that other torrents share, in the place of those two. */
  readonly limits?: { readonly upload: TokenBucket; readonly download: TokenBucket };
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
  readonly now: number;
}

/** What downloads and uploads share: the neighbours, and how something is said to them. */
export interface Conversation {
  readonly neighbours: Map<NeighbourId, Neighbour>;
  send(neighbour: Neighbour, message: PeerMessage, now: number, because?: string): void;
  close(neighbour: Neighbour, because: string, now: number): void;
  output(output: SwarmOutput): void;
}
