/**
 * Messages between peers after the handshake (BEP 3, "peer messages"): a length in four octets, an id, a payload, all
 * numbers in network order. A length of zero is a keep-alive.
 *
 *     id  name            payload                       id  name      payload
 *      0  choke           -                              5  bitfield  one bit for each piece
 *      1  unchoke         -                              6  request   index (4) begin (4) length (4)
 *      2  interested      -                              7  piece     index (4) begin (4) block
 *      3  not interested  -                              8  cancel    index (4) begin (4) length (4)
 *      4  have            index (4)
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
  | { readonly kind: 'keep-alive' | 'choke' | 'unchoke' | 'interested' | 'not interested' }
  | { readonly kind: 'have'; readonly index: number }
  | { readonly kind: 'bitfield'; readonly bits: Uint8Array }
  | ({ readonly kind: 'request' | 'cancel' } & Block)
  | { readonly kind: 'piece'; readonly index: number; readonly begin: number; readonly block: Uint8Array }
  | { readonly kind: 'unknown'; readonly id: number };

/** Octets of a block in a request: what all implementations use and most insist on (BEP 3). */
export const BLOCK_OCTETS = 16 * 1024;

/** Largest block that anyone sends: 2^17 was allowed once (BEP 3). */
const BLOCK_OCTETS_RECEIVED_MAX = 128 * 1024;
const LENGTH_OCTETS = 4;
/** Id, index and begin before the block of a `piece`. */
const PIECE_HEAD_OCTETS = 9;

/** Room for the beginning of a message, at first: that of all but blocks and bitfields. */
const WAITING_OCTETS_MIN = 32;

const PLAIN = ['choke', 'unchoke', 'interested', 'not interested'] as const;
const ID = { have: 4, bitfield: 5, request: 6, piece: 7, cancel: 8 } as const;

/** Octets before the block in an encoded `piece` message. */
export const PIECE_MESSAGE_HEAD_OCTETS = LENGTH_OCTETS + PIECE_HEAD_OCTETS;

export function encodePeerMessage(message: PeerMessage): Uint8Array<ArrayBuffer> {
  switch (message.kind) {
    case 'keep-alive':
      return new Uint8Array(LENGTH_OCTETS);
    case 'have':
      return frame(ID.have, [message.index]);
    case 'bitfield':
      return frame(ID.bitfield, [], message.bits);
    case 'request':
    case 'cancel':
      return frame(ID[message.kind], [message.index, message.begin, message.length]);
    case 'piece':
      return frame(ID.piece, [message.index, message.begin], message.block);
    case 'unknown':
      return frame(message.id, []);
    default:
      return frame(PLAIN.indexOf(message.kind), []);
  }
}

/** Writes the head of a `piece` message in front of its block: a block read from a disk need not be copied again. */
export function writePieceHead(octets: Uint8Array, index: number, begin: number): void {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  view.setUint32(0, octets.length - LENGTH_OCTETS);
  view.setUint8(LENGTH_OCTETS, ID.piece);
  view.setUint32(LENGTH_OCTETS + 1, index);
  view.setUint32(LENGTH_OCTETS + 5, begin);
}

function frame(id: number, numbers: readonly number[], rest: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const length = 1 + numbers.length * 4 + rest.length;
  const octets = new Uint8Array(LENGTH_OCTETS + length);
  const view = new DataView(octets.buffer);
  view.setUint32(0, length);
  view.setUint8(LENGTH_OCTETS, id);
  numbers.forEach((number, nth) => {
    view.setUint32(LENGTH_OCTETS + 1 + nth * 4, number);
  });
  octets.set(rest, octets.length - rest.length);
  return octets;
}

/**
 * Decodes a stream of messages that may be cut anywhere. Nothing is kept of a message whose length is impossible. Blocks and
 * bitfields are views of memory that is used again: whoever keeps them copies them before the next message.
 */
export class PeerMessageStream {
  readonly #pieceCount: number;
  /** The beginning of a message whose end has not come: `#waitingOctets` of it, of at least `#neededOctets`. */
  #waiting = new Uint8Array(WAITING_OCTETS_MIN);
  #waitingOctets = 0;
  #neededOctets = LENGTH_OCTETS;

  constructor(pieceCount: number) {
    this.#pieceCount = pieceCount;
  }

