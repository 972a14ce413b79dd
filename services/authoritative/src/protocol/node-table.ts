/**
 * The nodes of a zone by their names: packed (packed-node.ts), one after another, with a hash table of where they begin.
 * A thousand names take some 60 kB. Nodes that are asked for are kept unpacked, so many as are worth it.
 *
 * A table never changes, once it is made; `with` gives another one, which shares its octets. What it replaces stays in the
 * octets as waste, until there is more of it than of the rest.
 */
import { nameKey } from '#shared/dns/name.ts';
import { WireWriter } from '#shared/dns/wire-writer.ts';
import { hasKey, keyAt, keyRange, nextPlace, packNode, unpackNode } from './packed-node.ts';
import type { Node } from './zone.ts';

/** Nodes kept unpacked at most; when there are more, all are unpacked anew. */
const UNPACKED_MAX = 4_096;
/** Nodes of which it is remembered that they were asked for; a power of two. */
const ASKED_MAX = 4_096;
/** Places of a hash table for each name in it, at least: a name is found at its first place or soon after. */
const PLACES_OF_NAME = 2;
const PLACES_MIN = 8;
/** In the hash table: a name that is no more. */
const GONE = 0xffff_ffff;
/** Of the hash function FNV-1a with 32 bits. */
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The octets that a packed node begins in, and where. */
export interface PackedNode {
  readonly octets: Uint8Array;
  readonly place: number;
}

/** What tables share: octets that are written once, and how many are. */
interface Arena {
  octets: Uint8Array;
  used: number;
}

export class NodeTable {
  /** Places plus one, so that 0 is none; its length is a power of two. */
  #places = new Uint32Array(PLACES_MIN);
  #arena: Arena = { octets: new Uint8Array(0), used: 0 };
  /** The octets of the arena that are this table's. */
  #used = 0;
  #size = 0;
  /** Places of names that are no more, and octets that nothing points to. */
  #gone = 0;
  #waste = 0;
  readonly #unpacked = new Map<string, Node>();
  /** The node that was asked for last among those that share a place here: one that is asked for but once is not kept. */
  #asked: Uint32Array | undefined;

  /** A table of `nodes`; a later one replaces an earlier one of the same name. */
  static of(nodes: Iterable<Node>): NodeTable {
    const table = new NodeTable();
    table.putAll(nodes);
    table.trim();
    return table;
  }

  /** Gives back the room that is left when a table is made. */
  trim(): void {
    this.#arena.octets = this.#arena.octets.slice(0, this.#used);
    this.#unpacked.clear();
  }

  /** How many names there are. */
  get size(): number {
    return this.#size;
  }

