/**
 * The swarms that a tracker knows (BEP 3, "trackers"): for each torrent the peers that take part. A peer joins with its first
 * announce, stays while it announces, and leaves with `stopped` or after two intervals of silence. Each announce is answered
 * with a random subset of the others (BEP 23 and BEP 48 say how it is written; see `shared/bittorrent`).
 */
import type { AnnounceRequest } from '#shared/bittorrent/announce-request.ts';
import type { AnnounceSuccess } from '#shared/bittorrent/announce-response.ts';
import { keyOfOctets } from '#shared/bittorrent/bencode.ts';
import { formatHash, formatPeerId } from '#shared/bittorrent/info-hash.ts';
import { sample } from './sample.ts';

/** Torrents that are known at once. */
const SWARMS_MAX = 1000;
/** Peers of one torrent, so that one client cannot fill the memory. */
const PEERS_PER_SWARM_MAX = 5000;
/** Peers in one answer, whatever the peer wants. */
const NUMWANT_MAX = 200;
/** Intervals of silence after which a peer is taken to be gone. */
const SILENT_INTERVALS = 2;
const MS_PER_S = 1000;

export interface SwarmsOptions {
  readonly intervalMs: number;
  readonly minIntervalMs: number;
  readonly numwantDefault: number;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
}

/** The answer to an announce, with its reason. */
export type AnnounceOutcome =
  | { readonly kind: 'answered'; readonly response: AnnounceSuccess; readonly because: string }
  | { readonly kind: 'refused'; readonly reason: string };

export interface ScrapedTorrent {
  readonly infoHash: Uint8Array;
  readonly complete: number;
  readonly incomplete: number;
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

interface Member {
  readonly peerId: Uint8Array;
  readonly address: string;
  readonly port: number;
  readonly joinedAt: number;
  readonly announcedAt: number;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly left: number | null;
  /** Whether its `completed` has been counted. */
  readonly isCounted: boolean;
  /** What it was told last. */
  answered: AnnounceOutcome | null;
}

interface Swarm {
  readonly infoHash: Uint8Array;
  downloaded: number;
  /** By identity; the peer that has been silent for longest comes first. */
  readonly members: Map<string, Member>;
}

export class Swarms {
  readonly #options: SwarmsOptions;
  readonly #swarms = new Map<string, Swarm>();

  constructor(options: SwarmsOptions) {
    this.#options = options;
  }

  /** Takes in what the peer at `address` tells, and answers. */
  announce(request: AnnounceRequest, address: string, now: number): AnnounceOutcome {
    const swarm = this.#swarms.get(keyOfOctets(request.infoHash)) ?? newSwarm(request.infoHash);
    const identity = identityOf(request, address);
    const member = swarm.members.get(identity);
    if (request.event === 'stopped') return this.#remove(swarm, identity, member);
    if (member?.answered != null && this.#isTooSoon(request, address, member, now)) return member.answered;
    if (member === undefined && swarm.members.size >= PEERS_PER_SWARM_MAX) {
      return { kind: 'refused', reason: `The torrent has ${PEERS_PER_SWARM_MAX} peers already` };
    }
    if (!this.#keep(swarm)) return { kind: 'refused', reason: `The tracker has ${SWARMS_MAX} torrents already` };
    return this.#update(swarm, identity, member, request, address, now);
  }

  /** What is known of the torrents; one that is not known is left out (BEP 48). */
  scrape(infoHashes: readonly Uint8Array[]): ScrapedTorrent[] {
    return infoHashes.flatMap((infoHash) => {
      const swarm = this.#swarms.get(keyOfOctets(infoHash));
      return swarm === undefined ? [] : [{ infoHash, downloaded: swarm.downloaded, ...countsOf(swarm) }];
    });
  }

  /** Removes every peer that has been silent for two intervals: to be asked before each announce and scrape. */
  expire(now: number): ExpiredPeer[] {
    return [...this.#swarms.values()].flatMap((swarm) => this.#expire(swarm, now));
  }

  /** All swarms as plain JSON. */
  snapshot(now: number): object[] {
    return [...this.#swarms.values()].map((swarm) => ({
      infoHash: formatHash(swarm.infoHash),
      ...countsOf(swarm),
      downloaded: swarm.downloaded,
      peers: [...swarm.members.values()].map((member) => ({
        address: member.address,
        port: member.port,
        peerId: formatPeerId(member.peerId),
        left: member.left,
        uploaded: member.uploaded,
        downloaded: member.downloaded,
        joinedMsAgo: now - member.joinedAt,
        silentMs: now - member.announcedAt,
      })),
    }));
  }

  get #silentMsMax(): number {
    return SILENT_INTERVALS * this.#options.intervalMs;
  }

