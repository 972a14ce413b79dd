import type { Random } from '#shared/http/test/fuzz/random.ts';
import { type AnnounceRequest, encodeAnnounceQuery } from '../../announce-request.ts';
import { type AnnounceSuccess, encodeAnnounceFailure, encodeAnnounceSuccess } from '../../announce-response.ts';
import type { BencodeInput } from '../../bencode.ts';
import { encodeExtensionHandshake } from '../../extension-handshake.ts';
import { encodeHandshake, encodeReserved } from '../../handshake.ts';
import { formatMagnet } from '../../magnet-link.ts';
import { encodeMetainfo } from '../../metainfo-encoding.ts';
import { encodePeerMessage, type PeerMessage } from '../../peer-message.ts';
import { encodeUdpAnnounce, encodeUdpConnect, encodeUdpScrape } from '../../udp-tracker-request.ts';
import { encodeUdpResponse } from '../../udp-tracker-response.ts';
import { encodeUtMetadata, METADATA_PART_OCTETS } from '../../ut-metadata.ts';
import { encodePex } from '../../ut-pex.ts';

export const PIECES = 77;
const PIECE_LENGTH = 32_768;
const BITFIELD_OCTETS = Math.ceil(PIECES / 8);
const NUMBERS = [0, 1, PIECES - 1, PIECES, PIECE_LENGTH, 16_384, 0x7fff_ffff, 0xffff_ffff];

function octets(random: Random, count: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: count }, () => random.below(256));
}

function endpoint(random: Random) {
  return {
    address: [127, random.below(256), random.below(256), random.below(256)].join('.'),
    port: random.below(65_536),
  };
}

const several = <Value>(random: Random, most: number, make: () => Value): Value[] =>
  Array.from({ length: random.below(most + 1) }, make);

/** A message of the peer protocol that a well-behaved peer could send, or nearly. */
function sampleMessage(random: Random): PeerMessage {
  const index = random.once(4) ? random.pick(NUMBERS) : random.below(PIECES);
  const begin = random.once(4) ? random.pick(NUMBERS) : random.below(2) * 16_384;
  const length = random.once(4) ? random.pick(NUMBERS) : 16_384;
  return random.pick<() => PeerMessage>([
    () => ({ kind: 'keep-alive' }),
    () => ({ kind: random.pick(['choke', 'unchoke', 'interested', 'not interested', 'have all', 'have none']) }),
    () => ({ kind: random.pick(['have', 'suggest', 'allowed fast']), index }),
    () => ({ kind: 'bitfield', bits: octets(random, BITFIELD_OCTETS) }),
    () => ({ kind: random.pick(['request', 'cancel', 'reject']), index, begin, length }),
    () => ({ kind: 'piece', index, begin, block: octets(random, 1 + random.below(64)) }),
    () => ({ kind: 'extended', id: random.below(4), payload: samplePayload(random) }),
    () => ({ kind: 'unknown', id: random.below(256) }),
  ])();
}

/** What an extended message carries (BEP 9, 10 and 11). */
function samplePayload(random: Random): Uint8Array {
  return random.pick<() => Uint8Array>([
    () => sampleExtensions(random),
    () => sampleMetadata(random),
    () => samplePex(random),
  ])();
}

export function sampleExtensions(random: Random): Uint8Array {
  return encodeExtensionHandshake({
    ids: new Map([
      ['ut_metadata', random.below(4)],
      ['ut_pex', random.below(4)],
    ]),
    listenPort: random.below(65_536),
    client: 'fuzz',
    requestQueueMax: random.below(1_000),
    metadataSize: random.pick([0, 1, 16_384, 100_000]),
    yourAddress: null,
    isUploadOnly: random.pick([null, true, false]),
  });
}

export function sampleMetadata(random: Random): Uint8Array {
  const piece = random.below(3);
  const totalSize = METADATA_PART_OCTETS + 10;
  return random.pick<() => Uint8Array>([
    () => encodeUtMetadata({ kind: 'request', piece }),
    () => encodeUtMetadata({ kind: 'reject', piece }),
    () => encodeUtMetadata({ kind: 'data', piece, totalSize, octets: octets(random, 10) }),
  ])();
}

export function samplePex(random: Random): Uint8Array {
  const peer = () => ({ ...endpoint(random), isSeed: random.once(2), isReachable: random.once(2) });
  return encodePex({ added: several(random, 5, peer), dropped: several(random, 5, () => endpoint(random)) });
}

export function sampleHandshake(random: Random): Uint8Array {
  return encodeHandshake({ infoHash: octets(random, 20), peerId: octets(random, 20), reserved: encodeReserved([]) });
}

