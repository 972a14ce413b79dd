/**
 * What happened in a torrent, in the order of time, as far as it is remembered: a picture of any moment, and the rounds in
 * which the file was distributed. Knows nothing of the document, nor of languages.
 */

import { bitsOf, SwarmPicture } from './swarm-picture.js';
import { isJoining, RoundReader } from './swarm-rounds.js';

/** @import { Fact } from './swarm-facts.js' */
/** @import { Torrent } from './swarm-picture.js' */
/** @typedef {Extract<Fact, { kind: 'told' }>} Told */
/** Facts that are remembered. */
const FACTS_MAX = 100_000;
/** How many of them are kept when there are too many. */
const FACTS_KEPT = 80_000;
/** What is told to be closer together than this happened at the same time, as far as reports tell times; in milliseconds. */
const SAME_TIME_MS = 0.09;
/** How far apart such facts are put, in the order in which they came: each can be looked at by its time. */
const STEP_MS = 1 / 1024;

export class SwarmStory {
  /** @type {Fact[]} By time. */
  #facts = [];
  /** @type {SwarmPicture} */
  #picture;
  /** Facts that #picture was folded of. */
  #folded = 0;
  #reader;
  /** @type {Set<string>} Peers that have told of themselves. */
  #told = new Set();

  /** @param {Torrent} torrent */
  constructor(torrent) {
    this.torrent = torrent;
    this.#picture = new SwarmPicture(torrent);
    this.#reader = new RoundReader(torrent);
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
    while (place > 0 && (this.#facts[place - 1]?.at ?? 0) > fact.at + SAME_TIME_MS) place -= 1;
    const before = this.#facts[place - 1]?.at ?? Number.NEGATIVE_INFINITY;
    this.#facts.splice(place, 0, fact.at > before ? fact : { ...fact, at: before + STEP_MS });
    if (place < this.#folded) this.#forgetPicture();
    if (place < this.#reader.count) this.#reader = new RoundReader(this.torrent);
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

  /** The rounds, oldest first. */
  rounds() {
    return this.#toNow().rounds;
  }

  /** Everything that is known by now, read. */
  #toNow() {
    for (let fact = this.#facts[this.#reader.count]; fact !== undefined; fact = this.#facts[this.#reader.count])
      this.#reader.read(fact);
    return this.#reader;
  }

  /** Pieces that a host had before anything was reported of it. @param {Told} told */
  #tellOfBefore(told) {
    const own = this.#facts.filter(({ peer }) => peer === told.peer);
    // What its disk held is known from then on.
    if (own.some((fact) => isJoining(fact))) return;
    const reported = new Set(own.flatMap((fact) => (fact.kind === 'verified' ? [fact.index] : [])));
    const before = [...bitsOf(told.bits)].filter((index) => !reported.has(index));
    if (before.length === 0) return;
    // A moment before everything else.
    const at = (this.#facts[0]?.at ?? told.at) - 1;
    this.add({ ...told, kind: 'has', at, bits: hexOf(before), all: false });
  }

  /** Whether the reports say something else. @param {Told} told */
  #isNews(told) {
    const { picture } = this.#toNow();
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
    this.#facts = [...factsOf(picture, at), ...this.#facts];
    this.#forgetPicture();
    this.#reader = new RoundReader(this.torrent);
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
