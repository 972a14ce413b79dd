/**
 * The swarm of one torrent as one peer sees it (BEP 3, "peer protocol"): its neighbours, what they have, what is asked of
 * them and what they are given. A machine without sockets, disk or clock: `step` takes what happened and the time, and returns
 * what is to be done.
 *
 *     connected, message, closed  ->  send, close          the conversation with each neighbour
 *     (a piece is whole)          ->  check                its hash is to be computed and the piece stored
 *     checked                     ->  send have, ban       the piece is announced, or its giver is refused from now on
 *     tick (each second)          ->  send, close          choker, keep-alives, time-outs
 *
 * Downloads and uploads have a file each. What is uploaded is asked for by `nextUpload`, as fast as the sockets take it.
 */
import type { PieceGrid } from '#shared/bittorrent/metainfo.ts';
import type { PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { type CheckResult, Downloads } from './downloads.ts';
import { type Neighbour, type NeighbourId, newNeighbour } from './neighbour.ts';
import type { Pick as PickedBlock } from './piece-picker.ts';
import type { StartedPiece } from './started-piece.ts';
import { type Upload, Uploads } from './uploads.ts';
import { breachOf, sendsLateBitfields } from './wire-rules.ts';

/** Silence after which a keep-alive is sent, in milliseconds: "generally sent once every two minutes" (BEP 3). */
const KEEP_ALIVE_MS = 120_000;
/** Silence after which a neighbour is taken to be gone, in milliseconds. */
const IDLE_MS_MAX = 150_000;

export type SwarmInput =
  | ({ readonly kind: 'connected' } & Acquaintance)
  | { readonly kind: 'message'; readonly from: NeighbourId; readonly message: PeerMessage }
  | { readonly kind: 'closed'; readonly neighbour: NeighbourId }
  | { readonly kind: 'checked'; readonly index: number; readonly result: CheckResult }
  | { readonly kind: 'tick' };

/** Who has shaken hands with us. */
export type Acquaintance = Pick<Neighbour, 'id' | 'endpoint' | 'peerId' | 'isDialled'>;

export type SwarmOutput =
  | { readonly kind: 'send'; readonly to: NeighbourId; readonly message: PeerMessage; readonly because?: string }
  | { readonly kind: 'close'; readonly neighbour: NeighbourId; readonly because: string }
  | { readonly kind: 'ban'; readonly address: string; readonly because: string }
  | { readonly kind: 'check'; readonly piece: StartedPiece }
  | { readonly kind: 'picked'; readonly from: NeighbourId; readonly pick: PickedBlock }
  | { readonly kind: 'verified'; readonly index: number; readonly givers: ReadonlyMap<string, number> }
  | { readonly kind: 'completed' };

export interface SwarmOptions {
  readonly grid: PieceGrid;
  /** The verified pieces at the start; the swarm adds to them. */
  readonly have: PieceSet;
  readonly neighboursMax: number;
  readonly uploadSlots: number;
  /** Limits in octets per second, 0 for none. */
  readonly uploadBytesPerS: number;
  readonly downloadBytesPerS: number;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
  readonly now: number;
}

/** What downloads and uploads share: the neighbours, and how something is said to them. */
export interface Conversation {
  readonly neighbours: Map<NeighbourId, Neighbour>;
  send(neighbour: Neighbour, message: PeerMessage, now: number, because?: string): void;
  close(neighbour: Neighbour, because: string, now: number): void;
  output(output: SwarmOutput): void;
}

export class Swarm {
  readonly neighbours = new Map<NeighbourId, Neighbour>();
  readonly downloads: Downloads;
  readonly #uploads: Uploads;
  readonly #options: SwarmOptions;
  #outputs: SwarmOutput[] = [];

  constructor(options: SwarmOptions) {
    const conversation: Conversation = {
      neighbours: this.neighbours,
      send: (neighbour, message, now, because) => this.#send(neighbour, message, now, because),
      close: (neighbour, because, now) => this.#close(neighbour, because, now),
      output: (output) => this.#outputs.push(output),
    };
    this.#options = options;
    this.downloads = new Downloads(conversation, options);
    this.#uploads = new Uploads(conversation, options);
  }

  /** The verified pieces. */
  get have(): PieceSet {
    return this.#options.have;
  }

  /** What happened at the time `now`, in milliseconds that never go back; returns what is to be done, in order. */
  step(input: SwarmInput, now: number): readonly SwarmOutput[] {
    this.#outputs = [];
    switch (input.kind) {
      case 'connected':
        this.#connect(input, now);
        break;
      case 'message':
        this.#receive(input.from, input.message, now);
        break;
      case 'closed':
        this.#leave(input.neighbour, now);
        break;
      case 'checked':
        this.downloads.checked(input.index, input.result, now);
        break;
      case 'tick':
        this.#tick(now);
        break;
    }
    return this.#outputs;
  }

  /** The next block to send to one of those that `mayTake` one, or null; see `waitMs`. */
  nextUpload(now: number, mayTake: (id: NeighbourId) => boolean): Upload | null {
    return this.#uploads.next(now, mayTake);
  }

  /** The requests that the limit of the download had held back, as far as it lets them through now. */
  resume(now: number): readonly SwarmOutput[] {
    this.#outputs = [];
    this.downloads.resume(now);
    return this.#outputs;
  }

  /** Milliseconds until `nextUpload` or `resume` has something that a limit holds back now; null when nothing is held back. */
  waitMs(now: number): number | null {
    const waits = [this.#uploads.waitMs(now), this.downloads.waitMs(now)].filter((wait) => wait !== null);
    return waits.length === 0 ? null : Math.min(...waits);
  }

  #connect(given: Acquaintance, now: number): void {
    const neighbour = newNeighbour(given, this.#options.grid.pieceCount, now);
    if (this.neighbours.size >= this.#options.neighboursMax) {
      this.#outputs.push({
        kind: 'close',
        neighbour: given.id,
        because: `there are ${this.neighbours.size} neighbours`,
      });
      return;
    }
    this.neighbours.set(neighbour.id, neighbour);
    // "Downloaders which don't have anything yet may skip the 'bitfield' message" (BEP 3).
    if (this.have.size > 0) this.#send(neighbour, { kind: 'bitfield', bits: this.have.encode() }, now);
  }

  #receive(id: NeighbourId, message: PeerMessage, now: number): void {
    const neighbour = this.neighbours.get(id);
    if (neighbour === undefined) return;
    const breach = breachOf(message, this.#options.grid, !neighbour.hasSpoken || sendsLateBitfields(neighbour.peerId));
    if (breach !== null) {
      this.#close(neighbour, `it broke BEP 3: ${breach}`, now);
      return;
    }
    neighbour.lastReceivedAt = now;
    if (message.kind !== 'keep-alive') neighbour.hasSpoken = true;
    this.#heed(neighbour, message, now);
  }

  #heed(neighbour: Neighbour, message: PeerMessage, now: number): void {
    switch (message.kind) {
      case 'choke':
        this.downloads.choked(neighbour, now);
        break;
      case 'unchoke':
        this.downloads.unchoked(neighbour, now);
        break;
      case 'interested':
        neighbour.theirs.interested = true;
        this.#uploads.fillSlots(now);
        break;
      case 'not interested':
        neighbour.theirs.interested = false;
        break;
      case 'have':
        this.downloads.learn(neighbour, [message.index], now);
        break;
      case 'bitfield':
        this.#heedBitfield(neighbour, message.bits, now);
        break;
      case 'request':
        this.#uploads.asked(neighbour, message, now);
        break;
      case 'cancel':
        this.#uploads.cancelled(neighbour, message);
        break;
      case 'piece':
        this.downloads.arrived(neighbour, message, now);
        break;
      case 'keep-alive':
      case 'unknown':
        break;
    }
  }

  #heedBitfield(neighbour: Neighbour, bits: Uint8Array, now: number): void {
    try {
      this.downloads.learn(neighbour, [...PieceSet.decode(bits, this.#options.grid.pieceCount)], now);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#close(neighbour, `it broke BEP 3: ${error.message}`, now);
    }
  }

  #send(neighbour: Neighbour, message: PeerMessage, now: number, because?: string): void {
    neighbour.lastSentAt = now;
    this.#outputs.push({ kind: 'send', to: neighbour.id, message, ...(because === undefined ? {} : { because }) });
  }

  #close(neighbour: Neighbour, because: string, now: number): void {
    this.#outputs.push({ kind: 'close', neighbour: neighbour.id, because });
    this.#leave(neighbour.id, now);
  }

  #leave(id: NeighbourId, now: number): void {
    const neighbour = this.neighbours.get(id);
    if (neighbour === undefined) return;
    this.neighbours.delete(id);
    this.downloads.left(neighbour, now);
    this.#uploads.fillSlots(now);
  }

  #tick(now: number): void {
    for (const neighbour of [...this.neighbours.values()]) {
      if (now - neighbour.lastReceivedAt >= IDLE_MS_MAX) {
        this.#close(neighbour, `it has been silent for ${IDLE_MS_MAX / 1000} s`, now);
      } else if (now - neighbour.lastSentAt >= KEEP_ALIVE_MS) {
        this.#send(neighbour, { kind: 'keep-alive' }, now, `nothing was sent for ${KEEP_ALIVE_MS / 1000} s`);
      }
    }
    this.downloads.tick(now);
    this.#uploads.tick(now);
  }
}