  #isTooSoon(request: AnnounceRequest, address: string, member: Member, now: number): boolean {
    const isSame = member.address === address && member.port === request.port;
    return request.event === null && isSame && now - member.announcedAt < this.#options.minIntervalMs;
  }

  #update(
    swarm: Swarm,
    identity: string,
    before: Member | undefined,
    request: AnnounceRequest,
    address: string,
    now: number,
  ): AnnounceOutcome {
    const { peerId, port, uploaded, downloaded } = request;
    const hasCompleted = request.event === 'completed';
    const wasCounted = before?.isCounted === true;
    if (hasCompleted && !wasCounted) swarm.downloaded += 1;
    const member: Member = {
      peerId: peerId.slice(),
      address,
      port,
      uploaded,
      downloaded,
      left: hasCompleted ? 0 : request.left,
      isCounted: hasCompleted || wasCounted,
      joinedAt: before?.joinedAt ?? now,
      announcedAt: now,
      answered: null,
    };
    // Deleted first, so that the order of the map is the order of silence.
    swarm.members.delete(identity);
    swarm.members.set(identity, member);
    member.answered = this.#answer(swarm, member, request.numwant);
    return member.answered;
  }

  #answer(swarm: Swarm, asking: Member, numwant: number | null): AnnounceOutcome {
    const isSeed = asking.left === 0;
    const others = [...swarm.members.values()].filter((member) => {
      // Two peers that have everything have nothing to say to each other.
      return member !== asking && !(isSeed && member.left === 0);
    });
    const wanted = Math.min(numwant ?? this.#options.numwantDefault, NUMWANT_MAX);
    const peers = sample(others, wanted, this.#options.random);
    const response = this.#response(
      swarm,
      peers.map(({ address, port, peerId }) => ({ address, port, peerId })),
    );
    const whom = isSeed ? 'other peers that lack something' : 'other peers';
    const because =
      peers.length < others.length
        ? `a random ${peers.length} of the ${others.length} ${whom}`
        : `all ${others.length} ${whom}: it may have ${wanted}`;
    return { kind: 'answered', response, because };
  }

  #remove(swarm: Swarm, identity: string, member: Member | undefined): AnnounceOutcome {
    swarm.members.delete(identity);
    const because =
      member === undefined ? 'it had not been known' : 'it has stopped, is removed at once and needs no peers';
    return { kind: 'answered', response: this.#response(swarm, []), because };
  }

  #response(swarm: Swarm, peers: AnnounceSuccess['peers']): AnnounceSuccess {
    return {
      kind: 'success',
      intervalS: this.#options.intervalMs / MS_PER_S,
      minIntervalS: this.#options.minIntervalMs / MS_PER_S,
      ...countsOf(swarm),
      warning: null,
      peers,
    };
  }

  /** Whether there is room for the swarm; one without peers makes way. */
  #keep(swarm: Swarm): boolean {
    const key = keyOfOctets(swarm.infoHash);
    if (!this.#swarms.has(key) && this.#swarms.size >= SWARMS_MAX) {
      const empty = [...this.#swarms].find(([, { members }]) => members.size === 0);
      if (empty === undefined) return false;
      this.#swarms.delete(empty[0]);
    }
    this.#swarms.set(key, swarm);
    return true;
  }

  #expire(swarm: Swarm, now: number): ExpiredPeer[] {
    const expired: ExpiredPeer[] = [];
    for (const [identity, { address, port, announcedAt }] of swarm.members) {
      const silentMs = now - announcedAt;
      if (silentMs < this.#silentMsMax) break;
      swarm.members.delete(identity);
      expired.push({ infoHash: swarm.infoHash, address, port, silentMs });
    }
    return expired;
  }
}

function newSwarm(infoHash: Uint8Array): Swarm {
  // A copy: the octets of the request would keep its whole buffer in memory.
  return { infoHash: infoHash.slice(), downloaded: 0, members: new Map() };
}

function countsOf(swarm: Swarm): { complete: number; incomplete: number } {
  let complete = 0;
  for (const member of swarm.members.values()) if (member.left === 0) complete += 1;
  return { complete, incomplete: swarm.members.size - complete };
}

/**
 * Who a peer is. Its id is known to every other peer, so that it proves nothing: with a `key`, which only the peer and the
 * tracker know, it may come from another address (BEP 7); without one it is another peer there.
 */
function identityOf(request: AnnounceRequest, address: string): string {
  const proof = request.key === null ? `address ${address}` : `key ${request.key}`;
  return `${keyOfOctets(request.peerId)} ${proof}`;
}
