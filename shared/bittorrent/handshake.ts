/**
 * The handshake, the first 68 octets of either side (BEP 3, "peer protocol"):
 *
 *     | 19 | "BitTorrent protocol" (19) | reserved (8) | info hash (20) | peer id (20) |
 *
 * The reserved octets are bits of extensions; we offer none and ignore what others offer.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { octetsOfKey } from './bencode.ts';
import { HASH_OCTETS } from './info-hash.ts';

export interface Handshake {
  readonly reserved: Uint8Array;
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
}

export const HANDSHAKE_OCTETS = 68;
const RESERVED_OCTETS = 8;
const PREFIX = octetsOfKey('\x13BitTorrent protocol');
const INFO_HASH_AT = PREFIX.length + RESERVED_OCTETS;
const PEER_ID_AT = INFO_HASH_AT + HASH_OCTETS;

export function encodeHandshake(handshake: { infoHash: Uint8Array; peerId: Uint8Array }): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(HANDSHAKE_OCTETS);
  octets.set(PREFIX);
  octets.set(handshake.infoHash, INFO_HASH_AT);
  octets.set(handshake.peerId, PEER_ID_AT);
  return octets;
}

/** Collects a handshake from a stream that may be cut anywhere. */
export class HandshakeStream {
  readonly #octets = new Uint8Array(HANDSHAKE_OCTETS);
  #length = 0;

  /**
   * Takes a chunk; once the handshake is whole, returns it and what follows in the chunk.
   * @throws ProtocolViolation as soon as one octet is not that of the protocol
   */
  push(chunk: Uint8Array): { handshake: Handshake; rest: Uint8Array } | null {
    const taken = chunk.subarray(0, HANDSHAKE_OCTETS - this.#length);
    for (const [nth, octet] of taken.subarray(0, Math.max(0, PREFIX.length - this.#length)).entries()) {
      if (octet === PREFIX[this.#length + nth]) continue;
      throw new ProtocolViolation('This is no BitTorrent handshake', this.#length + nth, 'BEP 3');
    }
    this.#octets.set(taken, this.#length);
    this.#length += taken.length;
    if (this.#length < HANDSHAKE_OCTETS) return null;
    const handshake = {
      reserved: this.#octets.slice(PREFIX.length, INFO_HASH_AT),
      infoHash: this.#octets.slice(INFO_HASH_AT, PEER_ID_AT),
      peerId: this.#octets.slice(PEER_ID_AT),
    };
    return { handshake, rest: chunk.subarray(taken.length) };
  }
}