  /** Octets that wait for the rest of their message. */
  get waitingOctets(): number {
    return this.#waitingOctets;
  }

  /** The messages that `chunk` completes. @throws ProtocolViolation; the stream is of no more use then */
  *push(chunk: Uint8Array): Generator<PeerMessage> {
    let rest = chunk;
    while (rest.length > 0) {
      const length = this.#waitingOctets === 0 ? this.#lengthOf(rest) : null;
      if (length !== null) {
        yield decodePayload(rest.subarray(LENGTH_OCTETS, LENGTH_OCTETS + length));
        rest = rest.subarray(LENGTH_OCTETS + length);
      } else {
        const taken = rest.subarray(0, this.#neededOctets - this.#waitingOctets);
        rest = rest.subarray(taken.length);
        const message = this.#wait(taken);
        if (message !== null) yield message;
      }
    }
  }

  /** Keeps octets until their message is whole, and returns it then. */
  #wait(octets: Uint8Array): PeerMessage | null {
    if (this.#waiting.length < this.#neededOctets) {
      const larger = new Uint8Array(this.#neededOctets);
      larger.set(this.#waiting.subarray(0, this.#waitingOctets));
      this.#waiting = larger;
    }
    this.#waiting.set(octets, this.#waitingOctets);
    this.#waitingOctets += octets.length;
    const waiting = this.#waiting.subarray(0, this.#waitingOctets);
    const length = waiting.length < this.#neededOctets ? null : this.#lengthOf(waiting);
    if (length === null) return null;
    this.#waitingOctets = 0;
    return decodePayload(waiting.subarray(LENGTH_OCTETS, LENGTH_OCTETS + length));
  }

  /** The length of the first message if it is whole. What is known of it is checked as early as its octets allow. */
  #lengthOf(octets: Uint8Array): number | null {
    this.#neededOctets = LENGTH_OCTETS;
    if (octets.length < LENGTH_OCTETS) return null;
    const length = new DataView(octets.buffer, octets.byteOffset).getUint32(0);
    if (length > Math.max(BLOCK_OCTETS_RECEIVED_MAX + PIECE_HEAD_OCTETS, bitfieldOctets(this.#pieceCount) + 1)) {
      throw new ProtocolViolation(`A message of ${length} octets is too long`, 0, 'BEP 3');
    }
    const id = octets[LENGTH_OCTETS];
    if (length > 0 && id !== undefined && !this.#mayHaveLength(id, length)) {
      throw new ProtocolViolation(`A message of id ${id} cannot have ${length} octets`, 0, 'BEP 3');
    }
    if (octets.length >= LENGTH_OCTETS + length) return length;
    this.#neededOctets = id === undefined ? LENGTH_OCTETS + 1 : LENGTH_OCTETS + length;
    return null;
  }

  #mayHaveLength(id: number, length: number): boolean {
    if (id < PLAIN.length) return length === 1;
    if (id === ID.have) return length === 5;
    if (id === ID.bitfield) return length === 1 + bitfieldOctets(this.#pieceCount);
    if (id === ID.request || id === ID.cancel) return length === 13;
    if (id === ID.piece) return length > PIECE_HEAD_OCTETS && length <= PIECE_HEAD_OCTETS + BLOCK_OCTETS_RECEIVED_MAX;
    return true;
  }
}

/** One message without its length; its length has been checked. */
function decodePayload(octets: Uint8Array): PeerMessage {
  const id = octets[0];
  if (id === undefined) return { kind: 'keep-alive' };
  const plain = PLAIN[id];
  if (plain !== undefined) return { kind: plain };
  const view = new DataView(octets.buffer, octets.byteOffset);
  switch (id) {
    case ID.have:
      return { kind: 'have', index: view.getUint32(1) };
    case ID.bitfield:
      return { kind: 'bitfield', bits: octets.subarray(1) };
    case ID.request:
    case ID.cancel: {
      const block = { index: view.getUint32(1), begin: view.getUint32(5), length: view.getUint32(9) };
      return { kind: id === ID.request ? 'request' : 'cancel', ...block };
    }
    case ID.piece:
      return {
        kind: 'piece',
        index: view.getUint32(1),
        begin: view.getUint32(5),
        block: octets.subarray(PIECE_HEAD_OCTETS),
      };
    default:
      return { kind: 'unknown', id };
  }
}
