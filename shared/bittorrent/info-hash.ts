/** The names of torrents and peers: 20 octets each (BEP 3), and how a peer makes its own (BEP 20). */

/** SHA-1 of `octets`, 20 octets. Protocol code is given it, because it belongs to the platform. */
export type Sha1 = (octets: Uint8Array) => Uint8Array;

/** Octets of an info hash, of a peer id, and of the hash of a piece. */
export const HASH_OCTETS = 20;

/** `TD` is Topdown, `0100` its version: the form of BEP 20. */
const PEER_ID_PREFIX = '-TD0100-';

/** A peer id in the form of BEP 20: client and version, then twelve random characters. */
export function newPeerId(random: () => number): Uint8Array<ArrayBuffer> {
  const letters = '0123456789abcdefghijklmnopqrstuvwxyz';
  return Uint8Array.from({ length: HASH_OCTETS }, (_, at) => {
    const given = PEER_ID_PREFIX.charCodeAt(at);
    return Number.isNaN(given) ? letters.charCodeAt(Math.floor(random() * letters.length)) : given;
  });
}

/** Whether a peer id was made by `newPeerId`: a convention that nobody checks, good enough to leave out what is told twice. */
export function isOfOurProgram(peerId: Uint8Array): boolean {
  return [...PEER_ID_PREFIX].every((letter, at) => peerId[at] === letter.charCodeAt(0));
}

/** 40 hexadecimal digits, lower case, as magnet links and people write an info hash. */
export function formatHash(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += octet.toString(16).padStart(2, '0');
  return text;
}

/** A peer id to be read: what is no printable ASCII is shown as `%xx`. */
export function formatPeerId(peerId: Uint8Array): string {
  let text = '';
  for (const octet of peerId) {
    text += octet > 0x20 && octet < 0x7f ? String.fromCharCode(octet) : `%${octet.toString(16).padStart(2, '0')}`;
  }
  return text;
}

/** Whether `a` and `b` are the same octets. */
export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, at) => octet === b[at]);
}
