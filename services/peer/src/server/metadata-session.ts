import { hash } from 'node:crypto';
import type { Handshake } from '#shared/bittorrent/handshake.ts';
import type { PeerMessage } from '#shared/bittorrent/peer-message.ts';
import type { Cancel } from '#shared/host/clock.ts';
import type { Host } from '#shared/host/host.ts';
import type { Endpoint } from '#shared/report.ts';
import { OFFERS } from '../protocol/extensions.ts';
import { MetadataExchange, type MetadataInput, type MetadataOutput } from '../protocol/metadata-exchange.ts';
import type { NeighbourId } from '../protocol/neighbour.ts';
import type { Earlier } from '../protocol/swarm-exchange.ts';
import * as reports from '../reports.ts';
import { everyTurn } from './every-turn.ts';
import type { PeerConnection } from './peer-connection.ts';
import { Reception } from './reception.ts';

const TICK_MS = 1_000;

export interface MetadataSessionOptions {
  readonly host: Host;
  readonly port: number;
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  /** The peers that the magnet link names. */
  readonly peers: readonly Endpoint[];
  readonly neighboursMax: number;
}

/** The connections of a torrent whose metadata has come, for those who share its pieces from now on. */
export interface HandOver {
  readonly reception: Reception;
  readonly continued: readonly Continued[];
}

/** A connection that goes on, and what was said on it. */
interface Continued {
  readonly connection: PeerConnection;
  readonly handshake: Handshake;
  readonly earlier: Earlier;
}

/**
 * Fetches the metadata of a torrent from other peers (BEP 9): carries out what the exchange of metadata decides. Until somebody
 * takes its connections over it keeps them, and what they say, also when the metadata has come.
 */
export class MetadataSession {
  readonly reception: Reception;
  /** The info dictionary, once it has come. It never rejects. */
  readonly metadata: Promise<Uint8Array>;
  readonly #host: Host;
  readonly #exchange: MetadataExchange;
  readonly #connections = new Map<NeighbourId, { connection: PeerConnection; handshake: Handshake }>();
  readonly #endTicks: Cancel;
  readonly #come: (metadata: Uint8Array) => void;
  #isOver = false;

  constructor({ host, port, infoHash, peerId, peers, neighboursMax }: MetadataSessionOptions) {
    const own = { address: host.address, port };
    this.#host = host;
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    this.metadata = promise;
    this.#come = resolve;
    const sha1 = (octets: Uint8Array) => hash('sha1', octets, 'buffer');
    this.#exchange = new MetadataExchange({ infoHash, own, offers: OFFERS, sha1 });
    this.reception = new Reception(
      { host, port, infoHash, peerId, offers: OFFERS, neighboursMax },
      {
        pieceCount: null,
        isPrivate: false,
        wantsSeeds: () => true,
        isSeed: () => false,
        // What a neighbour is good for is not known yet.
        room: null,
        opened: (connection, handshake) => this.#opened(connection, handshake),
        message: (connection, message) => this.#heard(connection, message),
        drained: () => {},
        closed: (connection) => this.#closed(connection),
      },
    );
    this.#endTicks = everyTurn(TICK_MS, () => this.#tick());
    this.reception.learn(peers, host.newExchange(), 'a magnet link');
  }

  get progress(): { pieces: number; total: number | null; neighbours: number } {
    const { parts, total } = this.#exchange.progress;
    return { pieces: parts, total, neighbours: this.#connections.size };
  }

  /** Gives the connections away. Who takes them must exchange the reception's audience before anything else can happen. */
  handOver(): HandOver {
    this.#end();
    const continued = [...this.#connections].map(([id, one]) => ({ ...one, earlier: this.#exchange.earlier(id) }));
    return { reception: this.reception, continued };
  }

  close(because: string): void {
    this.#end();
    this.reception.close(because);
  }

  #end(): void {
    this.#isOver = true;
    this.#endTicks();
  }

  #opened(connection: PeerConnection, handshake: Handshake): void {
    const { id, there: endpoint, isDialled } = connection;
    const { peerId, reserved } = handshake;
    this.#connections.set(id, { connection, handshake });
    this.#step({ kind: 'connected', id, endpoint, peerId, isDialled, reserved });
  }

  #heard(connection: PeerConnection, message: PeerMessage): void {
    this.#host.report(reports.messageReport(connection, 'received', message));
    this.#step({ kind: 'message', from: connection.id, message });
  }

  #closed({ id }: PeerConnection): void {
    this.#connections.delete(id);
    this.#step({ kind: 'closed', neighbour: id });
  }

  #tick(): void {
    this.#step({ kind: 'tick' });
    this.reception.tick();
  }

  #step(input: MetadataInput): void {
    if (this.#isOver) return;
    for (const output of this.#exchange.step(input, performance.now())) this.#perform(output);
  }

  #perform(output: MetadataOutput): void {
    switch (output.kind) {
      case 'send': {
        const connection = this.#connections.get(output.to)?.connection;
        if (connection === undefined) return;
        this.#host.report(reports.messageReport(connection, 'sent', output.message, output.because));
        connection.send(output.message);
        break;
      }
      case 'close':
        this.#connections.get(output.neighbour)?.connection.close(output.because);
        break;
      case 'ban':
        this.reception.ban(output.address, output.because);
        this.#host.report(reports.banReport(this.#host.newExchange(), output.address, output.because));
        break;
      case 'metadata': {
        const connection = this.#connections.get(output.from)?.connection;
        if (connection !== undefined) this.#host.report(reports.metadataReport(connection, output.octets.length));
        this.#come(output.octets);
        break;
      }
    }
  }
}
