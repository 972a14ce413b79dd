/**
 * A swarm at one moment, folded from what happened until then: who has which piece and from whom, who is connected, who gives
 * to whom. Knows nothing of the document, nor of languages.
 */

/** @import { Fact, Givers } from './swarm-facts.js' */
/**
 * @typedef {object} Torrent what is shared
 * @property {string} infoHash
 * @property {string} name
 * @property {number} pieces
 * @property {number} pieceLength
 * @property {number} length
 */
/** @typedef {{ at: number, givers: Givers }} Had since when, and who gave how many blocks; nobody where it was there before */
/** @typedef {{ at: number, from: string, mode: string }} Picked a piece that is being fetched */
/**
 * @typedef {object} Peer
 * @property {string} address
 * @property {Map<number, Had>} have
 * @property {Map<number, Picked>} picked
 * @property {boolean} isKnown whether the tracker has it in its set
 * @property {boolean} isHere whether it takes part
 */
/**
 * @typedef {object} Relation one way between two peers
 * @property {boolean} isUnchoked whether the giver lets the other fetch
 * @property {boolean} isWanted whether the other is interested
 */
/** @typedef {{ giver: string, taker: string, octets: number, from: number, to: number }} Gift octets of one piece, and when they came */

export class SwarmPicture {
  /** @type {Map<string, Peer>} By address, in the order in which they appeared. */
  peers = new Map();
  /** @type {Map<string, { a: string, b: string, at: number }>} Connections, by the name that both ends give them. */
  lines = new Map();
  /** @type {Map<string, Map<string, number>>} For each peer its neighbours, with the number of connections. */
  #neighbours = new Map();
  /** @type {Map<string, Relation>} By `giver>taker`. */
  relations = new Map();
  /** @type {Gift[]} */
  gifts = [];
  #torrent;

  /** @param {Torrent} torrent */
  constructor(torrent) {
    this.#torrent = torrent;
  }

  /** @param {string} giver @param {string} taker @returns {Relation} */
  relation(giver, taker) {
    return this.relations.get(`${giver}>${taker}`) ?? { isUnchoked: false, isWanted: false };
  }

  /** Addresses that a peer is connected with. @param {string} address @returns {Set<string>} */
  neighboursOf(address) {
    return new Set(this.#neighbours.get(address)?.keys());
  }

  /** For each piece how many of these peers have it; all of them, where none are named. @param {Iterable<string>} [among] */
  copies(among = this.peers.keys()) {
    const counts = Array.from({ length: this.#torrent.pieces }, () => 0);
    for (const address of among) {
      const peer = this.peers.get(address);
      if (peer?.isHere) for (const index of peer.have.keys()) counts[index] = (counts[index] ?? 0) + 1;
    }
    return counts;
  }

  /** @param {Fact} fact */
  apply(fact) {
    const { peer: address, at } = fact;
    switch (fact.kind) {
      case 'joined':
        return this.#join(address, at, fact.bits === null ? null : bitsOf(fact.bits));
      case 'left':
        return this.#leave(address);
      case 'opened':
        this.#peer(fact.to);
        this.#peer(address).isHere = true;
        this.#connect(fact.line, address, fact.to, at);
        return;
      case 'closed':
        return this.#close(fact.line);
      case 'has':
        return this.#has(
          address,
          at,
          fact.bits === null ? allOf(fact.all ? this.#torrent.pieces : 0) : bitsOf(fact.bits),
        );
      case 'gained':
        this.#gain(address, fact.index, { at, givers: {} });
        return;
      case 'picked':
        this.#peer(address).picked.set(fact.index, { at, from: fact.to, mode: fact.mode });
        return;
      case 'verified':
        return this.#verify(address, fact.index, { at, givers: fact.givers });
      case 'wrong':
        this.#peer(address).picked.delete(fact.index);
        return;
      case 'choked':
      case 'unchoked':
        this.#relate(address, fact.to, { isUnchoked: fact.kind === 'unchoked' });
        if (fact.kind === 'choked') this.#dropPicked(fact.to, address);
        return;
      case 'interested':
      case 'uninterested':
        this.#relate(fact.to, address, { isWanted: fact.kind === 'interested' });
        return;
      case 'announced':
        return this.#announce(address, at, fact);
      case 'expired':
        this.#peer(address).isKnown = false;
        return;
      case 'told':
        return this.#believe(address, at, fact);
    }
  }

  /** @param {string} address */
  #peer(address) {
    const known = this.peers.get(address);
    if (known !== undefined) return known;
    /** @type {Peer} */
    const peer = { address, have: new Map(), picked: new Map(), isKnown: false, isHere: true };
    this.peers.set(address, peer);
    return peer;
  }

  /** It takes part from now on, with what is on its disk. @param {string} address @param {number} at @param {Set<number> | null} bits */
  #join(address, at, bits) {
    const peer = this.#peer(address);
    peer.isHere = true;
    if (bits === null) return;
    peer.picked.clear();
    for (const index of peer.have.keys()) if (!bits.has(index)) peer.have.delete(index);
    for (const index of bits) if (!peer.have.has(index)) peer.have.set(index, { at, givers: {} });
  }

  /** @param {string} address */
  #leave(address) {
    const peer = this.#peer(address);
    peer.isHere = false;
    peer.isKnown = false;
    peer.picked.clear();
    for (const [line, { a, b }] of this.lines) if (a === address || b === address) this.#close(line);
  }