  /** The node known by the `nameKey`. */
  get(key: string): Node | undefined {
    const known = this.#unpacked.get(key);
    if (known !== undefined) return known;
    const found = this.#places[this.#slotOf(key)]!;
    if (found === 0) return undefined;
    const node = unpackNode(this.#arena.octets, found - 1);
    this.#asked ??= new Uint32Array(ASKED_MAX);
    const place = mixed(found) & (ASKED_MAX - 1);
    const isAskedAgain = this.#asked[place] === found;
    this.#asked[place] = found;
    if (!isAskedAgain) return node;
    if (this.#unpacked.size >= UNPACKED_MAX) this.#unpacked.clear();
    this.#unpacked.set(key, node);
    return node;
  }

  /** All nodes, in the order in which they were written ... */
  *values(): Generator<Node> {
    for (const { octets, place } of this.packed()) yield unpackNode(octets, place);
  }

  /** ... and where their octets are. */
  *packed(): Generator<PackedNode> {
    const { octets } = this.#arena;
    for (let place = 0; place < this.#used; place = nextPlace(octets, place)) {
      if (this.#places[this.#slotOf(keyAt(octets, place))] === place + 1) yield { octets, place };
    }
  }

  /** The table in which these nodes are as given, null where they are no more. */
  with(changed: ReadonlyMap<string, Node | null>): NodeTable {
    if (this.#waste > this.#used / 2) return NodeTable.of(withChanges(this.values(), changed));
    const table = new NodeTable();
    table.#places = this.#places.slice();
    table.#arena = this.#isLatest()
      ? this.#arena
      : { octets: this.#arena.octets.slice(0, this.#used), used: this.#used };
    table.#used = this.#used;
    table.#size = this.#size;
    table.#gone = this.#gone;
    table.#waste = this.#waste;
    table.putAll([...changed.values()].filter((node) => node !== null));
    for (const [key, node] of changed) if (node === null) table.#remove(key);
    return table;
  }

  /** Whether no other table has written behind the octets of this one. */
  #isLatest(): boolean {
    return this.#arena.used === this.#used;
  }

  /** Adds nodes to a table that is being made; one of a name that is there replaces it. */
  putAll(nodes: Iterable<Node>): void {
    const writer = new WireWriter({ compresses: false });
    for (const node of nodes) {
      packNode(writer, node);
      const key = nameKey(node.owner);
      this.#put(key, writer.written());
      this.#unpacked.delete(key);
      writer.rewind(0);
    }
  }

  #put(key: string, packed: Uint8Array): void {
    const slot = this.#slotOf(key);
    const replaced = this.#places[slot]!;
    this.#places[slot] = this.#append(packed) + 1;
    if (replaced > 0) {
      this.#waste += nextPlace(this.#arena.octets, replaced - 1) - replaced + 1;
      return;
    }
    this.#size += 1;
    if ((this.#size + this.#gone) * PLACES_OF_NAME > this.#places.length) this.#grow();
  }

  #remove(key: string): void {
    const slot = this.#slotOf(key);
    const place = this.#places[slot]!;
    if (place === 0) return;
    this.#waste += nextPlace(this.#arena.octets, place - 1) - place + 1;
    // Names that were placed behind it are looked for past it.
    this.#places[slot] = GONE;
    this.#size -= 1;
    this.#gone += 1;
  }

  #append(packed: Uint8Array): number {
    const arena = this.#arena;
    const place = this.#used;
    this.#used += packed.length;
    arena.used = this.#used;
    if (arena.used > arena.octets.length) {
      const larger = new Uint8Array(Math.max(2 * arena.octets.length, arena.used));
      larger.set(arena.octets);
      arena.octets = larger;
    }
    arena.octets.set(packed, place);
    return place;
  }

  #grow(): void {
    const before = this.#places;
    this.#places = new Uint32Array(this.#gone > this.#size ? before.length : 2 * before.length);
    this.#gone = 0;
    const last = this.#places.length - 1;
    for (const place of before) {
      if (place === 0 || place === GONE) continue;
      let slot = hashAt(this.#arena.octets, place - 1) & last;
      while (this.#places[slot] !== 0) slot = (slot + 1) & last;
      this.#places[slot] = place;
    }
  }

  /** Where `key` stands in the hash table, or where it would have to. */
  #slotOf(key: string): number {
    const last = this.#places.length - 1;
    for (let slot = hashOf(key) & last; ; slot = (slot + 1) & last) {
      const place = this.#places[slot]!;
      if (place === 0 || (place !== GONE && hasKey(this.#arena.octets, place - 1, key))) return slot;
    }
  }
}

/** FNV-1a with its bits mixed at the end, so that the low ones depend on all: of a key ... */
function hashOf(key: string): number {
  let hash = FNV_BASIS;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), FNV_PRIME);
  return mixed(hash);
}

/** ... and of the key of the node at `place`. */
function hashAt(octets: Uint8Array, place: number): number {
  const { start, end } = keyRange(octets, place);
  let hash = FNV_BASIS;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ octets[at]!, FNV_PRIME);
  return mixed(hash);
}

function mixed(hash: number): number {
  const folded = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return folded ^ (folded >>> 13);
}

/** `nodes` with those in `changed` in their places, and the new ones at the end. */
export function* withChanges(nodes: Iterable<Node>, changed: ReadonlyMap<string, Node | null>): Generator<Node> {
  const left = new Map(changed);
  for (const node of nodes) {
    const key = nameKey(node.owner);
    const change = left.get(key);
    left.delete(key);
    if (change === undefined) yield node;
    else if (change !== null) yield change;
  }
  for (const node of left.values()) if (node !== null) yield node;
}
