/**
 * What a neighbour has said that still counts when the metadata has come: what it has, whether it chokes us and is interested,
 * what it lets us have. As long as nobody knows how many pieces there are it cannot be checked, only kept, in few octets.
 */
import { HASH_OCTETS } from '#shared/bittorrent/info-hash.ts';
import { METAINFO_OCTETS_MAX } from '#shared/bittorrent/metainfo.ts';
import type { PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { bitfieldOctets, PieceSet } from '#shared/bittorrent/piece-set.ts';

/** Pieces of a torrent whose hashes fit into the largest metadata. */
const PIECES_MAX = Math.floor(METAINFO_OCTETS_MAX / HASH_OCTETS);
/** Pieces of an allowed fast set that are kept; clients send ten. */
const ALLOWED_FAST_MAX = 64;

export class RememberedMessages {
  #opening: PeerMessage | null = null;
  #have: PieceSet | null = null;
  #choking: PeerMessage | null = null;
  #interest: PeerMessage | null = null;
  readonly #allowedFast = new Set<number>();

  /** Keeps what counts of `message`; returns the rule that it breaks, or null. */
  take(message: PeerMessage): string | null {
    switch (message.kind) {
      case 'bitfield':
        if (message.bits.length > bitfieldOctets(PIECES_MAX)) return 'BEP 3: no torrent has so many pieces';
        this.#opening = { kind: 'bitfield', bits: message.bits.slice() };
        return null;
      case 'have all':
      case 'have none':
        this.#opening = message;
        return null;
      case 'have':
        if (message.index >= PIECES_MAX) return `BEP 3: there is no piece ${message.index}`;
        this.#have ??= new PieceSet(PIECES_MAX);
        this.#have.add(message.index);
        return null;
      case 'choke':
      case 'unchoke':
        this.#choking = message;
        return null;
      case 'interested':
      case 'not interested':
        this.#interest = message;
        return null;
      case 'allowed fast':
        if (this.#allowedFast.size < ALLOWED_FAST_MAX) this.#allowedFast.add(message.index);
        return null;
      default:
        return null;
    }
  }

  /** The messages that say the same, in an order in which they may come. */
  get messages(): PeerMessage[] {
    const have = [...(this.#have ?? [])].map((index): PeerMessage => ({ kind: 'have', index }));
    const fast = [...this.#allowedFast].map((index): PeerMessage => ({ kind: 'allowed fast', index }));
    return [this.#opening, ...have, ...fast, this.#interest, this.#choking].filter((message) => message !== null);
  }
}
