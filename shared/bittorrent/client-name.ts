/** Which program a peer is, as its peer id tells (BEP 20): by a convention that nobody checks. */
import { keyOfOctets } from './bencode.ts';

/** Two letters of the form `-XX1234-`, as BEP 20 and the clients themselves use them. */
const CLIENTS: Readonly<Record<string, string>> = {
  DE: 'Deluge',
  LT: 'libtorrent',
  TD: 'Topdown',
  TR: 'Transmission',
  UT: 'uTorrent',
  WW: 'WebTorrent',
  lt: 'rTorrent',
  qB: 'qBittorrent',
};

/** "Transmission 3000", "aria2 1-36-0", or "unknown". */
export function clientOfPeerId(peerId: Uint8Array): string {
  const text = keyOfOctets(peerId);
  const [, letters = '', version = ''] = /^-([A-Za-z]{2})([0-9A-Za-z.]{4})-/.exec(text) ?? [];
  if (letters !== '') return `${CLIENTS[letters] ?? letters} ${version}`;
  // aria2 ends its version with a dash too, but does not begin with one.
  const [, aria2] = /^A2-([0-9-]{3,9})-/.exec(text) ?? [];
  return aria2 === undefined ? 'unknown' : `aria2 ${aria2}`;
}
