/**
 * Messages between peers after the handshake (BEP 3, "peer messages"): a length in four octets, an id, a payload, all
 * numbers in network order. A length of zero is a keep-alive.
 *
 *     id  name            payload                       id  name          payload
 *      0  choke           -                             13  suggest       index (4)                      BEP 6
 *      1  unchoke         -                             14  have all      -                              BEP 6
 *      2  interested      -                             15  have none     -                              BEP 6
 *      3  not interested  -                             16  reject        index (4) begin (4) length (4) BEP 6
 *      4  have            index (4)                     17  allowed fast  index (4)                      BEP 6
 *      5  bitfield        one bit for each piece        20  extended      id (1) payload                 BEP 10
 *      6  request         index (4) begin (4) length (4)
 *      7  piece           index (4) begin (4) block
 *      8  cancel          index (4) begin (4) length (4)
 *
 * Whether a message may come now and its numbers fit the torrent is left to the receiver.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { bitfieldOctets } from './piece-set.ts';

/** A part of a piece, as it is asked for. */
export interface Block {
  readonly index: number;
  readonly begin: number;
  readonly length: number;
}

export type PeerMessage =
  | { readonly kind: 'keep-alive' | 'choke' | 'unchoke' | 'interested' | 'not interested' | 'have all' | 'have none' }
  | { readonly kind: 'have' | 'suggest' | 'allowed fast'; readonly index: number }
  | { readonly kind: 'bitfield'; readonly bits: Uint8Array }
  | ({ readonly kind: 'request' | 'cancel' | 'reject' } & Block)
  | { readonly kind: 'piece'; readonly index: number; readonly begin: number; readonly block: Uint8Array }
  /** `id` is the receiver's number of the extension, 0 the extension handshake (BEP 10). */
  | { readonly kind: 'extended'; readonly id: number; readonly payload: Uint8Array }
  | { readonly kind: 'unknown'; readonly id: number };

/** Octets of a block in a request: what all implementations use and most insist on (BEP 3). */
export const BLOCK_OCTETS = 16 * 1024;

/** Largest block that anyone sends: 2^17 was allowed once (BEP 3). */
const BLOCK_OCTETS_RECEIVED_MAX = 128 * 1024;
const LENGTH_OCTETS = 4;
/** Id, index and begin before the block of a `piece`. */
const PIECE_HEAD_OCTETS = 9;
/** Largest extended message: twice the 16 KiB of a part of the metadata, which is the largest in use (BEP 9). */
const EXTENDED_OCTETS_MAX = 32 * 1024;

/** Room for the beginning of a message, at first: that of all but blocks and bitfields. */
const WAITING_OCTETS_MIN = 32;
/** And of those: a block of the usual length with its head. */
const WAITING_OCTETS_COMMON = LENGTH_OCTETS + PIECE_HEAD_OCTETS + BLOCK_OCTETS;

const ID = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  'not interested': 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  suggest: 13,
  'have all': 14,
  'have none': 15,
  reject: 16,
  'allowed fast': 17,
  extended: 20,
} as const;

type Kind = keyof typeof ID;
const KIND_OF: ReadonlyMap<number, Kind> = new Map((Object.keys(ID) as Kind[]).map((kind) => [ID[kind], kind]));

/** Octets before the block in an encoded `piece` message. */
export const PIECE_MESSAGE_HEAD_OCTETS = LENGTH_OCTETS + PIECE_HEAD_OCTETS;

export function encodePeerMessage(message: PeerMessage): Uint8Array<ArrayBuffer> {
  switch (message.kind) {
    case 'keep-alive':
      return new Uint8Array(LENGTH_OCTETS);
    case 'have':
    case 'suggest':
    case 'allowed fast':
      return frame(ID[message.kind], [message.index]);
    case 'bitfield':
      return frame(ID.bitfield, [], message.bits);
    case 'request':
    case 'cancel':
    case 'reject':
      return frame(ID[message.kind], [message.index, message.begin, message.length]);
    case 'piece':
      return frame(ID.piece, [message.index, message.begin], message.block);
    case 'extended':
      return frame(ID.extended, [], Uint8Array.of(message.id, ...message.payload));
    case 'unknown':
      return frame(message.id, []);
    default:
      return frame(ID[message.kind], []);
  }
}

