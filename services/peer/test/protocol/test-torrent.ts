import { hash } from 'node:crypto';
import { encodeReserved } from '#shared/bittorrent/handshake.ts';
import type { SwarmOptions } from '../../src/protocol/swarm-exchange.ts';

export const sha1 = (octets: Uint8Array): Uint8Array => Uint8Array.from(hash('sha1', octets, 'buffer'));

/** The reserved octets of a peer that offers nothing beyond BEP 3. */
export const OFFERS_NOTHING = encodeReserved([]);

/** What a swarm in a test is given beside its grid and its policies; nothing beyond BEP 3 is offered. */
export const TEST_TORRENT: Pick<SwarmOptions, 'torrent' | 'own' | 'offers' | 'sha1'> = {
  torrent: { infoHash: new Uint8Array(20).fill(0xaa), infoOctets: new Uint8Array(100), isPrivate: false },
  own: { address: '10.53.99.1', port: 6881 },
  offers: [],
  sha1,
};
