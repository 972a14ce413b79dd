/**
 * The members of one swarm, found by where they are and by who they are, and kept as two lists, so that a random subset costs
 * what it has and not what the swarm has: seeds have everything, leechers lack something (BEP 3 calls them downloaders).
 */
import { MembersBy } from './members-by.ts';

/** A peer that takes part in a torrent, as its last announce told. */
export interface Member {
  /** The torrent, as `keyOfOctets` writes its info hash. */
  readonly torrent: string;
  /** One character for each octet. */
  readonly peerId: string;
  /** What only the peer and the tracker know. */
  readonly key: string | null;
  readonly address: string;
  readonly port: number;
  readonly joinedAt: number;
  announcedAt: number;
  uploaded: number;
  downloaded: number;
  /** Octets that it lacks; null when it did not say. */
  left: number | null;
  /** Whether it lacks something and wants no more (BEP 21). */
  isPartialSeed: boolean;
  /** Whether its `completed` has been counted. */
  isCounted: boolean;
  /** How often another peer was told of it. */
  told: number;
  /** Its place in the list of seeds or of leechers. */
  place: number;
  /** Who announced just before it and just after it, in the whole tracker. */
  before: Member | null;
  after: Member | null;
}

/** Who announces, and where. */
export type Identity = Pick<Member, 'peerId' | 'key' | 'address' | 'port'>;

export class Members {
  readonly #seeds: Member[] = [];
  readonly #leechers: Member[] = [];
  #partialSeeds = 0;
  readonly #byAddress = new MembersBy();
  /** Those that can prove who they are. */
  readonly #byKey = new MembersBy();

  get complete(): number {
    return this.#seeds.length;
  }

  get incomplete(): number {
    return this.#leechers.length;
  }

  /** Leechers that are downloading: all but the partial seeds (BEP 21). */
  get downloaders(): number {
    return this.#leechers.length - this.#partialSeeds;
  }

  get size(): number {
    return this.#seeds.length + this.#leechers.length;
  }

  *[Symbol.iterator](): Iterator<Member> {
    yield* this.#seeds;
    yield* this.#leechers;
  }

  /** Who is at this address and port: there is room for one. */
  at(address: string, port: number): Member | undefined {
    return this.#byAddress.find(address, (member) => member.port === port);
  }

  /** Members at this address, on whatever ports. */
  countAt(address: string): number {
    return this.#byAddress.count(address);
  }

  /** The member with this id and key, wherever it is. A peer id is known to all: without a key it proves nothing. */
  proved({ peerId, key }: Pick<Identity, 'peerId' | 'key'>): Member | undefined {
    return key === null ? undefined : this.#byKey.find(key, (member) => member.peerId === peerId);
  }

  add(member: Member): void {
    this.#enlist(member);
    this.#byAddress.add(member.address, member);
    if (member.key !== null) this.#byKey.add(member.key, member);
  }

  remove(member: Member): void {
    this.#strike(member);
    this.#byAddress.remove(member.address, member);
    if (member.key !== null) this.#byKey.remove(member.key, member);
  }

  /** The member says what it lacks now, and whether it wants that. */
  setLeft(member: Member, left: number | null, wantsNoMore: boolean): void {
    const isPartialSeed = left !== 0 && wantsNoMore;
    if ((member.left === 0) === (left === 0) && member.isPartialSeed === isPartialSeed) {
      member.left = left;
      return;
    }
    this.#strike(member);
    member.left = left;
    member.isPartialSeed = isPartialSeed;
    this.#enlist(member);
  }

  /**
   * Seeds, leechers or all, in random order, each order equally likely. It is a shuffle of Fisher and Yates of which only as much
   * is done as is asked for; the lists have no order of their own, and keep the one that they get. `random` gives numbers from 0
   * up to, but not including, 1.
   */
  *inRandomOrder(whom: 'seeds' | 'leechers' | 'all', random: () => number): Generator<Member> {
    const leechers = whom === 'seeds' ? [] : this.#leechers;
    const seeds = whom === 'leechers' ? [] : this.#seeds;
    let [leechersAt, seedsAt] = [0, 0];
    for (let left = leechers.length + seeds.length; left > 0; left--) {
      const chosen = Math.floor(random() * left);
      const isLeecher = chosen < leechers.length - leechersAt;
      yield isLeecher
        ? draw(leechers, leechersAt, leechersAt++ + chosen)
        : draw(seeds, seedsAt, seedsAt + chosen - (leechers.length - leechersAt));
      if (!isLeecher) seedsAt += 1;
    }
  }

  #listOf(member: Member): Member[] {
    return member.left === 0 ? this.#seeds : this.#leechers;
  }

  #enlist(member: Member): void {
    member.place = this.#listOf(member).push(member) - 1;
    if (member.isPartialSeed) this.#partialSeeds += 1;
  }

  /** The last of the list takes its place. */
  #strike(member: Member): void {
    if (member.isPartialSeed) this.#partialSeeds -= 1;
    const list = this.#listOf(member);
    const last = list.pop();
    if (last === undefined || last === member) return;
    list[member.place] = last;
    last.place = member.place;
  }
}

/** Brings the member at `from` to the place `to`, and the one that was there to `from`. */
function draw(list: Member[], to: number, from: number): Member {
  const [drawn, other] = [list[from] as Member, list[to] as Member];
  list[from] = other;
  other.place = from;
  list[to] = drawn;
  drawn.place = to;
  return drawn;
}
