import { beforeEach, expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { encodeExtensionHandshake } from '#shared/bittorrent/extension-handshake.ts';
import { encodeReserved } from '#shared/bittorrent/handshake.ts';
import {
  decodeUtMetadata,
  encodeUtMetadata,
  METADATA_PART_OCTETS,
  UT_METADATA,
  type UtMetadataMessage,
} from '#shared/bittorrent/ut-metadata.ts';
import { MetadataExchange, type MetadataOutput } from '../../src/protocol/metadata-exchange.ts';
import { sha1 } from '../protocol/test-torrent.ts';

/** Ten parts. */
const METADATA = Uint8Array.from({ length: 10 * METADATA_PART_OCTETS }, (_, at) => at % 251);
const SECOND_MS = 1_000;
const ID = 1;
/** Twenty that are hostile come first, then the one that gives. */
const HOSTILE = 20;
const HONEST = 21;

type Answer = Extract<UtMetadataMessage, { kind: 'data' | 'reject' }>;

let exchange: MetadataExchange;
let now: number;
let banned: string[];
let metadataFrom: number | null;
/** What each neighbour was asked for and has not answered. */
let asked: Map<number, number[]>;

beforeEach(() => {
  now = 0;
  banned = [];
  metadataFrom = null;
  asked = new Map();
  const own = { address: '10.53.99.1', port: 6881 };
  exchange = new MetadataExchange({ infoHash: sha1(METADATA), own, offers: ['extensions', 'fast'], sha1 });
});

function heed(outputs: readonly MetadataOutput[]): void {
  for (const output of outputs) {
    if (output.kind === 'metadata') metadataFrom = output.from;
    if (output.kind === 'ban') banned.push(output.address);
    if (output.kind === 'close') asked.delete(output.neighbour);
    if (output.kind !== 'send' || output.message.kind !== 'extended' || output.message.id === 0) continue;
    const said = decodeUtMetadata(output.message.payload);
    if (said.kind === 'request') asked.get(output.to)?.push(said.piece);
  }
}

function connect(id: number): void {
  const endpoint = { address: `10.53.66.${id}`, port: 6881 };
  const reserved = encodeReserved(['extensions']);
  const peerId = octetsOfKey(`-XX0001-${String(id).padStart(12, '0')}`);
  asked.set(id, []);
  heed(exchange.step({ kind: 'connected', id, endpoint, peerId, isDialled: true, reserved }, now));
  const nothing = { listenPort: null, client: null, requestQueueMax: null, yourAddress: null, isUploadOnly: null };
  const ids = new Map([[UT_METADATA, ID]]);
  const payload = encodeExtensionHandshake({ ids, metadataSize: METADATA.length, ...nothing });
  heed(exchange.step({ kind: 'message', from: id, message: { kind: 'extended', id: 0, payload } }, now));
}

function say(from: number, answer: Answer): void {
  const message = { kind: 'extended', id: ID, payload: encodeUtMetadata(answer) } as const;
  heed(exchange.step({ kind: 'message', from, message }, now));
}

function part(piece: number, octets: Uint8Array): Answer {
  const own = octets.subarray(piece * METADATA_PART_OCTETS, (piece + 1) * METADATA_PART_OCTETS);
  return { kind: 'data', piece, totalSize: octets.length, octets: own };
}

/** The honest one answers whatever it is asked, each second; the others do as they like. */
function second(nth: number, hostile: (id: number, pieces: number[], nth: number) => void): void {
  now += SECOND_MS;
  for (const [id, pieces] of [...asked]) {
    if (id !== HONEST) hostile(id, pieces, nth);
    else for (const piece of pieces.splice(0)) say(HONEST, part(piece, METADATA));
  }
  heed(exchange.step({ kind: 'tick' }, now));
}

test.each<[string, (id: number, pieces: number[], nth: number) => void, number]>([
  ['are silent', () => {}, 120],
  [
    'reject whatever they are asked',
    (id, pieces) => {
      for (const piece of pieces.splice(0)) say(id, { kind: 'reject', piece });
    },
    30,
  ],
  [
    'give a wrong part every nine seconds, so that they are never late',
    (id, pieces, nth) => {
      const [piece] = nth % 9 === 0 ? pieces.splice(0, 1) : [];
      if (piece !== undefined) say(id, part(piece, new Uint8Array(METADATA.length)));
    },
    120,
  ],
  [
    'give wrong octets, at once',
    (id, pieces) => {
      for (const piece of pieces.splice(0)) say(id, part(piece, new Uint8Array(METADATA.length)));
    },
    60,
  ],
])('twenty neighbours that %s do not keep the metadata from us', (_, hostile, secondsMax) => {
  for (let id = 1; id <= HOSTILE; id++) connect(id);
  connect(HONEST);
  let seconds = 0;
  while (metadataFrom === null && seconds < 10 * secondsMax) second(++seconds, hostile);
  expect({ metadataFrom, isSoon: seconds <= secondsMax }).toEqual({ metadataFrom: HONEST, isSoon: true });
  expect(banned).not.toContain(`10.53.66.${HONEST}`);
});

test('one that is slow, and the only one, is not given up for that', () => {
  connect(HONEST);
  for (let id = 1; id <= HOSTILE; id++) connect(id);
  let seconds = 0;
  // Five seconds for a part, and crowds of others that give nothing.
  for (; metadataFrom === null && seconds < 100; seconds++) {
    now += SECOND_MS;
    const [piece] = seconds % 5 === 4 ? (asked.get(HONEST)?.splice(0, 1) ?? []) : [];
    if (piece !== undefined) say(HONEST, part(piece, METADATA));
    heed(exchange.step({ kind: 'tick' }, now));
  }
  expect({ metadataFrom, seconds }).toEqual({ metadataFrom: HONEST, seconds: 50 });
});
