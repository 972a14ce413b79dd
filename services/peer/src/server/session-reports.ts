import { isOfOurProgram } from '#shared/bittorrent/info-hash.ts';
import type { Block, PeerMessage } from '#shared/bittorrent/peer-message.ts';
import type { Host } from '#shared/host/host.ts';
import type { Neighbour, NeighbourId } from '../protocol/neighbour.ts';
import type { Pick } from '../protocol/piece-picker.ts';
import type { StartedPiece } from '../protocol/started-piece.ts';
import type { SwarmOutput } from '../protocol/swarm-exchange.ts';
import * as reports from '../reports.ts';
import type { PeerConnection } from './peer-connection.ts';
import type { SessionOptions } from './session-options.ts';

/** What a session reports. A report that nobody will be told is not made. */
export class SessionReports {
  readonly #options: SessionOptions;
  readonly #neighbours: ReadonlyMap<NeighbourId, Neighbour>;
  #lastVerified: number | null = null;

  constructor(options: SessionOptions, neighbours: ReadonlyMap<NeighbourId, Neighbour>) {
    this.#options = options;
    this.#neighbours = neighbours;
  }

  joined(): void {
    const { host, metainfo, verified, policy, limits } = this.#options;
    const { address } = host;
    host.report(() =>
      reports.joinedReport(host.newExchange(), metainfo, { address, have: verified.have, policy, limits }),
    );
  }

  left(because: string): void {
    const { host, metainfo } = this.#options;
    host.report(() => reports.leftReport(host.newExchange(), metainfo, because));
  }

  message(connection: PeerConnection, direction: 'sent' | 'received', message: PeerMessage, because?: string): void {
    const { host, config } = this.#options;
    if (config.REPORT_BLOCKS === 'pieces') {
      if (reports.isAboutBlock(message) || this.#isToldWithPiece(connection, direction, message)) return;
    }
    // Not in here: the closure would be paid for by the thousands of blocks that are not reported too.
    reportMessage(host, connection, direction, message, because);
  }

  /** A block was sent. */
  block(connection: PeerConnection, block: Block): void {
    const { host, config } = this.#options;
    if (config.REPORT_BLOCKS === 'all') host.report(() => reports.blockReport(connection, block));
  }

  picked(connection: PeerConnection, pick: Pick): void {
    this.#options.host.report(() => reports.pickReport(connection, pick));
  }

  /** A piece is right, and `told` neighbours get a `have` for it. */
  verified({ index, givers }: Extract<SwarmOutput, { kind: 'verified' }>, told: number): void {
    const { host, metainfo } = this.#options;
    this.#lastVerified = index;
    host.report(() => reports.pieceReport(host.newExchange(), metainfo, { index, givers, isRight: true, told }));
  }

  wrong({ index, givers }: StartedPiece): void {
    const { host, metainfo } = this.#options;
    host.report(() => reports.pieceReport(host.newExchange(), metainfo, { index, givers, isRight: false }));
  }

  banned({ address, because }: Extract<SwarmOutput, { kind: 'ban' }>): void {
    const { host } = this.#options;
    host.report(() => reports.banReport(host.newExchange(), address, because));
  }

  webSeed({ url, state, because }: Extract<SwarmOutput, { kind: 'web seed' }>): void {
    const { host } = this.#options;
    host.report(() => reports.webSeedReport(host.newExchange(), url, state, because));
  }

  /**
   * Whether the report of a verified piece tells this too. N peers of a full mesh tell each other of every piece N * N times: nobody
   * could read that, and it would take the room of everything else.
   */
  #isToldWithPiece({ id }: PeerConnection, direction: 'sent' | 'received', message: PeerMessage): boolean {
    if (message.kind !== 'have') return false;
    if (direction === 'sent') return message.index === this.#lastVerified;
    const peerId = this.#neighbours.get(id)?.peerId;
    return peerId !== undefined && isOfOurProgram(peerId);
  }
}

function reportMessage(
  host: Host,
  connection: PeerConnection,
  direction: 'sent' | 'received',
  message: PeerMessage,
  because: string | undefined,
): void {
  host.report(() => reports.messageReport(connection, direction, message, because));
}
