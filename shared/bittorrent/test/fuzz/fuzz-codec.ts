/**
 * Hostile octets through the pure codecs alone. They return or throw ProtocolViolation, at once; a stream says the same wherever it
 * is cut; and what bencode takes is canonical: written again it is the same octets.
 */
import { hash } from 'node:crypto';
import { Random } from '#shared/http/test/fuzz/random.ts';
import { ProtocolViolation } from '../../../protocol-violation.ts';
import { decodeAnnounceQuery } from '../../announce-request.ts';
import { decodeAnnounceResponse } from '../../announce-response.ts';
import { type Bencode, decodeBencode, encodeBencode } from '../../bencode.ts';
import { decodeExtensionHandshake } from '../../extension-handshake.ts';
import { HandshakeStream } from '../../handshake.ts';
import { parseMagnet } from '../../magnet-link.ts';
import { decodeMetainfo } from '../../metainfo.ts';
import { PeerMessageStream } from '../../peer-message.ts';
import { decodeUdpAnnounce, decodeUdpHead, decodeUdpScrape, UDP_ACTION } from '../../udp-tracker-request.ts';
import { decodeUdpResponse } from '../../udp-tracker-response.ts';
import { decodeUtMetadata } from '../../ut-metadata.ts';
import { decodePex } from '../../ut-pex.ts';
import { mutateOctets } from './mutate-octets.ts';
import {
  PIECES,
  sampleAnswer,
  sampleBencode,
  sampleDatagram,
  sampleExtensions,
  sampleHandshake,
  sampleMagnet,
  sampleMetadata,
  sampleMetainfo,
  samplePex,
  sampleQuery,
  sampleStream,
  sampleUdpAnswer,
} from './sample-octets.ts';

const CHANGES_MAX = 4;
const REFUSED = 'refused';

/** A codec: octets that are right, and what is made of others, as something that can be compared. */
interface Codec {
  readonly name: string;
  sample(random: Random): Uint8Array;
  /** `cuts` are places, ascending, where a stream is cut; others pay no heed to them. */
  read(octets: Uint8Array, cuts: readonly number[]): unknown;
  readonly isStream?: true;
}

const sha1 = (octets: Uint8Array) => hash('sha1', octets, 'buffer');
const latin1 = (octets: Uint8Array) => Buffer.from(octets).toString('latin1');

const CODECS: readonly Codec[] = [
  { name: 'bencode', sample: (random) => encodeBencode(sampleBencode(random)), read: readCanonical },
  { name: 'peer messages', sample: sampleStream, read: readMessages(PIECES), isStream: true },
  { name: 'peer messages before the metadata', sample: sampleStream, read: readMessages(null), isStream: true },
  { name: 'handshake', sample: sampleHandshake, read: readHandshake, isStream: true },
  { name: 'metainfo', sample: sampleMetainfo, read: (octets) => decodeMetainfo(octets, sha1).info.pieceCount },
  { name: 'magnet link', sample: sampleMagnet, read: (octets) => parseMagnet(latin1(octets)) },
  { name: 'announce', sample: sampleQuery, read: (octets) => decodeAnnounceQuery(latin1(octets)) },
  { name: 'answer to an announce', sample: sampleAnswer, read: decodeAnnounceResponse },
  { name: 'UDP request', sample: (random) => sampleDatagram(random, 7n), read: readDatagram },
  { name: 'UDP answer', sample: sampleUdpAnswer, read: (octets) => decodeUdpResponse(octets, 'IPv4') },
  { name: 'extension handshake', sample: sampleExtensions, read: decodeExtensionHandshake },
  { name: 'ut_metadata', sample: sampleMetadata, read: decodeUtMetadata },
  { name: 'ut_pex', sample: samplePex, read: decodePex },
];

/** What came of one input: a sentence where something is wrong, and how long it took, in milliseconds. */
export interface CodecResult {
  readonly fault: string | null;
  readonly codec: string;
  readonly isTaken: boolean;
  readonly ms: number;
  readonly octets: Uint8Array;
}

export function fuzzOnce(seed: number): CodecResult {
  const random = new Random(seed);
  const codec = random.pick(CODECS);
  const good = codec.sample(random);
  // No Buffer, which would be written as text in its own way.
  const octets = Uint8Array.from(random.once(10) ? good : mutateOctets(good, random, CHANGES_MAX));
  const cuts = Array.from({ length: random.below(6) }, () => random.below(octets.length + 1)).sort((a, b) => a - b);
  const begun = performance.now();
  const result = { codec: codec.name, octets };
  try {
    const whole = outcome(codec, octets, []);
    const ms = performance.now() - begun;
    const isTaken = whole !== REFUSED;
    if (codec.isStream && outcome(codec, octets, cuts) !== whole)
      return { ...result, fault: `cut at ${cuts.join(', ')} it is read otherwise`, isTaken, ms };
    return { ...result, fault: null, isTaken, ms };
  } catch (error) {
    return { ...result, fault: String((error as Error).stack), isTaken: false, ms: performance.now() - begun };
  }
}

/** What a codec makes of octets, as text. @throws anything but ProtocolViolation is a fault of the codec */
function outcome(codec: Codec, octets: Uint8Array, cuts: readonly number[]): string {
  try {
    return JSON.stringify(codec.read(octets, cuts), (_, value: unknown) => plain(value)) ?? '';
  } catch (error) {
    if (error instanceof ProtocolViolation) return REFUSED;
    throw error;
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return latin1(value);
  if (value instanceof Map) return [...value];
  return typeof value === 'bigint' ? String(value) : value;
}

function readCanonical(octets: Uint8Array): Bencode {
  const value = decodeBencode(octets);
  const again = encodeBencode(value);
  if (Buffer.compare(again, octets) !== 0) throw new Error('It is taken, but written otherwise');
  return value;
}

function pieces(octets: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts, octets.length];
  return places.slice(1).map((place, at) => octets.subarray(places[at], place));
}

/** All messages up to the first that is refused, and whether one was. */
function readMessages(pieceCount: number | null) {
  return (octets: Uint8Array, cuts: readonly number[]): readonly string[] => {
    const stream = new PeerMessageStream(pieceCount);
    const read: string[] = [];
    try {
      for (const piece of pieces(octets, cuts)) {
        for (const message of stream.push(piece))
          read.push(JSON.stringify(message, (_, value: unknown) => plain(value)));
      }
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      read.push(REFUSED);
    }
    return read;
  };
}

function readHandshake(octets: Uint8Array, cuts: readonly number[]): unknown {
  const stream = new HandshakeStream();
  let rest = 0;
  for (const piece of pieces(octets, cuts)) {
    rest += piece.length;
    const whole = stream.push(piece);
    if (whole !== null) return { handshake: whole.handshake, rest: octets.length - rest + whole.rest.length };
  }
  return 'unfinished';
}

function readDatagram(octets: Uint8Array): unknown {
  const head = decodeUdpHead(octets);
  if (head.action === UDP_ACTION.announce) return decodeUdpAnnounce(octets);
  return head.action === UDP_ACTION.scrape ? decodeUdpScrape(octets) : head;
}
