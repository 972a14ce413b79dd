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
import { Patience } from '#shared/host/patience.ts';
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
/** Blocks whose memory is kept for the next: as many as wait in a socket and are read. */
const SPARE_MAX = 8;
/** Octets of messages that wait for the end of a turn: some hundred of them. */
const MESSAGE_OCTETS_MAX = 4 * 1024;

/** Who decides about a connection until its handshake. */
export interface Door {
  /** The other side has shaken hands: the connection is to be admitted or closed now. */
  handshake(connection: PeerConnection, handshake: Handshake): void;
  /** It is over before it was admitted. */
  closed(connection: PeerConnection, because: string): void;
}

/** How a connection goes on after its handshake. */
export interface Admission {
  readonly id: NeighbourId;
  /** Pieces of the torrent, or null while nobody here knows its metadata. */
  readonly pieceCount: number | null;
  message(connection: PeerConnection, message: PeerMessage): void;
  /** The socket takes blocks again. */
  drained(connection: PeerConnection): void;
  closed(connection: PeerConnection, because: string): void;
}

/** A `piece` message: all of it, and the block in it. */
interface BlockMessage {
  readonly octets: Uint8Array;
  readonly block: Uint8Array;
}

/** A TCP connection with another peer, from the handshake on. It decodes and encodes; what is said is for others. */
export class PeerConnection {
  readonly isDialled: boolean;
  /** Our end and theirs. */
  readonly here: Endpoint;
  readonly there: Endpoint;
  readonly #socket: Socket;
  readonly #door: Door;
  #admission: Admission | null = null;
  #receiving: HandshakeStream | PeerMessageStream = new HandshakeStream();
  #reads = 0;
  /** Whether a block had to wait until the socket has written something. */
  #isFull = false;
  /** Blocks that were sent, whose memory is to be used again. */
  readonly #spare: BlockMessage[] = [];
  /** Messages that go in one write at the end of this turn: most are 17 octets, and a write of their own costs more than they. */
  #messages: Uint8Array[] = [];
  #messageOctets = 0;
  #turn: NodeJS.Immediate | undefined;
  #because: string | null = null;
  readonly #patience: Patience;

  /** Something has left the socket: `drain` would only come after more than it is given here. */
  readonly #written = (): void => {
    if (!this.#isFull || this.isClosed || this.#socket.writableLength >= UPLOAD_WATERMARK_OCTETS) return;
    this.#isFull = false;
    this.#admission?.drained(this);
  };

  readonly #flush = (): void => {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    const [only] = this.#messages;
    if (only === undefined) return;
    const octets = this.#messages.length === 1 ? only : Buffer.concat(this.#messages, this.#messageOctets);
    this.#messages = [];
    this.#messageOctets = 0;
    this.#write(octets);
  };

  /** `socket` is connected, with `there`: a socket that was reset at once does not know with whom any more. */
  constructor(socket: Socket, isDialled: boolean, door: Door, there: Endpoint) {
    this.#socket = socket;
    this.isDialled = isDialled;
    this.here = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    this.there = there;
    this.#door = door;
    this.#patience = new Patience(HANDSHAKE_MS_MAX, () => this.close('the handshake took too long'));
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.close(error.message));
    // A peer has nothing to say once it has ended: there are no half-open conversations in BEP 3.
    socket.on('end', () => this.close('the other side has closed the connection'));
    socket.on('close', () => this.close('the connection is closed'));
  }

  /** Its number among the neighbours; there is none before it is admitted. */
  get id(): NeighbourId {
    if (this.#admission === null) throw new Error('The connection is not admitted');
    return this.#admission.id;
  }

  /** The metadata has come: bitfields can be checked from now on. */
  set pieceCount(pieceCount: number) {
    if (this.#receiving instanceof PeerMessageStream) this.#receiving.pieceCount = pieceCount;
  }

  get isClosed(): boolean {
    return this.#because !== null;
  }

  /** Whether a block may be given to the socket now; if it is full, `drained` says when it takes more. */
  takesBlock(): boolean {
    if (this.isClosed || this.#reads >= READS_MAX) return false;
    this.#isFull = this.#socket.writableLength >= UPLOAD_WATERMARK_OCTETS;
    return !this.#isFull;
  }

  /** What is sent from here until `uncork` goes in as few writes as it can. */
  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  sendHandshake(handshake: Handshake): void {
    this.#write(encodeHandshake(handshake));
  }

  send(message: PeerMessage): void {
    if (this.isClosed) return;
    const octets = encodePeerMessage(message);
    this.#messages.push(octets);
    this.#messageOctets += octets.length;
    if (this.#messageOctets >= MESSAGE_OCTETS_MAX) this.#flush();
    else this.#turn ??= setImmediate(this.#flush);
  }

  /**
   * Sends a block that `fill` fills in, at once (it returns null) or when its promise comes. After an error of `fill`, which is
   * passed on, nothing was sent.
   */
  sendBlock(block: Block, fill: (into: Uint8Array) => Promise<void> | null): Promise<void> | null {
    const again = block.length === BLOCK_OCTETS ? this.#spare.pop() : undefined;
    const message = again ?? newBlockMessage(block.length);
    const filling = fill(message.block);
    if (filling === null) {
      this.#writeBlock(block, message);
      return null;
    }
    this.#reads += 1;
    return filling.then(() => this.#writeBlock(block, message)).finally(() => (this.#reads -= 1));
  }

  /** From here on messages are heard, by those of `admission`. */
  admit(admission: Admission): void {
    this.#admission = admission;
    this.#receiving = new PeerMessageStream(admission.pieceCount);
  }

  /** Ends the connection at once. */
  close(because: string): void {
    if (this.#because !== null) return;
    this.#because = because;
    this.#patience.end();
    clearImmediate(this.#turn);
    this.#socket.destroy();
    (this.#admission ?? this.#door).closed(this, because);
  }

  #writeBlock({ index, begin, length }: Block, message: BlockMessage): void {
    this.#flush();
    writePieceHead(message.octets, index, begin);
    this.#write(message.octets, () => {
      if (length === BLOCK_OCTETS && this.#spare.length < SPARE_MAX) this.#spare.push(message);
      this.#written();
    });
  }

  #write(octets: Uint8Array, written: () => void = this.#written): void {
    if (this.isClosed) return;
    this.#socket.write(octets, written);
    if (this.#socket.writableLength > SEND_QUEUE_OCTETS_MAX) this.close('it does not read what it is sent');
  }

  #receive(chunk: Uint8Array): void {
    try {
      const rest = this.#receiving instanceof HandshakeStream ? this.#shakeHands(this.#receiving, chunk) : chunk;
      if (rest === null || !(this.#receiving instanceof PeerMessageStream)) return;
      for (const message of this.#receiving.push(rest)) {
        this.#admission?.message(this, message);
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
    this.#patience.end();
    this.#door.handshake(this, whole.handshake);
    return this.isClosed ? null : whole.rest;
  }
}

function newBlockMessage(length: number): BlockMessage {
  const octets = Buffer.allocUnsafeSlow(PIECE_MESSAGE_HEAD_OCTETS + length);
  return { octets, block: octets.subarray(PIECE_MESSAGE_HEAD_OCTETS) };
}
