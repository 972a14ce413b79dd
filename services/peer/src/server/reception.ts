import type { Socket } from 'node:net';
import { encodeReserved, type Handshake, type Offer } from '#shared/bittorrent/handshake.ts';
import { formatHash, isSameHash } from '#shared/bittorrent/info-hash.ts';
import { peerPriority } from '#shared/bittorrent/peer-priority.ts';
import type { Host } from '#shared/host/host.ts';
import { isLabAddress } from '#shared/lab-net.ts';
import type { Endpoint } from '#shared/report.ts';
import { AddressBook, type AddressSource, type ToldAddress } from '../protocol/address-book.ts';
import * as reports from '../reports.ts';
import type { Closed, Refused } from '../state.ts';
import { Dialler } from './dialler.ts';
import { type Admission, type Door, PeerConnection } from './peer-connection.ts';
import { Recent } from './recent.ts';
import type { Room } from './room.ts';

/** Neighbours of one address: a workstation may run several clients, but none may take all places. */
const NEIGHBOURS_PER_ADDRESS_MAX = 4;
/** How long after its beginning a connection may give way to one that the same peer has dialled, in milliseconds. */
const CROSSING_MS_MAX = 10_000;

export interface ReceptionOptions {
  readonly host: Host;
  readonly port: number;
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  /** What our handshakes offer beyond BEP 3. */
  readonly offers: readonly Offer[];
  readonly neighboursMax: number;
}

/** Who takes part in the torrent: first those who fetch its metadata, if there is none, then those who share the pieces. */
export interface Audience {
  /** Pieces of the torrent, or null while its metadata is unknown. */
  readonly pieceCount: number | null;
  /** Whether only the trackers may tell of peers (BEP 27). */
  readonly isPrivate: boolean;
  /** Whether a peer that has everything is of use. */
  wantsSeeds(): boolean;
  /** Whether the peer of this connection has everything, as far as it has said. */
  isSeed(connection: PeerConnection): boolean;
  /** Who has to go for others; null while it is not known what neighbours are good for. */
  readonly room: Room | null;
  /** Both sides have shaken hands. */
  opened(connection: PeerConnection, handshake: Handshake): void;
  message: Admission['message'];
  drained: Admission['drained'];
  /** A connection that was opened is over. */
  closed(connection: PeerConnection): void;
}

interface Open {
  readonly connection: PeerConnection;
  readonly peer: string;
  readonly openedAt: number;
}

/**
 * Brings the peers of one torrent together: dials those whom the tracker told, takes in those who dial, and shakes hands with
 * both.
 */
export class Reception {
  readonly book: AddressBook;
  /** The connections that are over and the addresses that were not dialled: the last ones. */
  readonly closed = new Recent<Closed>();
  readonly refused = new Recent<Refused>();
  readonly #options: ReceptionOptions;
  readonly #ours: Handshake;
  readonly #door: Door;
  #audience: Audience;
  readonly #dialler: Dialler;
  readonly #shaking = new Set<PeerConnection>();
  readonly #open = new Map<string, Open>();
  /** The exchange through which the address of a dialled connection became known. */
  #learntBy: string | undefined;
  #nextId = 1;
  #isClosed = false;

