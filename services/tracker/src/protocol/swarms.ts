/**
 * The swarms that a tracker knows (BEP 3, "trackers"): for each torrent the peers that take part. A peer joins with its first
 * announce, stays while it announces, and leaves with `stopped` or after two intervals of silence. Each announce is answered
 * with a random subset of the others. How questions and answers are written is left to `shared/bittorrent` (BEP 3 and BEP 23
 * over HTTP, BEP 15 over UDP).
 *
 * Who a peer is: at one address and port there is one peer, so that whoever announces from there has the place, and a program
 * that was started again does not meet its own ghost. With its key, which only it and the tracker know, it may move to another
 * address (BEP 7). Its id alone proves nothing, because the tracker tells it to all others.
 */
import type { AnnounceRequest } from '#shared/bittorrent/announce-request.ts';
import type { AnnounceSuccess } from '#shared/bittorrent/announce-response.ts';
import { keyOfOctets, octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { formatHash } from '#shared/bittorrent/info-hash.ts';
import type { ListedTorrents } from './listed-torrents.ts';
import { type Identity, type Member, Members } from './members.ts';
import { type Carrier, type ChoiceOptions, choosePeers, HTTP_CARRIER } from './peer-choice.ts';
import { RecentAnswers } from './recent-answers.ts';
import { SilenceOrder } from './silence-order.ts';

/** Torrents that are known at once, and peers of all of them together: they bound the memory. */
export const SWARMS_MAX = 10_000;
const PEERS_MAX = 250_000;
/** Peers of one torrent, so that the clients of one cannot take the place of all. */
export const PEERS_PER_SWARM_MAX = 5_000;
/** Peers of one torrent at one address: a class behind one router, but no machine that fills the torrent with its ports. */
export const PEERS_PER_ADDRESS_MAX = 100;
/** Intervals of silence after which a peer is taken to be gone. */
const SILENT_INTERVALS = 2;
const MS_PER_S = 1000;

export interface SwarmsOptions extends ChoiceOptions {
  readonly intervalMs: number;
  readonly minIntervalMs: number;
  /** The torrents that are served; null serves all. */
  readonly listed: ListedTorrents | null;
  /** Peers of all torrents together; `PEERS_MAX` where absent. */
  readonly peersMax?: number;
}

/** The answer to an announce, with its reason. */
export type AnnounceOutcome =
  | { readonly kind: 'answered'; readonly response: AnnounceSuccess; readonly because: string }
  | { readonly kind: 'refused'; readonly reason: string };

export interface ScrapedTorrent {
  readonly infoHash: Uint8Array;
  readonly complete: number;
  readonly incomplete: number;
  /** Those of the incomplete that are downloading; the others are partial seeds (BEP 21). */
  readonly downloaders: number;
  /** How often a peer has told that it had completed the download. */
  readonly downloaded: number;
}

/** A peer that was removed because it was silent. */
export interface ExpiredPeer {
  readonly infoHash: Uint8Array;
  readonly address: string;
  readonly port: number;
  readonly silentMs: number;
}

export interface Swarm {
  /** The info hash, as `keyOfOctets` writes it. */
  readonly torrent: string;
  downloaded: number;
  readonly members: Members;
}

export class Swarms {
  readonly #options: SwarmsOptions;
  readonly #swarms = new Map<string, Swarm>();
  /** Swarms without members, the one that has been so for longest first: they are kept for their counts while there is room. */
  readonly #deserted = new Set<Swarm>();
  readonly #silence = new SilenceOrder();
  readonly #recent: RecentAnswers<AnnounceOutcome>;
  #listed: ListedTorrents | null;

  constructor(options: SwarmsOptions) {
    this.#options = options;
    this.#listed = options.listed;
    this.#recent = new RecentAnswers(options.minIntervalMs);
  }

  /** Torrents with at least one peer, and peers of all torrents. */
  get size(): { torrents: number; peers: number } {
    return { torrents: this.#swarms.size - this.#deserted.size, peers: this.#silence.size };
  }

  /** Takes in what the peer at `address` tells, and answers. */
  announce(request: AnnounceRequest, address: string, now: number, carrier: Carrier = HTTP_CARRIER): AnnounceOutcome {
    const torrent = keyOfOctets(request.infoHash);
    if (this.#listed?.has(torrent) === false) {
      return { kind: 'refused', reason: `The torrent ${formatHash(request.infoHash)} is not listed at this tracker` };
    }
    const swarm = this.#swarms.get(torrent) ?? { torrent, downloaded: 0, members: new Members() };
    const identity = { peerId: keyOfOctets(request.peerId), key: request.key, address, port: request.port };
    const known = memberOf(swarm, identity);
    if (request.event === 'stopped') return this.#stop(swarm, known, address);
    if (known !== undefined && isRegular(request, known) && isInPlace(known, identity)) {
      const recent = this.#recent.of(known, now);
      if (recent !== null) return recent;
    }
    const refusal = this.#whyRefused(swarm, identity, known);
    if (refusal !== null) return { kind: 'refused', reason: refusal };
    const member = this.#update(swarm, identity, known, request, now);
    const outcome = this.#answer(swarm, member, request, carrier);
    this.#recent.add(member, outcome, now);
    return outcome;
  }

  /** What is known of a torrent, or null (BEP 48). Nothing is remembered of the question. */
  scrape(infoHash: Uint8Array): ScrapedTorrent | null {
    const swarm = this.#swarms.get(keyOfOctets(infoHash));
    if (swarm === undefined) return null;
    const { downloaded, members } = swarm;
    return { infoHash, downloaded, downloaders: members.downloaders, ...countsOf(swarm) };
  }

  /** Removes every peer that has been silent for two intervals: to be called before each announce and scrape. */
  expire(now: number): ExpiredPeer[] {
    const expired: ExpiredPeer[] = [];
    for (let member = this.#silence.first; member !== null; member = this.#silence.first) {
      const silentMs = now - member.announcedAt;
      if (silentMs < SILENT_INTERVALS * this.#options.intervalMs) break;
      const swarm = this.#swarms.get(member.torrent);
      if (swarm === undefined) break;
      this.#forget(swarm, member);
      const { address, port } = member;
      expired.push({ infoHash: octetsOfKey(member.torrent), address, port, silentMs });
    }
    return expired;
  }

  /** Serves these torrents from now on; what is known of others is forgotten. */
  setListed(listed: ListedTorrents): void {
    this.#listed = listed;
    for (const swarm of this.#swarms.values()) {
      if (listed.has(swarm.torrent)) continue;
      for (const member of [...swarm.members]) this.#forget(swarm, member);
      this.#dissolve(swarm);
    }
  }

  /** All swarms, also those that are known for their counts only. */
  [Symbol.iterator](): Iterator<Swarm> {
    return this.#swarms.values();
  }

  /** The swarm of this torrent, as `keyOfOctets` writes its info hash. */
  find(torrent: string): Swarm | undefined {
    return this.#swarms.get(torrent);
  }

  #whyRefused(swarm: Swarm, identity: Identity, known: Member | undefined): string | null {
    const { members } = swarm;
    const { address, port } = identity;
    if (members.at(address, port) !== undefined) return null;
    if (known?.address !== address && members.countAt(address) >= PEERS_PER_ADDRESS_MAX) {
      return `The torrent has ${PEERS_PER_ADDRESS_MAX} peers at ${address} already`;
    }
    if (known !== undefined) return null;
    if (members.size >= PEERS_PER_SWARM_MAX) return `The torrent has ${PEERS_PER_SWARM_MAX} peers already`;
    const { peersMax = PEERS_MAX } = this.#options;
    if (this.#silence.size >= peersMax) return `The tracker has ${peersMax} peers already`;
    const isFull = this.#swarms.size >= SWARMS_MAX && this.#deserted.size === 0;
    return isFull && !this.#swarms.has(swarm.torrent) ? `The tracker has ${SWARMS_MAX} torrents already` : null;
  }

  /** Writes down what the peer says; `known` is what was known of it, perhaps at another address. */
  #update(swarm: Swarm, identity: Identity, known: Member | undefined, request: AnnounceRequest, now: number): Member {
    const hasCompleted = request.event === 'completed';
    const left = hasCompleted ? 0 : request.left;
    // aria2 has a new key in each announce over UDP: in its place a peer is known by its id.
    const isAsBefore = known !== undefined && isInPlace(known, identity) && known.key === identity.key;
    const member = isAsBefore ? known : this.#join(swarm, identity, known, left, now);
    swarm.members.setLeft(member, left, request.event === 'paused');
    member.announcedAt = now;
    member.uploaded = request.uploaded;
    member.downloaded = request.downloaded;
    this.#silence.remove(member);
    this.#silence.append(member);
    if (hasCompleted && !member.isCounted) swarm.downloaded += 1;
    member.isCounted ||= hasCompleted;
    return member;
  }

  #join(swarm: Swarm, identity: Identity, moved: Member | undefined, left: number | null, now: number): Member {
    const there = swarm.members.at(identity.address, identity.port);
    for (const gone of new Set([moved, there])) if (gone !== undefined) this.#forget(swarm, gone);
    this.#keep(swarm);
    const member: Member = {
      torrent: swarm.torrent,
      ...identity,
      joinedAt: moved?.joinedAt ?? now,
      announcedAt: now,
      uploaded: 0,
      downloaded: 0,
      left,
      isPartialSeed: false,
      isCounted: moved?.isCounted ?? false,
      told: moved?.told ?? 0,
      place: 0,
      before: null,
      after: null,
    };
    swarm.members.add(member);
    this.#silence.append(member);
    return member;
  }

  #answer(swarm: Swarm, asking: Member, request: AnnounceRequest, carrier: Carrier): AnnounceOutcome {
    const { told, because } = choosePeers(swarm.members, asking, request, carrier, this.#options);
    const withId = !request.compact && !request.noPeerId;
    const peers = told.map((member) => {
      member.told += 1;
      const { address, port, peerId } = member;
      return withId ? { address, port, peerId: octetsOfKey(peerId) } : { address, port };
    });
    return { kind: 'answered', response: this.#response(swarm, peers, asking.address), because };
  }

  #stop(swarm: Swarm, member: Member | undefined, address: string): AnnounceOutcome {
    if (member !== undefined) this.#forget(swarm, member);
    const because =
      member === undefined ? 'it had not been known' : 'it has stopped, is removed at once and needs no peers';
    return { kind: 'answered', response: this.#response(swarm, [], address), because };
  }

  #response(swarm: Swarm, peers: AnnounceSuccess['peers'], externalAddress: string): AnnounceSuccess {
    return {
      kind: 'success',
      intervalS: this.#options.intervalMs / MS_PER_S,
      minIntervalS: this.#options.minIntervalMs / MS_PER_S,
      ...countsOf(swarm),
      warning: null,
      externalAddress,
      peers,
    };
  }

  /** The swarm gets a member; where there is no room for another swarm, the one that was deserted first makes way. */
  #keep(swarm: Swarm): void {
    this.#deserted.delete(swarm);
    if (!this.#swarms.has(swarm.torrent) && this.#swarms.size >= SWARMS_MAX) {
      for (const deserted of this.#deserted) {
        this.#dissolve(deserted);
        break;
      }
    }
    this.#swarms.set(swarm.torrent, swarm);
  }

  #forget(swarm: Swarm, member: Member): void {
    swarm.members.remove(member);
    this.#silence.remove(member);
    this.#recent.forget(member);
    if (swarm.members.size > 0) return;
    if (swarm.downloaded === 0) this.#dissolve(swarm);
    else this.#deserted.add(swarm);
  }

  #dissolve(swarm: Swarm): void {
    this.#swarms.delete(swarm.torrent);
    this.#deserted.delete(swarm);
  }
}

/** Who announces, if it is known: the same peer in its place, or one that can prove that it was elsewhere. */
function memberOf({ members }: Swarm, identity: Identity): Member | undefined {
  const there = members.at(identity.address, identity.port);
  return there?.peerId === identity.peerId ? there : members.proved(identity);
}

/** Whether nothing has happened to it since: a partial seed says that it is one in every announce (BEP 21). */
function isRegular({ event }: AnnounceRequest, known: Member): boolean {
  return event === (known.isPartialSeed ? 'paused' : null);
}

function isInPlace(member: Member, { address, port }: Identity): boolean {
  return member.address === address && member.port === port;
}

function countsOf({ members }: Swarm): { complete: number; incomplete: number } {
  return { complete: members.complete, incomplete: members.incomplete };
}
