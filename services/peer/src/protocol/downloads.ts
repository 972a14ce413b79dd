/**
 * What we fetch: interest, requests, blocks, and what becomes of a whole piece (BEP 3, "peer protocol"). Part of `Swarm`.
 */
import type { PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { blockKey, type Neighbour, type NeighbourId } from './neighbour.ts';
import { PiecePicker } from './piece-picker.ts';
import { pipelineDepth } from './pipeline-depth.ts';
import type { StartedPiece } from './started-piece.ts';
import type { Conversation, SwarmOptions } from './swarm.ts';
import { TokenBucket } from './token-bucket.ts';

/** Time without a block after which a neighbour that was asked is snubbed: "over a minute" (Cohen, section 2.3.4). */
const SNUB_MS = 60_000;

/** `wrong`: the hash is another. `not stored`: the disk failed, which is nobody's fault in the swarm. */
export type CheckResult = 'right' | 'wrong' | 'not stored';

export class Downloads {
  /** Octets of blocks that were of no use: not asked for, twice, or of a wrong piece. */
  wastedBytes = 0;
  readonly picker: PiecePicker;
  readonly #conversation: Conversation;
  readonly #options: SwarmOptions;
  readonly #limit: TokenBucket;
  /** Neighbours that would be asked for more if the limit allowed. */
  readonly #heldBack = new Set<NeighbourId>();

  constructor(conversation: Conversation, options: SwarmOptions) {
    this.#conversation = conversation;
    this.#options = options;
    this.picker = new PiecePicker(options);
    this.#limit = new TokenBucket(options.downloadBytesPerS, options.now);
  }

  /** `neighbour` has these pieces too. */
  learn(neighbour: Neighbour, indexes: readonly number[], now: number): void {
    for (const index of indexes) {
      if (!neighbour.pieces.add(index)) continue;
      this.picker.gained(index);
      if (!this.#options.have.has(index)) neighbour.wantedCount += 1;
    }
    this.#tellInterest(neighbour, now);
    this.#request(neighbour, now);
  }

  choked(neighbour: Neighbour, now: number): void {
    neighbour.theirs.choking = true;
    // What it was asked for, it has forgotten (BEP 3): others may be asked.
    this.#giveBack(neighbour);
    this.#requestAll(now);
  }

  unchoked(neighbour: Neighbour, now: number): void {
    neighbour.theirs.choking = false;
    this.#request(neighbour, now);
  }

  /** `neighbour` is gone. */
  left(neighbour: Neighbour, now: number): void {
    this.#heldBack.delete(neighbour.id);
    for (const index of neighbour.pieces) this.picker.lost(index);
    this.#giveBack(neighbour);
    this.#requestAll(now);
  }

  arrived(neighbour: Neighbour, message: PeerMessage & { kind: 'piece' }, now: number): void {
    const { index, begin, block } = message;
    const { requested } = neighbour.download;
    const request = requested.get(blockKey(index, begin));
    if (request === undefined || request.length !== block.length) {
      this.wastedBytes += block.length;
      return;
    }
    requested.delete(blockKey(index, begin));
    noteArrival(neighbour, block.length, now - request.at, now);
    const arrival = this.picker.arrived(neighbour.id, neighbour.endpoint.address, index, begin, block);
    if (arrival.kind === 'unwanted') {
      this.wastedBytes += block.length;
    } else {
      for (const other of arrival.alsoAsked) this.#cancel(this.#conversation.neighbours.get(other), index, begin, now);
      if (arrival.piece.isWhole) this.#conversation.output({ kind: 'check', piece: arrival.piece });
    }
    this.#request(neighbour, now);
  }

  /** The hash of a whole piece is known, and the piece stored if it was right. */
  checked(index: number, result: CheckResult, now: number): void {
    const piece = this.picker.started.find((started) => started.index === index);
    if (piece === undefined) return;
    if (result === 'right') this.#verified(piece, now);
    else this.#failed(piece, result, now);
    this.#requestAll(now);
  }

  resume(now: number): void {
    for (const id of [...this.#heldBack]) {
      const neighbour = this.#conversation.neighbours.get(id);
      if (neighbour !== undefined) this.#request(neighbour, now);
    }
  }

  /** Milliseconds until `resume` has something to do; null when nothing is held back. */
  waitMs(now: number): number | null {
    return this.#heldBack.size === 0 ? null : Math.max(1, this.#limit.waitMs(now));
  }

  tick(now: number): void {
    for (const neighbour of this.#conversation.neighbours.values()) this.#snub(neighbour, now);
    this.#requestAll(now);
  }

  /** Interested exactly while it has a piece that we lack: "must be kept up to date at all times" (BEP 3). */
  #tellInterest(neighbour: Neighbour, now: number): void {
    const isInterested = neighbour.wantedCount > 0;
    if (isInterested === neighbour.ours.interested) return;
    neighbour.ours.interested = isInterested;
    const because = isInterested
      ? `it has ${neighbour.wantedCount} pieces that we lack`
      : 'it has nothing that we lack';
    this.#conversation.send(neighbour, { kind: isInterested ? 'interested' : 'not interested' }, now, because);
  }

  #requestAll(now: number): void {
    for (const neighbour of [...this.#conversation.neighbours.values()]) this.#request(neighbour, now);
  }

  /** Keeps the pipeline to `neighbour` full. */
  #request(neighbour: Neighbour, now: number): void {
    if (neighbour.theirs.choking || !neighbour.ours.interested) return;
    const { meter, rttMs, isSnubbed, requested } = neighbour.download;
    const depth = pipelineDepth(meter.rate(now), rttMs, isSnubbed);
    this.#heldBack.delete(neighbour.id);
    while (requested.size < depth) {
      if (this.#limit.waitMs(now) > 0) {
        this.#heldBack.add(neighbour.id);
        return;
      }
      const pick = this.picker.pick(neighbour.id, neighbour.pieces, requested.size === 0);
      if (pick === null) return;
      const { block, because } = pick;
      this.#limit.spend(block.length, now);
      requested.set(blockKey(block.index, block.begin), { ...block, at: now });
      if (pick.mode !== 'started') this.#conversation.output({ kind: 'picked', from: neighbour.id, pick });
      this.#conversation.send(neighbour, { kind: 'request', ...block }, now, because);
    }
  }

  #giveBack(neighbour: Neighbour): void {
    for (const block of neighbour.download.requested.values()) this.picker.giveBack(neighbour.id, block);
    neighbour.download.requested.clear();
  }

  /** The block has come from another neighbour: the endgame's second request is taken back. */
  #cancel(neighbour: Neighbour | undefined, index: number, begin: number, now: number): void {
    const request = neighbour?.download.requested.get(blockKey(index, begin));
    if (neighbour === undefined || request === undefined) return;
    neighbour.download.requested.delete(blockKey(index, begin));
    const because = 'the block has come from another neighbour';
    this.#conversation.send(neighbour, { kind: 'cancel', index, begin, length: request.length }, now, because);
    this.#request(neighbour, now);
  }

  #verified(piece: StartedPiece, now: number): void {
    const { givers, index } = piece;
    this.#options.have.add(index);
    this.picker.finished(index);
    this.#conversation.output({ kind: 'verified', index, givers });
    for (const neighbour of this.#conversation.neighbours.values()) {
      this.#conversation.send(neighbour, { kind: 'have', index }, now, 'the hash of the piece is right');
      if (neighbour.pieces.has(index)) neighbour.wantedCount -= 1;
      this.#tellInterest(neighbour, now);
    }
    if (this.#options.have.isComplete) this.#conversation.output({ kind: 'completed' });
  }

  /** Throws the piece away. One giver alone is guilty; of several it is not known who, so the next try has one alone. */
  #failed(piece: StartedPiece, result: 'wrong' | 'not stored', now: number): void {
    const [giver, ...others] = piece.givers.keys();
    this.picker.failed(piece.index, result === 'wrong');
    if (result === 'not stored') return;
    this.wastedBytes += piece.octets.length;
    if (giver === undefined || others.length > 0) return;
    const because = `all of piece ${piece.index} came from it, and its hash is wrong`;
    this.#conversation.output({ kind: 'ban', address: giver, because });
    for (const neighbour of [...this.#conversation.neighbours.values()]) {
      if (neighbour.endpoint.address === giver) this.#conversation.close(neighbour, because, now);
    }
  }

  /** A neighbour that lets us wait for a minute gets its requests taken back, and one to prove itself. */
  #snub(neighbour: Neighbour, now: number): void {
    const { download } = neighbour;
    const [oldest] = download.requested.values();
    if (oldest === undefined || now - Math.max(oldest.at, download.lastBlockAt) < SNUB_MS) return;
    download.isSnubbed = true;
    for (const { index, begin, length } of download.requested.values()) {
      const because = `no block for ${SNUB_MS / 1000} s`;
      this.#conversation.send(neighbour, { kind: 'cancel', index, begin, length }, now, because);
    }
    this.#giveBack(neighbour);
  }
}

function noteArrival({ download }: Neighbour, octets: number, rttMs: number, now: number): void {
  download.meter.add(octets, now);
  download.lastBlockAt = now;
  download.isSnubbed = false;
  download.rttMs = Math.min(download.rttMs ?? Number.POSITIVE_INFINITY, rttMs);
}
