import type { Socket } from 'node:net';
import { encodeHandshake, type Handshake, HandshakeStream } from '#shared/bittorrent/handshake.ts';
import {
  BLOCK_OCTETS,
  type Block,
  encodePeerMessage,
  type PeerMessage,
  PeerMessageStream,
  PIECE_MESSAGE_HEAD_OCTETS,
  writePieceHead,
} from '#shared/bittorrent/peer-message.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import type { Endpoint } from '#shared/report.ts';
import type { NeighbourId } from '../protocol/neighbour.ts';

/** How long the handshake may take once the connection is open, in milliseconds. */
const HANDSHAKE_MS_MAX = 10_000;
/** Octets that may wait in a socket before it is given no more blocks: two or three of them. */
const UPLOAD_WATERMARK_OCTETS = 48 * 1024;
/** Octets that may wait in a socket at all: who reads none of our short messages either is gone. */
const SEND_QUEUE_OCTETS_MAX = 1024 * 1024;
/** Blocks that may be on their way from the disk to the socket. */
const READS_MAX = 4;

export interface ConnectionEvents {
  /** The other side has shaken hands; returns the number of pieces, or null when it is refused. */
  handshake(connection: PeerConnection, handshake: Handshake): number | null;
  message(connection: PeerConnection, message: PeerMessage): void;
  /** The socket takes blocks again. */
  drained(connection: PeerConnection): void;
  closed(connection: PeerConnection, because: string): void;
}

/** A TCP connection with another peer, from the handshake on. It decodes and encodes; what is said is for others. */
export class PeerConnection {
  readonly id: NeighbourId;
  readonly isDialled: boolean;
  /** Our end and theirs. */
  readonly here: Endpoint;
  readonly there: Endpoint;
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  #receiving: HandshakeStream | PeerMessageStream = new HandshakeStream();
  #reads = 0;
  /** Memory of blocks that were sent, to be used again. */
  readonly #spare: Buffer[] = [];
  #because: string | null = null;
  readonly #handshakeTimer: NodeJS.Timeout;

  /** `socket` is connected. */
  constructor(id: NeighbourId, socket: Socket, isDialled: boolean, events: ConnectionEvents) {
    this.id = id;
    this.#socket = socket;
    this.isDialled = isDialled;
    this.here = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    this.there = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    this.#events = events;
    this.#handshakeTimer = setTimeout(() => this.close('the handshake took too long'), HANDSHAKE_MS_MAX);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => events.drained(this));
    socket.on('error', (error) => this.close(error.message));
    // A peer has nothing to say once it has ended: there are no half-open conversations in BEP 3.
    socket.on('end', () => this.close('the other side has closed the connection'));
    socket.on('close', () => this.close('the connection is closed'));
  }

  get isClosed(): boolean {
    return this.#because !== null;
  }

  /** Whether a block may be given to the socket now. */
  get takesBlocks(): boolean {
    return !this.isClosed && this.#reads < READS_MAX && this.#socket.writableLength < UPLOAD_WATERMARK_OCTETS;
  }

  sendHandshake(handshake: { infoHash: Uint8Array; peerId: Uint8Array }): void {
    this.#write(encodeHandshake(handshake));
  }

  send(message: PeerMessage): void {
    this.#write(encodePeerMessage(message));
  }

  /** Sends a block that `read` fills in. @throws Error of `read`, after which nothing was sent */
  async sendBlock({ index, begin, length }: Block, read: (into: Uint8Array) => Promise<void>): Promise<void> {
    this.#reads += 1;
    const buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(PIECE_MESSAGE_HEAD_OCTETS + BLOCK_OCTETS);
    try {
      const octets = buffer.subarray(0, PIECE_MESSAGE_HEAD_OCTETS + length);
      await read(octets.subarray(PIECE_MESSAGE_HEAD_OCTETS));
      writePieceHead(octets, index, begin);
      this.#write(octets, () => {
        if (this.#spare.length < READS_MAX) this.#spare.push(buffer);
      });
    } finally {
      this.#reads -= 1;
    }
  }

  /** Ends the connection at once. */
  close(because: string): void {
    if (this.#because !== null) return;
    this.#because = because;
    clearTimeout(this.#handshakeTimer);
    this.#socket.destroy();
    this.#events.closed(this, because);
  }

  #write(octets: Uint8Array, written?: () => void): void {
    if (this.isClosed) return;
    this.#socket.write(octets, written);
    if (this.#socket.writableLength > SEND_QUEUE_OCTETS_MAX) this.close('it does not read what it is sent');
  }

  #receive(chunk: Uint8Array): void {
    try {
      const rest = this.#receiving instanceof HandshakeStream ? this.#shakeHands(this.#receiving, chunk) : chunk;
      if (rest === null || !(this.#receiving instanceof PeerMessageStream)) return;
      for (const message of this.#receiving.push(rest)) {
        this.#events.message(this, message);
        if (this.isClosed) return;
      }
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.close(error.message);
    }
  }

  /** Returns what follows the handshake, or null when it is not whole or not welcome. */
  #shakeHands(stream: HandshakeStream, chunk: Uint8Array): Uint8Array | null {
    const whole = stream.push(chunk);
    if (whole === null) return null;
    clearTimeout(this.#handshakeTimer);
    const pieceCount = this.#events.handshake(this, whole.handshake);
    if (pieceCount === null || this.isClosed) return null;
    this.#receiving = new PeerMessageStream(pieceCount);
    return whole.rest;
  }
}
