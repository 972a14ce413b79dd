/**
 * What happened in a torrent, in the order of time, as far as it is remembered: a picture of any moment, and the rounds in
 * which the file was distributed. Knows nothing of the document, nor of languages.
 */

import { bitsOf, SwarmPicture } from './swarm-picture.js';

/** @import { Fact } from './swarm-facts.js' */
/** @import { Gift, Torrent } from './swarm-picture.js' */
/** @typedef {Extract<Fact, { kind: 'told' }>} Told */
/**
 * @typedef {object} Round one distribution: from the moment that somebody lacks a piece until nobody does
 * @property {number} number
 * @property {number} from
 * @property {number | null} to null while it goes on
 * @property {boolean} isWhole whether nobody left before the end
 * @property {ReadonlyMap<string, number | null>} takers who got it, with the moment that each had it all
 * @property {readonly Gift[]} gifts
 * @property {string | null} policy of the picker, where it is known
 * @property {ReadonlyMap<string, number>} uploads octets per second that each may give, where it is known; 0 is no limit
 */

/** Facts that are remembered. */
const FACTS_MAX = 20_000;
/** How many of them are kept when there are too many. */
const FACTS_KEPT = 10_000;
/** Who joins after a round in which nothing came for so long, in milliseconds, begins another one: somebody was stuck. */
const STUCK_MS = 60_000;

export class SwarmStory {
  /** @type {Fact[]} By time. */
  #facts = [];
  /** @type {SwarmPicture} */
  #picture;
  /** Facts that #picture was folded of. */
  #folded = 0;
  /** @type {Set<string>} Peers that have told of themselves. */
  #told = new Set();

  /** @param {Torrent} torrent */
  constructor(torrent) {
    this.torrent = torrent;
    this.#picture = new SwarmPicture(torrent);
  }

  /** @returns {readonly Fact[]} */
  get facts() {
    return this.#facts;
  }

  /** When the last thing happened. */
  get last() {
    return this.#facts.at(-1)?.at ?? 0;
  }

