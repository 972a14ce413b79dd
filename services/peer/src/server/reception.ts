import { connect, type Socket } from 'node:net';
import type { Handshake } from '#shared/bittorrent/handshake.ts';
import { formatHash, isSameHash } from '#shared/bittorrent/info-hash.ts';
import type { Host } from '#shared/host/host.ts';
import { isLabAddress } from '#shared/lab-net.ts';
import type { Endpoint } from '#shared/report.ts';
import { AddressBook } from '../protocol/address-book.ts';
import * as reports from '../reports.ts';
import { type ConnectionEvents, PeerConnection } from './peer-connection.ts';

/** Dials that are under way at once, and in one second. */
const DIALS_AT_ONCE_MAX = 8;
const DIALS_PER_S_MAX = 20;
const CONNECT_MS_MAX = 5_000;
/** How long after its beginning a connection may give way to one that the same peer has dialled, in milliseconds. */
const CROSSING_MS_MAX = 10_000;

export interface ReceptionOptions {
  readonly host: Host;
  readonly port: number;
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  readonly pieceCount: number;
  readonly neighboursMax: number;
  /** Whether a peer that has everything is of use. */
  wantsSeeds(): boolean;
  /** Whether the peer of this connection has everything, as far as it has said. */
  isSeed(connection: PeerConnection): boolean;
  /** Both sides have shaken hands. */
  opened(connection: PeerConnection, peerId: Uint8Array): void;
  message: ConnectionEvents['message'];
  drained: ConnectionEvents['drained'];
  /** A connection that was opened is over. */
  closed(connection: PeerConnection): void;
}

interface Open {
  readonly connection: PeerConnection;
  readonly peer: string;
  readonly openedAt: number;
}

/** Brings peers together: dials those whom the tracker told, takes in those who dial, and shakes hands with both. */
export class Reception {
  readonly book: AddressBook;
  readonly #options: ReceptionOptions;
  readonly #dialling = new Set<Socket>();
  readonly #shaking = new Set<PeerConnection>();
  readonly #open = new Map<string, Open>();
  /** The exchange through which the address of a dialled connection became known. */
  #learntBy: string | undefined;
  #dialsThisSecond = 0;
  #nextId = 1;
  #isClosed = false;

  constructor(options: ReceptionOptions) {
    const { host, port } = options;
    this.#options = options;
    this.book = new AddressBook({
      own: { address: host.address, port },
      isAllowed: (address) => isLabAddress(address, host.net),
    });
  }

  /** Takes in addresses of the tracker and dials as many as may be. */
  learn(endpoints: readonly Endpoint[], exchange: string): void {
    const { host } = this.#options;
    this.#learntBy = exchange;
    for (const { endpoint, because } of this.book.learn(endpoints, host.clock.now()).refused) {
      host.report(reports.refusedAddressReport(exchange, endpoint, because));
    }
    this.dial();
  }

