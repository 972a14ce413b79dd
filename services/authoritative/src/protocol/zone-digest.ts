/**
 * A short text that is equal for zones of equal records, whatever their order, and most probably for no others: the sum of
 * one number for each record. It tells a changed file from one that was only saved again; it protects from nobody.
 */
import { TYPE } from '#shared/dns/registry.ts';
import { WRITTEN_NET } from '#shared/lab-net.ts';
import { keyRange, nextPlace } from './packed-node.ts';
import type { Zone } from './zone.ts';

/** Octets of a record's own in a packed node, after its key: type and TTL. */
const TYPE_AND_TTL_OCTETS = 6;

/** The digest of `zone` as files have it, with the addresses of the plan, on whatever network `net` the lab is. */
export function digestOf(zone: Zone, net: string): string {
  const sum = new RecordSum(net);
  for (const { octets, place } of zone.nodes.packed()) addNode(sum, octets, place);
  return sum.text();
}

/** Adds the records of the node at `place`; the layout is drawn in packed-node.ts. */
function addNode(sum: RecordSum, octets: Uint8Array, place: number): void {
  const key = keyRange(octets, place);
  const isSpelled = octets[key.end] === 1;
  let at = key.end + 1 + (isSpelled ? key.end - key.start : 0) + 4 + 2;
  for (const end = nextPlace(octets, place); at < end; ) {
    const header = at;
    at += TYPE_AND_TTL_OCTETS + 2;
    for (let left = u16(octets, at - 2); left > 0; left -= 1) {
      const length = u16(octets, at);
      sum.begin();
      sum.take(octets, key.start, key.end);
      sum.take(octets, header, header + TYPE_AND_TTL_OCTETS);
      if (u16(octets, header) === TYPE.A && sum.isInLab(octets, at + 2))
        sum.takeWritten(octets, at + 2, at + 2 + length);
      else sum.take(octets, at + 2, at + 2 + length);
      sum.end();
      at += 2 + length;
    }
  }
}

function u16(octets: Uint8Array, at: number): number {
  return (octets[at]! << 8) | octets[at + 1]!;
}

/** Two numbers of 32 bits, so that records would have to be many for two zones to agree by chance. */
class RecordSum {
  readonly #net: Uint8Array;
  readonly #written = Uint8Array.from(WRITTEN_NET.split('.').map(Number));
  #one = 0;
  #other = 0;
  #sumOne = 0;
  #sumOther = 0;

  constructor(net: string) {
    this.#net = Uint8Array.from(net.split('.').map(Number));
  }

  begin(): void {
    this.#one = 0x811c9dc5;
    this.#other = 0x9747b28c;
  }

  take(octets: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at += 1) {
      this.#one = Math.imul(this.#one ^ octets[at]!, 0x01000193);
      this.#other = Math.imul((this.#other << 5) ^ (this.#other >>> 27) ^ octets[at]!, 0x85ebca6b);
    }
  }

  /** Whether the address at `at` is one of the lab's network. */
  isInLab(octets: Uint8Array, at: number): boolean {
    return octets[at] === this.#net[0] && octets[at + 1] === this.#net[1];
  }

  /** An address of the lab as it is written in files. */
  takeWritten(octets: Uint8Array, start: number, end: number): void {
    this.take(this.#written, 0, this.#written.length);
    this.take(octets, start + this.#net.length, end);
  }

  end(): void {
    this.#sumOne = (this.#sumOne + mixed(this.#one)) >>> 0;
    this.#sumOther = (this.#sumOther + mixed(this.#other)) >>> 0;
  }

  text(): string {
    return [this.#sumOne, this.#sumOther].map((sum) => sum.toString(16).padStart(8, '0')).join('');
  }
}

function mixed(hash: number): number {
  const folded = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return folded ^ (folded >>> 15);
}
