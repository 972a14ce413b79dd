/** What `GET /state` of a peer shows, and `POST /actions/show` of one torrent: plain JSON, for the page, tests and tools. */
import type { TrackersState } from './server/tracker-client.ts';

export interface PeerState extends TorrentState {
  readonly port: number;
  /** Octets per second of the whole peer; 0 is no limit. */
  readonly limits: Limits;
  /** All torrents of this peer. The fields beside it are those of the first. */
  readonly torrents: readonly TorrentSummary[];
}

export interface Limits {
  readonly uploadBytesPerS: number;
  readonly downloadBytesPerS: number;
}

/**
 * How far a torrent is. `fetching` its .torrent file, `metadata` from other peers (BEP 9), `verifying` what is on the disk,
 * `waiting` for room on it, `sharing`, `refused` for a reason that does not pass, `left` because it stopped.
 */
type PhaseName = 'fetching' | 'metadata' | 'verifying' | 'waiting' | 'sharing' | 'refused' | 'left';

export interface TorrentSummary {
  /** Its info hash in hexadecimal digits, or its source while that is not known. */
  readonly torrent: string;
  readonly name: string | null;
  readonly phase: PhaseName;
  readonly have: number;
  readonly total: number;
  /** Whether every piece that is wanted is there. */
  readonly complete: boolean;
  readonly trouble: string | null;
}

/** One torrent. What stands under `sharing` is there in that phase only. */
export interface TorrentState extends Partial<SharingState> {
  readonly torrent: string;
  /** Where it came from: a URL, a magnet link, or "a file". */
  readonly source: string;
  readonly phase: PhaseName;
  /** In the phase `fetching`: how often it was tried. */
  readonly tries?: number;
  /** In the phase `metadata`. */
  readonly metadata?: { readonly pieces: number; readonly total: number | null; readonly neighbours: number };
  /** In the phase `verifying`. */
  readonly verified?: { readonly pieces: number; readonly total: number };
  readonly because?: string;
  readonly trouble?: string | null;
}

export interface SharingState {
  readonly role: 'seed' | 'leecher';
  readonly name: string;
  readonly infoHash: string;
  readonly isPrivate: boolean;
  readonly magnet: string;
  readonly peerId: string;
  readonly pieces: { readonly have: number; readonly wanted: number; readonly total: number; readonly length: number };
  readonly length: number;
  /** Octets that are still to come. */
  readonly left: number;
  /** Whether every piece that is wanted is there. */
  readonly complete: boolean;
  /**
   * SHA-256 of the file, or of all files one behind the other; null until all are there and it is
   * computed, which the first look at a complete torrent begins.
   */
  readonly sha256: string | null;
  readonly uploaded: number;
  readonly downloaded: number;
  /** Octets that came in vain. */
  readonly wasted: number;
  readonly uploadBytesPerS: number;
  readonly downloadBytesPerS: number;
  /** How often the whole file was sent, as a number such as 1.25. */
  readonly copiesSent: number;
  readonly files: readonly FileState[];
  /** Our pieces as a bitfield in hexadecimal digits (BEP 3), and for each piece the copies among the neighbours. */
  readonly bits: string;
  readonly copies: readonly number[];
  readonly pieceList: readonly PieceState[];
  readonly neighbours: readonly NeighbourState[];
  readonly exchanged: readonly { readonly address: string; readonly uploaded: number; readonly downloaded: number }[];
  /** Connections that are over, addresses that were not dialled, and decisions of picker and choker: the last ones. */
  readonly closed: readonly Closed[];
  readonly refused: readonly Refused[];
  readonly decisions: readonly Decision[];
  readonly addressesKnown: number;
  readonly banned: readonly { readonly address: string; readonly because: string }[];
  readonly tracker: TrackersState | null;
  readonly webSeeds: readonly object[];
  readonly limits: Limits;
  readonly policy: object;
  /** How the pieces of the disk became known at the start. */
  readonly resumed: { readonly trusted: number; readonly read: number };
}

export interface FileState {
  readonly path: string;
  readonly length: number;
  readonly isWanted: boolean;
  /** Octets of it in verified pieces. */
  readonly have: number;
}

interface PieceState {
  readonly index: number;
  readonly have: boolean;
  readonly copies: number;
  /** Blocks by the address of their giver. */
  readonly from: Readonly<Record<string, number>>;
}

export interface NeighbourState {
  readonly address: string;
  readonly port: number;
  readonly peerId: string;
  /** The name that its client gives itself (BEP 10), or that its peer id tells (BEP 20). */
  readonly client: string;
  readonly isDialled: boolean;
  readonly pieces: number;
  /** Its pieces as a bitfield in hexadecimal digits. */
  readonly bits: string;
  readonly amChoking: boolean;
  /** Why it is choked or unchoked by us. */
  readonly whyChoking: string | null;
  readonly amInterested: boolean;
  readonly peerChoking: boolean;
  readonly peerInterested: boolean;
  readonly isSnubbed: boolean;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly uploadBytesPerS: number;
  readonly downloadBytesPerS: number;
  readonly requestsSent: number;
  readonly requestsWaiting: number;
  readonly connectedMs: number;
}

export interface Closed {
  readonly at: number;
  readonly address: string;
  readonly port: number;
  readonly isDialled: boolean;
  readonly because: string;
}

export interface Refused {
  readonly at: number;
  readonly address: string;
  readonly port: number;
  readonly because: string;
}

export interface Decision {
  readonly at: number;
  readonly kind: 'choke' | 'unchoke' | 'pick';
  /** The neighbour that it is about. */
  readonly address: string;
  /** The piece, of a pick. */
  readonly piece?: number;
  readonly because: string;
}
