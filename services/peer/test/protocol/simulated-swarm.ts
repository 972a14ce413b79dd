import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { encodeReserved } from '#shared/bittorrent/handshake.ts';
import type { PieceGrid } from '#shared/bittorrent/metainfo.ts';
import { BLOCK_OCTETS, type PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import type { NeighbourId } from '../../src/protocol/neighbour.ts';
import { POLICY_START } from '../../src/protocol/policy.ts';
import { poison } from '../../src/protocol/role.ts';
import type { StartedPiece } from '../../src/protocol/started-piece.ts';
import { Swarm } from '../../src/protocol/swarm.ts';
import type { SwarmOptions, SwarmOutput } from '../../src/protocol/swarm-exchange.ts';
import { seededRandom } from './seeded-random.ts';
import { TEST_TORRENT } from './test-torrent.ts';

/** Time between two ticks of a session, in milliseconds. */
const TICK_MS = 1_000;
/** The file is all zeros. */
const BLOCK = new Uint8Array(BLOCK_OCTETS);
const WRONG_BLOCK = new Uint8Array(BLOCK_OCTETS);
poison(WRONG_BLOCK);

export interface SimulatedPeer extends Partial<SwarmOptions> {
  readonly uploadBytesPerS: number;
  readonly isSeed?: boolean;
  /** When it joins, in milliseconds. */
  readonly joinsAt?: number;
}

export interface SimulationOptions {
  readonly grid: PieceGrid;
  readonly peers: readonly SimulatedPeer[];
  readonly seed: number;
  /** One way, in milliseconds. */
  readonly latencyMs?: number;
  /** From the last block of a piece until it is verified and stored, in milliseconds. */
  readonly checkMs?: number;
  readonly msMax?: number;
}

export interface SimulatedMember {
  readonly id: NeighbourId;
  readonly swarm: Swarm;
  /** Octets of blocks that it has sent and received. */
  sent: number;
  received: number;
  completedAt: number | null;
}

/**
 * A swarm of the real machines, with links that have a delay and no other fault, and a clock that is advanced: what choker,
 * picker and limits do together, without a socket, and the same each time. Every member knows every other.
 */
export class SimulatedSwarm {
  readonly members: SimulatedMember[];
  /** Every change of a choke: who, to whom, when. */
  readonly chokes: { from: NeighbourId; to: NeighbourId; at: number; isChoke: boolean; because: string | undefined }[] =
    [];
  readonly bans: { by: NeighbourId; address: string; at: number; because: string }[] = [];
  readonly closes: { by: NeighbourId; of: NeighbourId; at: number; because: string }[] = [];
  now = 0;
  readonly #options: SimulationOptions;
  readonly #events = new EventQueue();
  /** When each member's limit is looked at again. */
  readonly #resumeAt = new Map<NeighbourId, number>();

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.members = options.peers.map((peer, id) => this.#member(peer, id));
    for (const member of this.members) this.#at(options.peers[member.id]?.joinsAt ?? 0, () => this.#join(member));
  }

  /** Runs until every member has everything, or `msMax` has passed. */
  run(isOver = () => this.members.every(({ completedAt }) => completedAt !== null)): void {
    const msMax = this.#options.msMax ?? 1_000_000;
    while (!isOver()) {
      const event = this.#events.next();
      if (event === null || event.at > msMax) return;
      this.now = event.at;
      event.happen();
    }
  }

  /** When the last one had everything, in milliseconds. */
  get completedAt(): number {
    return Math.max(...this.members.map(({ completedAt }) => completedAt ?? Number.POSITIVE_INFINITY));
  }

  #member(peer: SimulatedPeer, id: NeighbourId): SimulatedMember {
    const { grid, seed } = this.#options;
    const have = new PieceSet(grid.pieceCount);
    if (peer.isSeed) for (let index = 0; index < grid.pieceCount; index++) have.add(index);
    const { isSeed: _, joinsAt: __, ...given } = peer;
    const options = {
      grid,
      have,
      neighboursMax: this.#options.peers.length,
      role: 'ordinary' as const,
      ...POLICY_START,
      ...TEST_TORRENT,
      downloadBytesPerS: 0,
      random: seededRandom(seed * 1000 + id),
      now: 0,
      ...given,
    };
    return { id, swarm: new Swarm(options), sent: 0, received: 0, completedAt: peer.isSeed ? 0 : null };
  }

  /** Connects it with all that are there, and begins its ticks. */
  #join(member: SimulatedMember): void {
    const others = this.members.filter((other) => other !== member && this.#resumeAt.has(other.id));
    this.#resumeAt.set(member.id, Number.POSITIVE_INFINITY);
    for (const other of others) {
      this.#step(member, { kind: 'connected', ...this.#acquaintance(other.id), isDialled: true });
      this.#step(other, { kind: 'connected', ...this.#acquaintance(member.id), isDialled: false });
    }
    const tick = () => {
      this.#step(member, { kind: 'tick' });
      this.#at(this.now + TICK_MS, tick);
    };
    // Nobody's clock is that of another.
    this.#at(this.now + ((member.id * 137) % TICK_MS), tick);
  }

  #step(member: SimulatedMember, input: Parameters<Swarm['step']>[0]): void {
    this.#perform(member, member.swarm.step(input, this.now));
  }

  #perform(member: SimulatedMember, outputs: readonly SwarmOutput[]): void {
    for (const output of outputs) this.#performOne(member, output);
    this.#pump(member);
  }

  #performOne(member: SimulatedMember, output: SwarmOutput): void {
    switch (output.kind) {
      case 'send':
        this.#note(member, output.to, output.message, output.because);
        this.#deliver(member.id, output.to, output.message);
        break;
      case 'check':
        this.#at(this.now + (this.#options.checkMs ?? 1), () =>
          this.#step(member, { kind: 'checked', index: output.piece.index, result: resultOf(output.piece) }),
        );
        break;
      case 'completed':
        member.completedAt = this.now;
        break;
      case 'ban':
        this.bans.push({ by: member.id, address: output.address, at: this.now, because: output.because });
        break;
      case 'close':
        this.closes.push({ by: member.id, of: output.neighbour, at: this.now, because: output.because });
        this.#disconnect(member.id, output.neighbour);
        break;
      case 'leave':
        for (const id of [...member.swarm.neighbours.keys()]) {
          this.#disconnect(member.id, id);
          this.#disconnect(id, member.id);
        }
        break;
      default:
        break;
    }
  }

  #disconnect(from: NeighbourId, of: NeighbourId): void {
    this.#at(this.now, () => this.#step(this.#memberAt(of), { kind: 'closed', neighbour: from }));
  }

  #note(member: SimulatedMember, to: NeighbourId, { kind }: PeerMessage, because: string | undefined): void {
    if (kind !== 'choke' && kind !== 'unchoke') return;
    this.chokes.push({ from: member.id, to, at: this.now, isChoke: kind === 'choke', because });
  }

  #deliver(from: NeighbourId, to: NeighbourId, message: PeerMessage): void {
    this.#at(this.now + (this.#options.latencyMs ?? 0.5), () =>
      this.#step(this.#memberAt(to), { kind: 'message', from, message }),
    );
  }

  /** Sends what the limits let through, and looks again when they let through more. */
  #pump(member: SimulatedMember): void {
    for (;;) {
      const upload = member.swarm.nextUpload(this.now, () => true);
      if (upload === null) break;
      const { index, begin, length } = upload.block;
      member.sent += length;
      this.#memberAt(upload.to).received += length;
      const block = (member.swarm.role.answers === 'wrongly' ? WRONG_BLOCK : BLOCK).subarray(0, length);
      this.#deliver(member.id, upload.to, { kind: 'piece', index, begin, block });
    }
    const waitMs = member.swarm.waitMs(this.now);
    const at = waitMs === null ? Number.POSITIVE_INFINITY : this.now + waitMs;
    if (at === this.#resumeAt.get(member.id)) return;
    this.#resumeAt.set(member.id, at);
    if (waitMs === null) return;
    this.#at(at, () => {
      if (this.#resumeAt.get(member.id) !== at) return;
      this.#resumeAt.set(member.id, Number.POSITIVE_INFINITY);
      this.#perform(member, member.swarm.resume(this.now));
    });
  }

  #acquaintance(id: NeighbourId) {
    const offers = this.#options.peers[id]?.offers ?? TEST_TORRENT.offers;
    return {
      id,
      endpoint: { address: addressOf(id), port: 6881 },
      peerId: octetsOfKey(`-XX0001-${id}`.padEnd(20, '.')),
      reserved: encodeReserved(offers),
    };
  }

  #memberAt(id: NeighbourId): SimulatedMember {
    const member = this.members[id];
    if (member === undefined) throw new RangeError(`There is no member ${id}`);
    return member;
  }

  #at(at: number, happen: () => void): void {
    this.#events.add({ at, happen });
  }
}

interface Event {
  readonly at: number;
  happen(): void;
}

/** What will happen, in the order of time; of the same time in the order in which it was said. A binary heap. */
class EventQueue {
  readonly #heap: (Event & { readonly nth: number })[] = [];
  #count = 0;

  add(event: Event): void {
    const heap = this.#heap;
    const entry = { at: event.at, happen: event.happen, nth: this.#count++ };
    let at = heap.push(entry) - 1;
    for (;;) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (at === 0 || above === undefined || isBefore(above, entry)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  next(): Event | null {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) child += 1;
      const smaller = heap[child];
      if (smaller === undefined || isBefore(last, smaller)) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Event & { nth: number }, b: Event & { nth: number }): boolean {
  return a.at < b.at || (a.at === b.at && a.nth < b.nth);
}

export function addressOf(id: NeighbourId): string {
  return `10.53.${id}.1`;
}

/** Whether all octets of a piece are zero: one of each block is looked at. */
function resultOf(piece: StartedPiece): 'right' | 'wrong' {
  for (let at = 0; at < piece.octets.length; at += BLOCK_OCTETS) if (piece.octets[at] !== 0) return 'wrong';
  return 'right';
}
