import type { Entity } from '../src/protocol/imap/entity.ts';
import { EntityScanner } from '../src/protocol/imap/entity-scanner.ts';
import { spansOf } from '../src/protocol/message-spans.ts';
import { SevenBitConverter } from '../src/protocol/seven-bit-converter.ts';
import { planSevenBit } from '../src/protocol/seven-bit-plan.ts';
import { FlawFinder } from '../src/protocol/span-flaws.ts';

export const latin1 = (text: string) => Buffer.from(text, 'latin1');
export const lines = (...all: string[]) => latin1(all.join('\r\n'));

/** An array cut in two at each place, or in pieces of one octet. */
export function* cuts(octets: Uint8Array): Generator<Uint8Array[]> {
  for (let at = 0; at <= octets.length; at += 1) yield [octets.subarray(0, at), octets.subarray(at)];
  yield Array.from(octets, (octet) => Uint8Array.of(octet));
}

/** Pieces that end at the places given. */
export function split(octets: Uint8Array, at: readonly number[]): Uint8Array[] {
  const places = [0, ...at.filter((one) => one < octets.length).sort((one, other) => one - other), octets.length];
  return places.slice(1).map((to, index) => octets.subarray(places[index], to));
}

export function scan(pieces: readonly Uint8Array[]): Entity {
  const scanner = new EntityScanner();
  for (const piece of pieces) scanner.push(piece);
  return scanner.end();
}

/** What becomes of a message: its octets, or why not. */
export function convert(pieces: readonly Uint8Array[]): { octets: Buffer | null; because: string } {
  const spans = [...spansOf(scan(pieces))];
  const finder = new FlawFinder(spans);
  for (const piece of pieces) finder.push(piece);
  const plan = planSevenBit(spans, finder.end());
  if (plan.kind === 'unneeded') return { octets: Buffer.concat(pieces), because: 'unneeded' };
  if (plan.kind === 'impossible') return { octets: null, because: plan.because };
  const converter = new SevenBitConverter(spans, plan.changes);
  const octets = Buffer.concat([...pieces.map((piece) => converter.push(piece)), converter.end()]);
  return { octets, because: plan.because };
}
