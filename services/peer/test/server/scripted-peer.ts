import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import {
  encodeHandshake,
  encodeReserved,
  type Handshake,
  HandshakeStream,
  type Offer,
} from '#shared/bittorrent/handshake.ts';
import { encodePeerMessage, type PeerMessage, PeerMessageStream } from '#shared/bittorrent/peer-message.ts';

/** A peer that says what the test says: one end of a real connection. */
export class ScriptedPeer {
  readonly socket: Socket;
  readonly heard: PeerMessage[] = [];
  /** Called with each message as it comes. */
  onMessage: (message: PeerMessage) => void = () => {};
  handshake: Handshake | null = null;
  isClosed = false;
  #receiving: HandshakeStream | PeerMessageStream = new HandshakeStream();
  readonly #pieceCount: number;

  constructor(socket: Socket, pieceCount: number) {
    this.socket = socket;
    this.#pieceCount = pieceCount;
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
    });
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  static async dial(
    to: { address: string; port: number },
    localAddress: string,
    pieceCount = 16,
  ): Promise<ScriptedPeer> {
    const socket = connect({ host: to.address, port: to.port, localAddress });
    const peer = new ScriptedPeer(socket, pieceCount);
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    return peer;
  }

  shakeHands(infoHash: Uint8Array, peerId: Uint8Array, offers: readonly Offer[] = []): void {
    this.socket.write(encodeHandshake({ infoHash, peerId, reserved: encodeReserved(offers) }));
  }

  say(...messages: PeerMessage[]): void {
    for (const message of messages) this.socket.write(encodePeerMessage(message));
  }

  /** The messages of one kind that have come. */
  heardOf<Kind extends PeerMessage['kind']>(kind: Kind): Extract<PeerMessage, { kind: Kind }>[] {
    return this.heard.filter((message) => message.kind === kind) as Extract<PeerMessage, { kind: Kind }>[];
  }

  #receive(chunk: Uint8Array): void {
    let rest = chunk;
    if (this.#receiving instanceof HandshakeStream) {
      const whole = this.#receiving.push(chunk);
      if (whole === null) return;
      this.handshake = whole.handshake;
      this.#receiving = new PeerMessageStream(this.#pieceCount);
      rest = whole.rest;
    }
    for (const message of this.#receiving.push(rest)) {
      // A block is a view of memory that is used again.
      this.heard.push(kept(message));
      this.onMessage(message);
    }
  }
}

/** The id of scripted peer number `nth`; `client` says of which program it claims to be. */
export function scriptedId(nth: number, client = '-XX0001-'): Uint8Array {
  return octetsOfKey(`${client}${String(nth).padStart(12, '0')}`);
}

/** Listens at `address` as a peer would; `welcome` gets each peer that dials. */
export async function listenScripted(
  address: string,
  port: number,
  welcome: (peer: ScriptedPeer) => void,
  pieceCount = 16,
): Promise<Server> {
  const server = createServer((socket) => welcome(new ScriptedPeer(socket, pieceCount)));
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  return server;
}

function kept(message: PeerMessage): PeerMessage {
  if (message.kind === 'piece') return { ...message, block: Uint8Array.from(message.block) };
  if (message.kind === 'extended') return { ...message, payload: Uint8Array.from(message.payload) };
  return message.kind === 'bitfield' ? { ...message, bits: Uint8Array.from(message.bits) } : message;
}