  constructor(options: ReceptionOptions, audience: Audience) {
    const { host, port, infoHash, peerId, offers } = options;
    this.#options = options;
    this.#audience = audience;
    this.#ours = { infoHash, peerId, reserved: encodeReserved(offers) };
    this.#door = {
      handshake: (connection, handshake) => this.admit(connection, handshake),
      closed: (connection, because) => this.#closed(connection, because),
    };
    this.book = new AddressBook({
      own: { address: host.address, port },
      isAllowed: (address) => isLabAddress(address, host.net),
    });
    if (audience.isPrivate) this.book.trustTrackersOnly();
    this.#dialler = new Dialler({
      host,
      book: this.book,
      next: () => this.#next(),
      connected: (socket, endpoint) => this.#connected(socket, endpoint),
    });
  }

  get peerId(): Uint8Array {
    return this.#options.peerId;
  }

  /** Others go on with the same connections: the metadata has come. */
  set audience(audience: Audience) {
    this.#audience = audience;
    if (audience.isPrivate) this.book.trustTrackersOnly();
    if (audience.pieceCount === null) return;
    for (const { connection } of this.#open.values()) connection.pieceCount = audience.pieceCount;
  }

  /** Takes in addresses and dials as many as may be. */
  learn(endpoints: readonly ToldAddress[], exchange: string, source: AddressSource): void {
    const { host } = this.#options;
    this.#learntBy = exchange;
    for (const { endpoint, because } of this.book.learn(endpoints, source, host.clock.now()).refused) {
      host.report(reports.refusedAddressReport(exchange, endpoint, because));
      this.refused.add({ at: host.clock.now(), ...endpoint, because });
    }
    this.#dialler.dial();
  }

  /** A second has passed. */
  tick(): void {
    this.#makeRoomToDial();
    this.#dialler.tick();
  }

  /** Decides about a peer that has shaken hands: it is a neighbour from now on, or refused. */
  admit(connection: PeerConnection, handshake: Handshake): void {
    const { host } = this.#options;
    host.report(reports.handshakeReport(connection, 'received', handshake.peerId, handshake.infoHash));
    const peer = formatHash(handshake.peerId);
    const because = this.#whyRefused(connection, handshake, peer);
    if (because !== null) {
      // That one who has dialled us is gone, the listener hears.
      if (!connection.isDialled)
        this.closed.add({ at: host.clock.now(), ...connection.there, isDialled: false, because });
      connection.close(because);
      return;
    }
    if (!connection.isDialled) this.#shakeHands(connection);
    this.#shaking.delete(connection);
    this.#open.set(peer, { connection, peer, openedAt: performance.now() });
    connection.admit({
      id: this.#nextId++,
      pieceCount: this.#audience.pieceCount,
      message: (from, message) => this.#audience.message(from, message),
      drained: (from) => this.#audience.drained(from),
      closed: (from, why) => this.#closed(from, why),
    });
    this.#audience.opened(connection, handshake);
  }

  /** Parts with everybody and forgets whom it could dial; who was banned stays so. */
  partWithAll(because: string): void {
    this.book.forgetAll();
    this.#dialler.giveUp();
    for (const connection of this.#shaking) connection.close(because);
    for (const { connection } of this.#open.values()) connection.close(because);
  }

  ban(address: string, because: string): void {
    this.book.ban(address, because);
  }

  close(because: string): void {
    this.#isClosed = true;
    this.#dialler.stop();
    for (const connection of this.#shaking) connection.close(because);
    for (const { connection } of this.#open.values()) connection.close(because);
  }

  /** Whom to dial next, if there is a place for one more. */
  #next(): Endpoint | null {
    const { host, neighboursMax } = this.#options;
    if (this.#open.size + this.#shaking.size + this.#dialler.count >= neighboursMax) return null;
    return this.book.next(host.clock.now(), this.#isPassedOver, this.#audience.wantsSeeds());
  }

  /** Whoever looks for pieces and knows somebody else to ask for them does not keep a place for who has none. */
  #makeRoomToDial(): void {
    const { host, neighboursMax } = this.#options;
    const isFull = this.#open.size >= neighboursMax;
    if (!isFull || !this.#audience.wantsSeeds() || !this.book.has(host.clock.now(), this.#isPassedOver, true)) return;
    const useless = this.#audience.room?.make();
    useless?.connection.close(useless.because);
  }

  #isAway({ address }: Endpoint): boolean {
    return this.#audience.room?.isAway(address) ?? false;
  }

  /** Who is a neighbour, or had to make room a while ago, is not dialled. */
  readonly #isPassedOver = (endpoint: Endpoint, peer: string | null): boolean =>
    this.#isAway(endpoint) || this.#isNeighbour(endpoint, peer);

  /**
   * Whether the peer at `endpoint` is a neighbour. Of one that has dialled us the port is not known where it listens: before
   * it is known who listens there, a neighbour of that address is taken for it.
   */
  #isNeighbour(endpoint: Endpoint, peer: string | null): boolean {
    if (peer !== null) return this.#open.has(peer);
    const connections = [...this.#shaking, ...[...this.#open.values()].map(({ connection }) => connection)];
    return connections.some((one) => !one.isDialled && one.there.address === endpoint.address);
  }

  #connected(socket: Socket, endpoint: Endpoint): void {
    const connection = new PeerConnection(socket, true, this.#door, endpoint);
    this.#shaking.add(connection);
    this.#shakeHands(connection, this.#learntBy);
  }

  #shakeHands(connection: PeerConnection, cause?: string): void {
    const { peerId, infoHash } = this.#ours;
    connection.sendHandshake(this.#ours);
    this.#options.host.report(reports.handshakeReport(connection, 'sent', peerId, infoHash, cause));
  }

  #whyRefused(connection: PeerConnection, handshake: Handshake, peer: string): string | null {
    const { infoHash, peerId, neighboursMax } = this.#options;
    if (this.#isClosed) return 'the torrent is left';
    if (!isSameHash(handshake.infoHash, infoHash)) return 'it wants another torrent';
    if (isSameHash(handshake.peerId, peerId)) {
      // Who dials us may say so of itself at any port: that is nothing to remember.
      if (connection.isDialled) this.book.isSelf(connection.there);
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
    const sameAddress = [...this.#open.values()].filter(
      (one) => one.connection.there.address === connection.there.address,
    );
    if (sameAddress.length >= NEIGHBOURS_PER_ADDRESS_MAX) return 'too many neighbours have its address';
    return this.#open.size >= neighboursMax ? this.#makeRoom(connection) : null;
  }

  /**
   * Who is of no use makes room, and is not taken in again at once. Where all are of use, "when a peer is at its connection limit,
   * it should drop the connection with the lowest priority" (BEP 40): the neighbour whom that hits, or why it hits the newcomer.
   */
  #makeRoom(newcomer: PeerConnection): string | null {
    const { host, port, neighboursMax } = this.#options;
    if (this.#isAway(newcomer.there)) return `there are ${neighboursMax} neighbours, and it was of no use a while ago`;
    const useless = this.#audience.room?.make() ?? null;
    if (useless !== null) {
      useless.connection.close(useless.because);
      return null;
    }
    const own = { address: host.address, port };
    const ranked = [...this.#open.values()].map(({ connection }) => ({
      connection,
      priority: peerPriority(own, connection.there),
    }));
    const lowest = ranked.reduce((least, one) => (one.priority < least.priority ? one : least));
    if (lowest.priority >= peerPriority(own, newcomer.there))
      return `there are ${neighboursMax} neighbours, none of a lower priority (BEP 40)`;
    lowest.connection.close('there is no room, and a peer of a higher priority comes (BEP 40)');
    return null;
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
    const { there, isDialled } = connection;
    this.closed.add({ at: host.clock.now(), ...there, isDialled, because });
    const open = [...this.#open.values()].find((one) => one.connection === connection);
    const wasShaking = this.#shaking.delete(connection);
    if (connection.isDialled) {
      const isKnown =
        !wasShaking ||
        [...this.#open.values()].some((one) => one.connection.there.address === connection.there.address);
      if (isKnown)
        this.book.closed(connection.there, !wasShaking && this.#audience.isSeed(connection), host.clock.now());
      else this.book.failed(connection.there, host.clock.now());
    }
    if (open === undefined) return;
    this.#open.delete(open.peer);
    this.#audience.closed(connection);
    if (!this.#isClosed) this.#dialler.dial();
  }
}