  /** Dials whom it may; also called each second. */
  dial(): void {
    const { host, neighboursMax, wantsSeeds } = this.#options;
    while (
      !this.#isClosed &&
      this.#dialling.size < DIALS_AT_ONCE_MAX &&
      this.#dialsThisSecond < DIALS_PER_S_MAX &&
      this.#open.size + this.#shaking.size + this.#dialling.size < neighboursMax
    ) {
      const endpoint = this.book.next(host.clock.now(), (at, peer) => this.#isNeighbour(at, peer), wantsSeeds());
      if (endpoint === null) return;
      this.#dialsThisSecond += 1;
      this.#dialOne(endpoint);
    }
  }

  /** A second has passed. */
  tick(): void {
    this.#dialsThisSecond = 0;
    this.dial();
  }

  /** A peer has dialled us. */
  welcome(socket: Socket): void {
    if (this.#isClosed || this.book.banOf(socket.remoteAddress ?? '') !== null) socket.destroy();
    else this.#shaking.add(this.#connection(socket, false));
  }

  ban(address: string, because: string): void {
    this.book.ban(address, because);
  }

  close(because: string): void {
    this.#isClosed = true;
    for (const socket of this.#dialling) socket.destroy();
    for (const connection of this.#shaking) connection.close(because);
    for (const { connection } of this.#open.values()) connection.close(because);
  }

  /**
   * Whether the peer at `endpoint` is a neighbour. Of one that has dialled us the port is not known where it listens: before
   * it is known who listens there, a neighbour of that address is taken for it.
   */
  #isNeighbour(endpoint: Endpoint, peer: string | null): boolean {
    if (peer !== null) return this.#open.has(peer);
    const connections = [...this.#shaking, ...[...this.#open.values()].map(({ connection }) => connection)];
    return connections.some((one) => !one.isDialled && one.there.address === endpoint.address);
  }

  #dialOne(endpoint: Endpoint): void {
    const { host, infoHash, peerId } = this.#options;
    const socket = connect({ host: endpoint.address, port: endpoint.port, localAddress: host.address });
    this.#dialling.add(socket);
    socket.setTimeout(CONNECT_MS_MAX, () => socket.destroy());
    const failed = () => {
      this.#dialling.delete(socket);
      this.book.failed(endpoint, host.clock.now());
      this.dial();
    };
    // What went wrong is of no interest: "close" follows, and the address is tried again later.
    socket.on('error', () => {});
    socket.once('close', failed);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('close', failed);
      this.#dialling.delete(socket);
      const connection = this.#connection(socket, true);
      this.#shaking.add(connection);
      connection.sendHandshake({ infoHash, peerId });
      host.report(reports.handshakeReport(connection, 'sent', peerId, infoHash, this.#learntBy));
      this.dial();
    });
  }

  #connection(socket: Socket, isDialled: boolean): PeerConnection {
    return new PeerConnection(this.#nextId++, socket, isDialled, {
      handshake: (connection, handshake) => this.#shakeHands(connection, handshake),
      message: this.#options.message,
      drained: this.#options.drained,
      closed: (connection, because) => this.#closed(connection, because),
    });
  }

  /** Decides about a peer that has shaken hands; returns the number of pieces when it is welcome. */
  #shakeHands(connection: PeerConnection, handshake: Handshake): number | null {
    const { host, infoHash, peerId, pieceCount } = this.#options;
    host.report(reports.handshakeReport(connection, 'received', handshake.peerId, handshake.infoHash));
    const peer = formatHash(handshake.peerId);
    const because = this.#whyRefused(connection, handshake, peer);
    if (because !== null) {
      connection.close(because);
      return null;
    }
    if (!connection.isDialled) {
      connection.sendHandshake({ infoHash, peerId });
      host.report(reports.handshakeReport(connection, 'sent', peerId, infoHash));
    }
    this.#shaking.delete(connection);
    this.#open.set(peer, { connection, peer, openedAt: performance.now() });
    this.#options.opened(connection, handshake.peerId);
    return pieceCount;
  }

  #whyRefused(connection: PeerConnection, handshake: Handshake, peer: string): string | null {
    const { infoHash, peerId, neighboursMax } = this.#options;
    if (!isSameHash(handshake.infoHash, infoHash)) return 'it wants another torrent';
    if (isSameHash(handshake.peerId, peerId)) {
      this.book.isSelf(connection.there);
      return 'it is this peer itself';
    }
    const banned = this.book.banOf(connection.there.address);
    if (banned !== null) return banned;
    if (connection.isDialled) this.book.reached(connection.there, peer);
    const other = this.#open.get(peer);
    if (other !== undefined) {
      if (!this.#givesWay(other, connection, handshake)) return 'it is a neighbour already';
      other.connection.close('the same peer has opened another connection at the same time');
    }
    return this.#open.size >= neighboursMax ? `there are ${neighboursMax} neighbours` : null;
  }

  /**
   * Whether the first of two connections with one peer gives way. When both have dialled each other at the same time, both
   * must keep the same one: that of the peer with the larger id. A peer id is no secret, so that this is for the same host
   * and the first seconds only.
   */
  #givesWay({ connection: first, openedAt }: Open, second: PeerConnection, { peerId }: Handshake): boolean {
    const isCrossing = first.isDialled !== second.isDialled && first.there.address === second.there.address;
    const isYoung = performance.now() - openedAt < CROSSING_MS_MAX;
    const isOursLarger = formatHash(this.#options.peerId) > formatHash(peerId);
    return isCrossing && isYoung && second.isDialled === isOursLarger;
  }

  #closed(connection: PeerConnection, because: string): void {
    const { host } = this.#options;
    host.report(reports.closeReport(connection, because));
    const open = [...this.#open.values()].find((one) => one.connection === connection);
    const wasShaking = this.#shaking.delete(connection);
    if (connection.isDialled) {
      const isKnown =
        !wasShaking ||
        [...this.#open.values()].some((one) => one.connection.there.address === connection.there.address);
      if (isKnown) this.book.closed(connection.there, this.#options.isSeed(connection), host.clock.now());
      else this.book.failed(connection.there, host.clock.now());
    }
    if (open === undefined) return;
    this.#open.delete(open.peer);
    this.#options.closed(connection);
    if (!this.#isClosed) this.dial();
  }
}