  /** @param {Fact} fact */
  add(fact) {
    let place = this.#facts.length;
    while (place > 0 && (this.#facts[place - 1]?.at ?? 0) > fact.at) place -= 1;
    this.#facts.splice(place, 0, fact);
    if (place < this.#folded) this.#forgetPicture();
    if (this.#facts.length > FACTS_MAX) this.#cut();
  }

  /**
   * What a host says of itself when it is asked. It is a fact where the reports said something else: where they were dropped, or
   * had begun before the observatory did. True where it was one.
   * @param {Told} told
   */
  tell(told) {
    const isFirst = !this.#told.has(told.peer);
    this.#told.add(told.peer);
    if (isFirst) this.#tellOfBefore(told);
    if (!this.#isNews(told)) return false;
    this.add(told);
    return true;
  }

  /** The picture of a moment; it is good until the next question. @param {number} at */
  pictureAt(at) {
    if ((this.#facts[this.#folded - 1]?.at ?? Number.NEGATIVE_INFINITY) > at) this.#forgetPicture();
    for (let fact = this.#facts[this.#folded]; fact !== undefined && fact.at <= at; fact = this.#facts[this.#folded]) {
      this.#picture.apply(fact);
      this.#folded += 1;
    }
    return this.#picture;
  }

  /** The rounds, oldest first. @returns {Round[]} */
  rounds() {
    /** @type {Round[]} */
    const rounds = [];
    const picture = new SwarmPicture(this.torrent);
    /** @type {{ from: number, takers: Map<string, number | null>, gift: number, policy: string | null, isWhole: boolean, uploads: Map<string, number> } | null} */
    let open = null;
    /** @type {string | null} */
    let policy = null;
    /** @type {Map<string, number>} */
    const uploads = new Map();
    let movedAt = 0;
    const close = (/** @type {number | null} */ to) => {
      const gifts = open === null ? [] : picture.gifts.slice(open.gift);
      if (open !== null && (gifts.length > 0 || to === null)) {
        const { from, takers, isWhole, policy: obeyed, uploads: limits } = open;
        rounds.push({ number: rounds.length + 1, from, to, isWhole, takers, gifts, policy: obeyed, uploads: limits });
      }
      open = null;
    };
    for (const fact of this.#facts) {
      const before = picture.gifts.length;
      picture.apply(fact);
      if (picture.gifts.length > before) movedAt = fact.at;
      if (fact.kind === 'joined' || fact.kind === 'changed') {
        policy = fact.policy ?? policy;
        if (fact.upload !== null) uploads.set(fact.peer, fact.upload);
        // A limit that is changed in a round counts for the next one.
        if (fact.kind === 'joined' && fact.upload !== null) open?.uploads.set(fact.peer, fact.upload);
      }
      const peer = picture.peers.get(fact.peer);
      if (peer === undefined) continue;
      const lacks = peer.isHere && peer.have.size < this.torrent.pieces;
      const isStuck = open !== null && movedAt > open.from && fact.at - movedAt > STUCK_MS;
      if (lacks && isStuck && isJoining(fact)) close(movedAt);
      if (lacks && isTaking(fact)) {
        open ??= { from: fact.at, takers: new Map(), gift: before, policy, isWhole: true, uploads: new Map(uploads) };
        open.takers.set(fact.peer, null);
      } else if (open?.takers.get(fact.peer) === null && !lacks) {
        if (peer.isHere) open.takers.set(fact.peer, fact.at);
        else open.takers.delete(fact.peer);
        open.isWhole &&= peer.isHere;
        if ([...open.takers.values()].every((at) => at !== null)) close(movedAt);
      }
    }
    close(null);
    return rounds;
  }

  /** Pieces that a host had before anything was reported of it. @param {Told} told */
  #tellOfBefore(told) {
    const own = this.#facts.filter(({ peer }) => peer === told.peer);
    // What its disk held is known from then on.
    if (own.some((fact) => isJoining(fact))) return;
    const reported = new Set(own.flatMap((fact) => (fact.kind === 'verified' ? [fact.index] : [])));
    const before = [...bitsOf(told.bits)].filter((index) => !reported.has(index));
    if (before.length === 0) return;
    const at = this.#facts[0]?.at ?? told.at;
    this.add({ ...told, kind: 'has', at, bits: hexOf(before), all: false });
  }

  /** Whether the reports say something else. @param {Told} told */
  #isNews(told) {
    const picture = this.pictureAt(told.at);
    const peer = picture.peers.get(told.peer);
    const has = bitsOf(told.bits);
    if (peer === undefined || [...has].some((index) => !peer.have.has(index))) return true;
    if ([...peer.have].some(([index, { at }]) => !has.has(index) && at <= told.after)) return true;
    const neighbours = picture.neighboursOf(told.peer);
    if (neighbours.size !== told.links.length) return true;
    return told.links.some((link) => {
      const given = picture.relation(told.peer, link.address);
      const taken = picture.relation(link.address, told.peer);
      return (
        !neighbours.has(link.address) ||
        given.isUnchoked === link.amChoking ||
        taken.isUnchoked === link.peerChoking ||
        given.isWanted !== link.peerInterested ||
        taken.isWanted !== link.amInterested
      );
    });
  }

  #forgetPicture() {
    this.#picture = new SwarmPicture(this.torrent);
    this.#folded = 0;
  }

  /** The oldest facts make way for what they led to. */
  #cut() {
    const gone = this.#facts.splice(0, this.#facts.length - FACTS_KEPT);
    const at = gone.at(-1)?.at ?? 0;
    const picture = new SwarmPicture(this.torrent);
    for (const fact of gone) picture.apply(fact);
    this.#facts.unshift(...factsOf(picture, at));
    this.#forgetPicture();
  }
}

/** The fewest facts that lead to a picture. @param {SwarmPicture} picture @param {number} at @returns {Fact[]} */
function factsOf(picture, at) {
  const common = { at, seq: 0, torrent: null, because: '', report: null };
  /** @type {Fact[]} */
  const facts = [];
  for (const { address: peer, have, isHere, isKnown } of picture.peers.values()) {
    if (!isHere) continue;
    facts.push({ ...common, kind: 'joined', peer, bits: hexOf(have.keys()), policy: null, upload: null });
    if (isKnown) facts.push({ ...common, kind: 'announced', peer, event: null, left: null });
  }
  for (const [line, { a, b }] of picture.lines) facts.push({ ...common, kind: 'opened', peer: a, to: b, line });
  for (const [way, { isUnchoked, isWanted }] of picture.relations) {
    const [giver = '', taker = ''] = way.split('>');
    if (isUnchoked) facts.push({ ...common, kind: 'unchoked', peer: giver, to: taker });
    if (isWanted) facts.push({ ...common, kind: 'interested', peer: taker, to: giver });
  }
  return facts;
}

/** Whether somebody begins to take part with this. @param {Fact} fact */
function isJoining(fact) {
  return fact.kind === 'joined' || (fact.kind === 'announced' && fact.event === 'started');
}

/** Whether somebody who lacks pieces shows with this that it wants them. @param {Fact} fact */
function isTaking(fact) {
  return isJoining(fact) || fact.kind === 'picked' || fact.kind === 'verified';
}

/** A bitfield in hexadecimal digits. @param {Iterable<number>} indexes */
function hexOf(indexes) {
  /** @type {number[]} */
  const digits = [];
  for (const index of indexes) {
    const place = index >> 2;
    while (digits.length <= place) digits.push(0);
    digits[place] = (digits[place] ?? 0) | (8 >> (index & 3));
  }
  return digits.map((digit) => digit.toString(16)).join('');
}
