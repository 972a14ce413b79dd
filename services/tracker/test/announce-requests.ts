import type { AnnounceRequest } from '#shared/bittorrent/announce-request.ts';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';

/** What peer number `nth` announces: one that lacks something and names no event, unless `fields` say otherwise. */
export function requestFor(infoHash: Uint8Array, nth: number, fields: Partial<AnnounceRequest> = {}): AnnounceRequest {
  return {
    infoHash,
    peerId: octetsOfKey(`-XX0001-${String(nth).padStart(12, '0')}`),
    port: 6881,
    uploaded: 0,
    downloaded: 0,
    left: 100,
    event: null,
    numwant: null,
    compact: true,
    noPeerId: false,
    key: null,
    ...fields,
  };
}
