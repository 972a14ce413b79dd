/**
 * The connection ids of BEP 15: what a client shows to prove that it receives what is sent to its address. The tracker
 * remembers none of them: an id says when it was made, and is signed for one address and port.
 *
 *     | second (1) | MAC of second, address and port (7) |
 *
 * Of the second the id has the last eight bits: it is younger than 256 s, or it is none. The MAC is over the whole second, so
 * that no id comes round again.
 */
import { type Endpoint, formatEndpoint } from '#shared/report.ts';

/** The signature of `octets` with a secret of this tracker; at least seven octets. It belongs to the platform. */
export type Mac = (octets: Uint8Array) => Uint8Array;

/** "Trackers should accept the connection ID until two minutes after it has been send"; clients use it for one. */
const ACCEPTED_S = 120;
const MS_PER_S = 1000;
const SECOND_MASK = 0xffn;
const MAC_OCTETS = 7;
const UTF_8 = new TextEncoder();

/** An id for the client at `to`. */
export function connectionIdFor(to: Endpoint, now: number, mac: Mac): bigint {
  return idOf(to, Math.floor(now / MS_PER_S), mac);
}

/** Whether `id` was given to the client at `from`, not more than two minutes ago. */
export function isConnectionId(id: bigint, from: Endpoint, now: number, mac: Mac): boolean {
  const second = BigInt(Math.floor(now / MS_PER_S));
  const ageS = (second - (id >> (8n * BigInt(MAC_OCTETS)))) & SECOND_MASK;
  return ageS <= BigInt(ACCEPTED_S) && id === idOf(from, Number(second - ageS), mac);
}

function idOf(client: Endpoint, second: number, mac: Mac): bigint {
  const signed = mac(UTF_8.encode(`${second} ${formatEndpoint(client)}`));
  const id = Uint8Array.of(second & 0xff, ...signed.subarray(0, MAC_OCTETS));
  return new DataView(id.buffer).getBigUint64(0);
}