export function sampleStream(random: Random): Uint8Array {
  return Buffer.concat(several(random, 6, () => encodePeerMessage(sampleMessage(random))));
}

export function sampleBencode(random: Random, depth = 0): BencodeInput {
  switch (random.below(depth > 3 ? 2 : 4)) {
    case 0:
      return random.pick([0, -1, 42, 4_294_967_296, random.below(0x7fff_ffff)]);
    case 1:
      return octets(random, random.below(12));
    case 2:
      return several(random, 4, () => sampleBencode(random, depth + 1));
    default:
      return new Map(
        several(random, 4, () => [random.id().slice(random.below(6)), sampleBencode(random, depth + 1)] as const),
      );
  }
}

export function sampleMetainfo(random: Random): Uint8Array {
  const isSingle = random.once(2);
  const length = PIECE_LENGTH * (1 + random.below(3)) + random.below(PIECE_LENGTH);
  const files = isSingle
    ? [{ path: ['f.bin'], length }]
    : [
        { path: ['f.bin', 'a', 'b.txt'], length: length - 7 },
        { path: ['f.bin', 'c'], length: 7 },
      ];
  return encodeMetainfo({
    trackers: several(random, 3, () => ['http://t.test/announce']),
    webSeeds: several(random, 2, () => 'http://w.test/f.bin'),
    name: 'f.bin',
    files,
    pieceLength: PIECE_LENGTH,
    pieceHashes: octets(random, 20 * Math.ceil(length / PIECE_LENGTH)),
    isPrivate: random.once(2),
    comment: random.once(2) ? 'words' : null,
  });
}

export function sampleMagnet(random: Random): Uint8Array {
  const link = formatMagnet({
    infoHash: octets(random, 20),
    displayName: 'a file',
    trackers: several(random, 3, () => 'udp://t.test:6969'),
    peers: several(random, 3, () => endpoint(random)),
    webSeeds: [],
  });
  return Buffer.from(link, 'latin1');
}

export function sampleQuery(random: Random): Uint8Array {
  return Buffer.from(encodeAnnounceQuery(announce(random)), 'latin1');
}

function announce(random: Random): AnnounceRequest {
  return {
    infoHash: octets(random, 20),
    peerId: octets(random, 20),
    port: 1 + random.below(65_535),
    uploaded: random.below(1_000),
    downloaded: random.below(1_000),
    left: random.below(1_000),
    event: random.pick<AnnounceRequest['event']>(['started', 'stopped', 'completed', 'paused', null]),
    compact: random.once(2),
    noPeerId: random.once(2),
    numwant: random.below(100),
    key: random.id(),
  };
}

export function sampleAnswer(random: Random): Uint8Array {
  if (random.once(4)) return encodeAnnounceFailure('it does not want to');
  const peers = several(random, 8, () => ({ ...endpoint(random), peerId: octets(random, 20) }));
  const answer: AnnounceSuccess = {
    kind: 'success',
    intervalS: 30,
    minIntervalS: 5,
    complete: 1,
    incomplete: 2,
    peers,
    externalAddress: random.once(2) ? '127.0.0.1' : null,
    warning: random.once(2) ? 'be careful' : null,
  };
  return encodeAnnounceSuccess(answer, { compact: random.once(2), noPeerId: random.once(2) });
}

/** A datagram to a tracker (BEP 15). */
export function sampleDatagram(random: Random, connectionId: bigint): Uint8Array {
  const head = { connectionId, transactionId: random.below(0x7fff_ffff) };
  return random.pick<() => Uint8Array>([
    () => encodeUdpConnect(head.transactionId),
    () => encodeUdpAnnounce(head, { request: announce(random), urlData: random.once(2) ? '' : '/announce?a=b' }),
    () =>
      encodeUdpScrape(
        head,
        several(random, 80, () => octets(random, 20)),
      ),
  ])();
}

export function sampleUdpAnswer(random: Random): Uint8Array {
  const transactionId = random.below(0x7fff_ffff);
  const numbers = () => ({ seeders: random.below(9), completed: random.below(9), leechers: random.below(9) });
  const peers = several(random, 9, () => endpoint(random));
  return random.pick<() => Uint8Array>([
    () => encodeUdpResponse({ transactionId, kind: 'connect', connectionId: 7n }, 'IPv4'),
    () => encodeUdpResponse({ transactionId, kind: 'announce', intervalS: 30, leechers: 1, seeders: 1, peers }, 'IPv4'),
    () => encodeUdpResponse({ transactionId, kind: 'scrape', torrents: several(random, 5, numbers) }, 'IPv4'),
    () => encodeUdpResponse({ transactionId, kind: 'error', message: 'no' }, 'IPv4'),
  ])();
}