/** Writes the head of a `piece` message in front of its block: a block read from a disk need not be copied again. */
export function writePieceHead(octets: Uint8Array, index: number, begin: number): void {
  writeUint32(octets, 0, octets.length - LENGTH_OCTETS);
  octets[LENGTH_OCTETS] = ID.piece;
  writeUint32(octets, LENGTH_OCTETS + 1, index);
  writeUint32(octets, LENGTH_OCTETS + 5, begin);
}

function frame(id: number, numbers: readonly number[], rest?: Uint8Array): Uint8Array<ArrayBuffer> {
  const restAt = LENGTH_OCTETS + 1 + numbers.length * 4;
  const octets = new Uint8Array(restAt + (rest?.length ?? 0));
  writeUint32(octets, 0, octets.length - LENGTH_OCTETS);
  octets[LENGTH_OCTETS] = id;
  let at = LENGTH_OCTETS + 1;
  for (const number of numbers) {
    writeUint32(octets, at, number);
    at += 4;
  }
  if (rest !== undefined) octets.set(rest, restAt);
  return octets;
}

// A DataView for each message would cost more than the rest of its decoding: there are thousands in a second.

function writeUint32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 24;
  octets[at + 1] = value >>> 16;
  octets[at + 2] = value >>> 8;
  octets[at + 3] = value;
}

/** Never negative, which a shift alone would be above 2^31. */
function readUint32(octets: Uint8Array, at: number): number {
  const high = ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
  return ((high << 16) | ((octets[at + 2] ?? 0) << 8) | (octets[at + 3] ?? 0)) >>> 0;
}

/**
 * Decodes a stream of messages that may be cut anywhere. Nothing is kept of a message whose length is impossible. Blocks and
 * bitfields are views of memory that is used again: whoever keeps them copies them before the next message.
 */
export class PeerMessageStream {
  #pieceCount: number | null;
  /** The beginning of a message whose end has not come: `#waitingOctets` of it, of at least `#neededOctets`. */
  #waiting = new Uint8Array(WAITING_OCTETS_MIN);
  #waitingOctets = 0;
  #neededOctets = LENGTH_OCTETS;

  /** `pieceCount` is null as long as nobody knows the metadata (BEP 9): a bitfield may have any length up to a block's. */
  constructor(pieceCount: number | null) {
    this.#pieceCount = pieceCount;
  }

  /** The metadata has come. */
  set pieceCount(pieceCount: number) {
    this.#pieceCount = pieceCount;
  }

  /** Octets that wait for the rest of their message. */
  get waitingOctets(): number {
    return this.#waitingOctets;
  }

