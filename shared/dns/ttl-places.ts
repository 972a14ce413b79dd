/** Where in the octets of a message the TTLs of its records are (RFC 1035, section 4.1.3); OPT has none (RFC 6891, section 6.1.3). */
import { HEADER_OCTETS } from './message.ts';
import { TYPE } from './registry.ts';

/** Octets of a question after its name; of a record from its type to its TTL, and from its type to its data. */
const QUESTION_REST_OCTETS = 4;
const TTL_AFTER_TYPE = 4;
const RECORD_REST_OCTETS = 10;

/** The offset of each record's TTL, in the order of the records. `octets` are a message that this program has written. */
export function ttlPlaces(octets: Uint8Array): number[] {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  let at = HEADER_OCTETS;
  for (let left = view.getUint16(4); left > 0; left -= 1) at = afterName(octets, at) + QUESTION_REST_OCTETS;
  const places: number[] = [];
  for (let left = view.getUint16(6) + view.getUint16(8) + view.getUint16(10); left > 0; left -= 1) {
    const typeAt = afterName(octets, at);
    if (view.getUint16(typeAt) !== TYPE.OPT) places.push(typeAt + TTL_AFTER_TYPE);
    at = typeAt + RECORD_REST_OCTETS + view.getUint16(typeAt + RECORD_REST_OCTETS - 2);
  }
  return places;
}

/** A name ends with the root or with a pointer (RFC 1035, section 4.1.4). */
function afterName(octets: Uint8Array, start: number): number {
  let at = start;
  for (let length = octets[at]!; length !== 0; length = octets[at]!) {
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
  }
  return at + 1;
}
