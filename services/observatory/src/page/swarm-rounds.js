/**
 * The rounds in which a file was distributed, read fact by fact: a round lasts from the moment that somebody lacks a piece until nobody
 * does. Knows nothing of the document, nor of languages.
 */

import { SwarmPicture } from './swarm-picture.js';

/** @import { Fact } from './swarm-facts.js' */
/** @import { Gift, Torrent } from './swarm-picture.js' */
/**
 * @typedef {object} Round one distribution
 * @property {number} number
 * @property {number} from
 * @property {number | null} to null while it goes on
 * @property {boolean} isWhole whether nobody left before the end
 * @property {ReadonlyMap<string, number | null>} takers who got it, with the moment that each had it all
 * @property {readonly Gift[]} gifts
 * @property {string | null} policy of the picker, where it is known
 * @property {ReadonlyMap<string, number>} uploads octets per second that each may give, where it is known; 0 is no limit
 */
/**
 * @typedef {object} Open a round that goes on
 * @property {number} from
 * @property {Map<string, number | null>} takers
 * @property {number} missing how many of them lack something
 * @property {number} gift the first of the picture's gifts that belongs to it
 * @property {string | null} policy
 * @property {boolean} isWhole
 * @property {Map<string, number>} uploads
 */

/** Who joins after a round in which nothing came for so long, in milliseconds, begins another one: somebody was stuck. */
const STUCK_MS = 60_000;

/** Reads facts in the order of time, each once. */
export class RoundReader {
  /** After the last fact that was read. @type {SwarmPicture} */
  picture;
  /** Facts that were read. */
  count = 0;
  #pieces;
  /** @type {Round[]} */
  #closed = [];
  /** @type {Open | null} */
  #open = null;
  /** @type {string | null} */
  #policy = null;
  /** @type {Map<string, number>} */
  #uploads = new Map();
  /** When the last piece came. */
  #movedAt = 0;
  /** Peers that tell of themselves. @type {Set<string>} */
  #own = new Set();
  /** Peers that have been connected. @type {Set<string>} */
  #met = new Set();

  /** @param {Torrent} torrent */
  constructor(torrent) {
    this.picture = new SwarmPicture(torrent);
    this.#pieces = torrent.pieces;
  }

  /** The rounds, oldest first. @returns {Round[]} */
  get rounds() {
    const open = this.#open === null ? null : this.#roundOf(this.#open, null);
    return open === null ? [...this.#closed] : [...this.#closed, open];
  }

  /** @param {Fact} fact */
  read(fact) {
    const gift = this.picture.gifts.length;
    this.picture.apply(fact);
    this.count += 1;
    if (this.picture.gifts.length > gift) this.#movedAt = fact.at;
    this.#heedSettings(fact);
    if (fact.kind === 'joined') this.#own.add(fact.peer);
    if (fact.kind === 'opened') this.#met.add(fact.peer).add(fact.to);
    if (fact.kind === 'closed' || fact.kind === 'left' || fact.kind === 'told') this.#partFromGuests(fact);
    const peer = this.picture.peers.get(fact.peer);
    if (peer === undefined) return;
    const lacks = peer.isHere && peer.have.size < this.#pieces;
    if (lacks && this.#isStuck(fact.at) && isJoining(fact)) this.#close();
    if (lacks && isTaking(fact)) this.#take(fact, gift);
    else if (!lacks) this.#end(fact, peer.isHere);
  }

  /** @param {Fact} fact */
  #heedSettings(fact) {
    if (fact.kind !== 'joined' && fact.kind !== 'changed') return;
    this.#policy = fact.policy ?? this.#policy;
    if (fact.upload === null) return;
    this.#uploads.set(fact.peer, fact.upload);
    // A limit that is changed in a round counts for the next one.
    if (fact.kind === 'joined') this.#open?.uploads.set(fact.peer, fact.upload);
  }

  /** @param {number} at */
  #isStuck(at) {
    return this.#open !== null && this.#movedAt > this.#open.from && at - this.#movedAt > STUCK_MS;
  }

  /** Somebody who lacks pieces takes part. @param {Fact} fact @param {number} gift */
  #take({ peer, at: from }, gift) {
    this.#open ??= {
      ...{ from, takers: new Map(), missing: 0, gift, policy: this.#policy, isWhole: true },
      uploads: new Map(this.#uploads),
    };
    if (this.#open.takers.get(peer) === null) return;
    this.#open.takers.set(peer, null);
    this.#open.missing += 1;
  }

  /** Somebody has it all, or has left. @param {{ peer: string, at: number }} who @param {boolean} isHere */
  #end({ peer, at }, isHere) {
    if (this.#open?.takers.get(peer) !== null) return;
    if (isHere) this.#open.takers.set(peer, at);
    else this.#open.takers.delete(peer);
    this.#open.isWhole &&= isHere;
    this.#open.missing -= 1;
    if (this.#open.missing === 0) this.#close();
  }

  /** A client that is none of the lab does not tell that it goes: it is gone with its last connection. @param {Fact} fact */
  #partFromGuests({ at }) {
    for (const [peer, hadAt] of [...(this.#open?.takers ?? [])]) {
      const isGuest = hadAt === null && !this.#own.has(peer) && this.#met.has(peer);
      if (isGuest && this.picture.neighboursOf(peer).size === 0) this.#end({ peer, at }, false);
    }
  }

  #close() {
    const round = this.#open === null ? null : this.#roundOf(this.#open, this.#movedAt);
    // One in which nothing came is none.
    if (round !== null && round.gifts.length > 0) this.#closed.push(round);
    this.#open = null;
  }

  /** @param {Open} open @param {number | null} to @returns {Round} */
  #roundOf({ from, takers, gift, policy, isWhole, uploads }, to) {
    const gifts = this.picture.gifts.slice(gift);
    return { number: this.#closed.length + 1, from, to, isWhole, takers: new Map(takers), gifts, policy, uploads };
  }
}

/** Whether somebody begins to take part with this. @param {Fact} fact */
export function isJoining(fact) {
  return fact.kind === 'joined' || (fact.kind === 'announced' && fact.event === 'started');
}

/** Whether somebody who lacks pieces shows with this that it wants them. @param {Fact} fact */
function isTaking(fact) {
  return isJoining(fact) || fact.kind === 'picked' || fact.kind === 'verified';
}