  /** @param {string} line @param {string} a @param {string} b @param {number} at */
  #connect(line, a, b, at) {
    if (!this.lines.has(line)) this.#count(a, b, 1);
    this.lines.set(line, { a, b, at });
  }

  /** @param {string} a @param {string} b @param {1 | -1} by */
  #count(a, b, by) {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ]) {
      const neighbours = this.#neighbours.get(one ?? '') ?? new Map();
      this.#neighbours.set(one ?? '', neighbours);
      const count = (neighbours.get(other) ?? 0) + by;
      if (count > 0) neighbours.set(other, count);
      else neighbours.delete(other);
    }
  }

  /** @param {string} line */
  #close(line) {
    const ends = this.lines.get(line);
    if (ends === undefined) return;
    this.lines.delete(line);
    const { a, b } = ends;
    this.#count(a, b, -1);
    if (this.#neighbours.get(a)?.has(b)) return;
    this.relations.delete(`${a}>${b}`);
    this.relations.delete(`${b}>${a}`);
    this.#dropPicked(a, b);
    this.#dropPicked(b, a);
  }

  /** What `taker` was fetching from `giver` does not come any more. @param {string} taker @param {string} giver */
  #dropPicked(taker, giver) {
    const picked = this.peers.get(taker)?.picked ?? new Map();
    for (const [index, { from }] of picked) if (from === giver) picked.delete(index);
  }

  /** @param {string} address @param {number} at @param {Set<number>} bits */
  #has(address, at, bits) {
    for (const index of bits) this.#gain(address, index, { at, givers: {} });
  }

  /** @param {string} address @param {number} index @param {Had} had */
  #gain(address, index, had) {
    const peer = this.#peer(address);
    peer.isHere = true;
    peer.picked.delete(index);
    if (index < 0 || index >= this.#torrent.pieces || peer.have.has(index)) return false;
    peer.have.set(index, had);
    return true;
  }

  /** @param {string} address @param {number} index @param {Had} had */
  #verify(address, index, { at, givers }) {
    const picked = this.#peer(address).picked.get(index);
    if (!this.#gain(address, index, { at, givers })) return;
    const blocks = Object.values(givers).reduce((sum, count) => sum + count, 0);
    const octets = octetsOf(this.#torrent, index);
    for (const [giver, count] of Object.entries(givers)) {
      this.gifts.push({ giver, taker: address, octets: (octets * count) / blocks, from: picked?.at ?? at, to: at });
    }
  }

  /** @param {string} giver @param {string} taker @param {Partial<Relation>} change */
  #relate(giver, taker, change) {
    this.relations.set(`${giver}>${taker}`, { ...this.relation(giver, taker), ...change });
  }

  /** @param {string} address @param {number} at @param {{ event: string | null, left: number | null }} announced */
  #announce(address, at, { event, left }) {
    const peer = this.#peer(address);
    if (event === 'stopped') return this.#leave(address);
    peer.isKnown = true;
    peer.isHere = true;
    // Who starts and lacks everything has no piece any more; who lacks nothing has them all.
    if (event === 'started' && left === this.#torrent.length) this.#join(address, at, new Set());
    if (left === 0 && peer.have.size < this.#torrent.pieces) this.#has(address, at, allOf(this.#torrent.pieces));
  }

  /**
   * What a host says of itself when it is asked. It may have been asked before the last facts came: what was gained since is kept.
   * @param {string} address
   * @param {number} at
   * @param {Extract<Fact, { kind: 'told' }>} told
   */
  #believe(address, at, { bits, givers, links, after }) {
    const peer = this.#peer(address);
    const has = bitsOf(bits);
    for (const [index, had] of peer.have) if (!has.has(index) && had.at <= after) peer.have.delete(index);
    for (const index of has)
      if (!peer.have.has(index)) this.#verify(address, index, { at, givers: givers[index] ?? {} });
    const gone = this.neighboursOf(address);
    for (const link of links) {
      gone.delete(link.address);
      if (!this.neighboursOf(address).has(link.address)) {
        this.#connect(`${address}-${link.address}`, address, link.address, at);
      }
      this.#relate(address, link.address, { isUnchoked: !link.amChoking, isWanted: link.peerInterested });
      this.#relate(link.address, address, { isUnchoked: !link.peerChoking, isWanted: link.amInterested });
    }
    for (const [line, { a, b, at: since }] of this.lines) {
      const isGone = (a === address && gone.has(b)) || (b === address && gone.has(a));
      if (isGone && since <= after) this.#close(line);
    }
  }
}

/** The pieces of a bitfield in hexadecimal digits: the first bit is that of piece 0 (BEP 3). @param {string} hex @returns {Set<number>} */
export function bitsOf(hex) {
  const found = new Set();
  for (const [at, digit] of [...hex].entries()) {
    const value = Number.parseInt(digit, 16);
    for (let bit = 0; bit < 4; bit += 1) if ((value >> (3 - bit)) & 1) found.add(at * 4 + bit);
  }
  return found;
}

/** Octets of a piece: all are equal but the last. @param {Torrent} torrent @param {number} index */
export function octetsOf({ pieceLength, length }, index) {
  return Math.max(0, Math.min(pieceLength, length - index * pieceLength));
}

/** @param {number} pieces @returns {Set<number>} */
function allOf(pieces) {
  return new Set(Array.from({ length: pieces }, (_, index) => index));
}