  /** The messages that `chunk` completes. @throws ProtocolViolation; the stream is of no more use then */
  *push(chunk: Uint8Array): Generator<PeerMessage> {
    for (let at = 0; at < chunk.length; ) {
      const length = this.#waitingOctets === 0 ? this.#lengthOf(chunk, at, chunk.length) : null;
      if (length !== null) {
        const payloadAt = at + LENGTH_OCTETS;
        at = payloadAt + length;
        yield decodePayload(chunk, payloadAt, at);
      } else {
        const taken = chunk.subarray(at, at + this.#neededOctets - this.#waitingOctets);
        at += taken.length;
        const message = this.#wait(taken);
        if (message !== null) yield message;
      }
    }
  }

  /** Keeps octets until their message is whole, and returns it then. */
  #wait(octets: Uint8Array): PeerMessage | null {
    const octetsThen = this.#waitingOctets + octets.length;
    if (this.#waiting.length < octetsThen) {
      // As much as has come once more, and room for a common block: who announces a long message has not sent it yet.
      const larger = new Uint8Array(Math.min(this.#neededOctets, Math.max(2 * octetsThen, WAITING_OCTETS_COMMON)));
      larger.set(this.#waiting.subarray(0, this.#waitingOctets));
      this.#waiting = larger;
    }
    this.#waiting.set(octets, this.#waitingOctets);
    this.#waitingOctets = octetsThen;
    if (this.#waitingOctets < this.#neededOctets) return null;
    const length = this.#lengthOf(this.#waiting, 0, this.#waitingOctets);
    if (length === null) return null;
    this.#waitingOctets = 0;
    return decodePayload(this.#waiting, LENGTH_OCTETS, LENGTH_OCTETS + length);
  }

  /**
   * The length of the message that begins at `at` of `octets`, which end at `end`, if it is whole. What is known of it is
   * checked as early as its octets allow.
   */
  #lengthOf(octets: Uint8Array, at: number, end: number): number | null {
    this.#neededOctets = LENGTH_OCTETS;
    const known = end - at;
    if (known < LENGTH_OCTETS) return null;
    const length = readUint32(octets, at);
    if (length > Math.max(BLOCK_OCTETS_RECEIVED_MAX + PIECE_HEAD_OCTETS, bitfieldOctets(this.#pieceCount ?? 0) + 1)) {
      throw new ProtocolViolation(`A message of ${length} octets is too long`, 0, 'BEP 3');
    }
    const id = known > LENGTH_OCTETS ? octets[at + LENGTH_OCTETS] : undefined;
    if (length > 0 && id !== undefined && !this.#mayHaveLength(id, length)) {
      throw new ProtocolViolation(`A message of id ${id} cannot have ${length} octets`, 0, 'BEP 3');
    }
    if (known >= LENGTH_OCTETS + length) return length;
    this.#neededOctets = id === undefined ? LENGTH_OCTETS + 1 : LENGTH_OCTETS + length;
    return null;
  }

  #mayHaveLength(id: number, length: number): boolean {
    switch (KIND_OF.get(id)) {
      case 'choke':
      case 'unchoke':
      case 'interested':
      case 'not interested':
      case 'have all':
      case 'have none':
        return length === 1;
      case 'have':
      case 'suggest':
      case 'allowed fast':
        return length === 5;
      case 'request':
      case 'cancel':
      case 'reject':
        return length === 13;
      case 'bitfield':
        return this.#pieceCount === null || length === 1 + bitfieldOctets(this.#pieceCount);
      case 'piece':
        return length > PIECE_HEAD_OCTETS && length <= PIECE_HEAD_OCTETS + BLOCK_OCTETS_RECEIVED_MAX;
      case 'extended':
        return length >= 2 && length <= EXTENDED_OCTETS_MAX;
      default:
        return true;
    }
  }
}

/** The message from `at` to `end` of `octets`, without its length, which has been checked. */
function decodePayload(octets: Uint8Array, at: number, end: number): PeerMessage {
  if (at === end) return { kind: 'keep-alive' };
  const id = octets[at] ?? 0;
  const kind = KIND_OF.get(id);
  switch (kind) {
    case 'choke':
    case 'unchoke':
    case 'interested':
    case 'not interested':
    case 'have all':
    case 'have none':
      return { kind };
    case 'have':
    case 'suggest':
    case 'allowed fast':
      return { kind, index: readUint32(octets, at + 1) };
    case 'bitfield':
      return { kind, bits: octets.subarray(at + 1, end) };
    case 'request':
    case 'cancel':
    case 'reject': {
      const index = readUint32(octets, at + 1);
      return { kind, index, begin: readUint32(octets, at + 5), length: readUint32(octets, at + 9) };
    }
    case 'piece': {
      const block = octets.subarray(at + PIECE_HEAD_OCTETS, end);
      return { kind, index: readUint32(octets, at + 1), begin: readUint32(octets, at + 5), block };
    }
    case 'extended':
      return { kind, id: octets[at + 1] ?? 0, payload: octets.subarray(at + 2, end) };
    default:
      return { kind: 'unknown', id };
  }
}
