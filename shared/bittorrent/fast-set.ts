/**
 * The allowed fast set (BEP 6): pieces that a peer may ask for although it is choked, so that a newcomer soon has something to
 * give. Both sides can compute it from the torrent and the address of the one that may ask; of the address the last octet is
 * left out, so that who has many addresses gets no more.
 *
 *     x = SHA-1(address & 255.255.255.0, info hash)          again and again: x = SHA-1(x)
 *     each four octets of x, as a number modulo the number of pieces, name one piece
 */
import { octetsOfAddress } from './compact-peers.ts';
import type { Sha1 } from './info-hash.ts';

/** Octets of one number in the hash. */
const NUMBER_OCTETS = 4;

/** The pieces that the peer at `address` may ask for, `count` of them or all that there are, in the order of BEP 6. */
export function allowedFastSet(
  address: string,
  torrent: { readonly infoHash: Uint8Array; readonly pieceCount: number },
  count: number,
  sha1: Sha1,
): number[] {
  const { infoHash, pieceCount } = torrent;
  const wanted = Math.min(count, pieceCount);
  const pieces = new Set<number>();
  const [first = 0, second = 0, third = 0] = octetsOfAddress(address);
  let x: Uint8Array = Uint8Array.of(first, second, third, 0, ...infoHash);
  while (pieces.size < wanted) {
    x = sha1(x);
    const view = new DataView(x.buffer, x.byteOffset, x.byteLength);
    for (let at = 0; at + NUMBER_OCTETS <= x.length && pieces.size < wanted; at += NUMBER_OCTETS) {
      pieces.add(view.getUint32(at) % pieceCount);
    }
  }
  return [...pieces];
}
