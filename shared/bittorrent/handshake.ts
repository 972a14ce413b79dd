/**
 * The handshake, the first 68 octets of either side (BEP 3, "peer protocol"):
 *
 *     | 19 | "BitTorrent protocol" (19) | reserved (8) | info hash (20) | peer id (20) |
 *
 * The reserved octets are bits of what the sender offers beyond BEP 3. An extension is in force when both sides offer it; bits
 * that we do not know are ignored.
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

/** The bits of the reserved octets that we know: which octet, and which bit of it. */
const OFFERS = {
  /** The extension protocol (BEP 10). */
  extensions: [5, 0x10],
  /** The fast extension (BEP 6). */
  fast: [7, 0x04],
} as const;

export type Offer = keyof typeof OFFERS;

const PREFIX = octetsOfKey('\x13BitTorrent protocol');
const INFO_HASH_AT = PREFIX.length + RESERVED_OCTETS;
const PEER_ID_AT = INFO_HASH_AT + HASH_OCTETS;

/** The reserved octets of a peer that offers these extensions and no other. */
export function encodeReserved(offers: readonly Offer[]): Uint8Array<ArrayBuffer> {
  const reserved = new Uint8Array(RESERVED_OCTETS);
  for (const offer of offers) {
    const [octet, bit] = OFFERS[offer];
    reserved[octet] = (reserved[octet] ?? 0) | bit;
  }
  return reserved;
}

/** Whether the sender of these reserved octets offers an extension. */
export function isOffered(reserved: Uint8Array, offer: Offer): boolean {
  const [octet, bit] = OFFERS[offer];
  return ((reserved[octet] ?? 0) & bit) !== 0;
}

/** Without `reserved` nothing beyond BEP 3 is offered. */
export function encodeHandshake(handshake: {
  infoHash: Uint8Array;
  peerId: Uint8Array;
  reserved?: Uint8Array;
}): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(HANDSHAKE_OCTETS);
  octets.set(PREFIX);
  if (handshake.reserved !== undefined) octets.set(handshake.reserved, PREFIX.length);
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
