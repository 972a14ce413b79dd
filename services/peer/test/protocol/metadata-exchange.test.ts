import { beforeEach, describe, expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { decodeExtensionHandshake, encodeExtensionHandshake } from '#shared/bittorrent/extension-handshake.ts';
import { encodeReserved } from '#shared/bittorrent/handshake.ts';
import type { PeerMessage } from '#shared/bittorrent/peer-message.ts';
import {
  decodeUtMetadata,
  encodeUtMetadata,
  METADATA_PART_OCTETS,
  type UtMetadataMessage,
} from '#shared/bittorrent/ut-metadata.ts';
import { MetadataExchange, type MetadataInput, type MetadataOutput } from '../../src/protocol/metadata-exchange.ts';
import { sha1 } from './test-torrent.ts';

/** Two parts and one octet. */
const METADATA = Uint8Array.from({ length: 2 * METADATA_PART_OCTETS + 1 }, (_, at) => at % 251);
/** Under which the neighbours want to get ut_metadata, and under which we do. */
const THEIR_ID = 7;
const OUR_ID = 1;

let exchange: MetadataExchange;
let now: number;

beforeEach(() => {
  now = 1_000_000;
  exchange = new MetadataExchange({
    infoHash: sha1(METADATA),
    own: { address: '10.53.99.1', port: 6881 },
    offers: ['extensions', 'fast'],
    sha1,
  });
});

/** One line for each output: "send 1 request 0", "close 1: ...", "metadata from 1". */
function step(input: MetadataInput): string[] {
  return exchange.step(input, now).map(describeOutput);
}

function describeOutput(output: MetadataOutput): string {
  switch (output.kind) {
    case 'send':
      return `send ${output.to} ${describeMessage(output.message)}`;
    case 'close':
      return `close ${output.neighbour}: ${output.because}`;
    case 'ban':
      return `ban ${output.address}`;
    case 'metadata':
      return `metadata of ${output.octets.length} from ${output.from}`;
  }
}

function describeMessage(message: PeerMessage): string {
  if (message.kind !== 'extended') return message.kind;
  if (message.id === 0) return `takes ${[...decodeExtensionHandshake(message.payload).ids.keys()].join(' ')}`;
  expect(message.id).toBe(THEIR_ID);
  const said = decodeUtMetadata(message.payload);
  return said.kind === 'unknown' ? 'unknown' : `${said.kind} ${said.piece}`;
}

function connect(id: number, offers: Parameters<typeof encodeReserved>[0] = ['extensions']): string[] {
  const endpoint = { address: `10.53.0.${id}`, port: 6881 };
  const peerId = octetsOfKey(`-XX0001-${id}`.padEnd(20, '.'));
  return step({ kind: 'connected', id, endpoint, peerId, isDialled: true, reserved: encodeReserved(offers) });
}

function hear(from: number, message: PeerMessage): string[] {
  return step({ kind: 'message', from, message });
}

/** The extension handshake of a neighbour that has `metadataSize` octets of metadata. */
function offer(from: number, metadataSize: number | null = METADATA.length, id = THEIR_ID): string[] {
  const nothing = { listenPort: null, client: null, requestQueueMax: null, yourAddress: null, isUploadOnly: null };
  const payload = encodeExtensionHandshake({ ids: new Map([['ut_metadata', id]]), metadataSize, ...nothing });
  return hear(from, { kind: 'extended', id: 0, payload });
}

function say(from: number, message: Exclude<UtMetadataMessage, { kind: 'unknown' }>): string[] {
  return hear(from, { kind: 'extended', id: OUR_ID, payload: encodeUtMetadata(message) });
}

function data(piece: number, metadata = METADATA, totalSize = METADATA.length): Parameters<typeof say>[1] {
  const octets = metadata.subarray(piece * METADATA_PART_OCTETS, (piece + 1) * METADATA_PART_OCTETS);
  return { kind: 'data', piece, totalSize, octets };
}

const ASKS_FOR_ALL = (id: number) => [0, 1, 2].map((part) => `send ${id} request ${part}`);

describe('a neighbour that has the metadata', () => {
  test('is asked for all parts, and what it gives is the metadata when its SHA-1 is the info hash', () => {
    expect(connect(1)).toEqual(['send 1 takes ut_metadata']);
    expect(offer(1)).toEqual(ASKS_FOR_ALL(1));
    expect(exchange.progress).toEqual({ parts: 0, total: 3 });
    expect(say(1, data(1))).toEqual([]);
    expect(say(1, data(0))).toEqual([]);
    expect(exchange.progress).toEqual({ parts: 2, total: 3 });
    expect(say(1, data(2))).toEqual([`metadata of ${METADATA.length} from 1`]);
  });

  test('is asked for nothing more when the metadata has come, nor is anybody else', () => {
    connect(1);
    connect(2);
    offer(1);
    for (const part of [0, 1, 2]) say(1, data(part));
    expect(offer(2)).toEqual([]);
    expect(say(1, data(2))).toEqual([]);
  });

  test('is not asked when it lies about the size, or takes the extension back', () => {
    for (const id of [1, 2, 3]) connect(id);
    expect(offer(1, null)).toEqual([]);
    expect(offer(2, 2 ** 31)).toEqual([]);
    expect(offer(3, METADATA.length, 0)).toEqual([]);
  });

  test('is asked for four parts at once', () => {
    connect(1);
    const said = offer(1, 10 * METADATA_PART_OCTETS);
    expect(said).toEqual([0, 1, 2, 3].map((part) => `send 1 request ${part}`));
    const part = { kind: 'data', piece: 2, totalSize: 10 * METADATA_PART_OCTETS } as const;
    expect(say(1, { ...part, octets: new Uint8Array(METADATA_PART_OCTETS) })).toEqual(['send 1 request 4']);
  });

  test('is one of three that are asked at the same time', () => {
    for (const id of [1, 2, 3, 4]) connect(id);
    expect([1, 2, 3, 4].map((id) => offer(id).length)).toEqual([3, 3, 3, 0]);
    expect(step({ kind: 'closed', neighbour: 2 })).toEqual(ASKS_FOR_ALL(4));
  });
});

describe('a neighbour that does not give it', () => {
  test('because it rejects, is left in peace for a while, and another is asked', () => {
    for (const id of [1, 2, 3, 4]) {
      connect(id);
      offer(id);
    }
    expect(say(1, { kind: 'reject', piece: 0 })).toEqual(ASKS_FOR_ALL(4));
    for (const id of [2, 3, 4]) step({ kind: 'closed', neighbour: id });
    now += 19_000;
    expect(step({ kind: 'tick' })).toEqual([]);
    now += 1_000;
    expect(step({ kind: 'tick' })).toEqual(ASKS_FOR_ALL(1));
  });

  test('because it is silent, makes room for another after ten seconds', () => {
    for (const id of [1, 2, 3, 4]) {
      connect(id);
      offer(id);
    }
    now += 9_999;
    for (const id of [2, 3]) say(id, data(0));
    expect(step({ kind: 'tick' })).toEqual([]);
    now += 1;
    expect(step({ kind: 'tick' })).toEqual(ASKS_FOR_ALL(4));
  });

  test('but wrong octets is banned: all of them came from it', () => {
    connect(1);
    connect(2);
    offer(1);
    offer(2);
    const wrong = METADATA.slice();
    wrong[5] = 0xff;
    say(1, data(0, wrong));
    say(1, data(1, wrong));
    const because = 'all of the metadata came from it, and its SHA-1 is not the info hash';
    expect(say(1, data(2, wrong))).toEqual(['ban 10.53.0.1', `close 1: ${because}`]);
    for (const part of [0, 1]) say(2, data(part));
    expect(say(2, data(2))).toEqual([`metadata of ${METADATA.length} from 2`]);
  });

  test.each([
    ['another size', data(0, METADATA, METADATA.length + 1)],
    ['a part that is too short', { ...data(0), octets: new Uint8Array(5) }],
  ])('but %s is closed', (_, message) => {
    connect(1);
    offer(1);
    expect(say(1, message)[0]).toMatch(/^close 1: it broke BEP 9/);
  });

  test('but parts that nobody asked for is passed over', () => {
    connect(1);
    offer(1);
    expect(say(1, { ...data(0), piece: 5 })).toEqual([]);
    expect(say(1, { ...data(0), piece: 2 ** 40 })).toEqual([]);
    say(1, data(0));
    expect(say(1, data(0))).toEqual([]);
    expect(exchange.progress.parts).toBe(1);
  });
});

describe('the conversation', () => {
  test('begins with have none when both have the fast extension, and every request is rejected', () => {
    expect(connect(1, ['extensions', 'fast'])).toEqual(['send 1 have none', 'send 1 takes ut_metadata']);
    expect(hear(1, { kind: 'request', index: 0, begin: 0, length: 1 })).toEqual(['send 1 reject']);
  });

  test('has nothing of it with a peer of BEP 3 alone', () => {
    expect(connect(1, [])).toEqual([]);
    expect(offer(1)).toEqual([]);
    expect(hear(1, { kind: 'request', index: 0, begin: 0, length: 1 })).toEqual([]);
    expect(hear(1, { kind: 'have all' })[0]).toMatch(/^close 1: it broke BEP 6/);
  });

  test('who asks us for the metadata is told that we have none', () => {
    connect(1);
    offer(1, null);
    expect(say(1, { kind: 'request', piece: 0 })).toEqual(['send 1 reject 0']);
  });

  test('what counts of what was said is kept for the swarm', () => {
    connect(1, ['extensions', 'fast']);
    const bits = Uint8Array.of(0xf0);
    const said: PeerMessage[] = [
      { kind: 'bitfield', bits },
      { kind: 'have', index: 6 },
      { kind: 'unchoke' },
      { kind: 'interested' },
      { kind: 'allowed fast', index: 3 },
      { kind: 'suggest', index: 3 },
      { kind: 'not interested' },
    ];
    for (const message of said) hear(1, message);
    bits.fill(0);
    offer(1);
    const { hasOpened, extensions, heard } = exchange.earlier(1);
    expect(hasOpened).toBe(true);
    expect(extensions).toMatchObject({ metadataSize: METADATA.length, ids: new Map([['ut_metadata', THEIR_ID]]) });
    expect(heard).toEqual([
      { kind: 'bitfield', bits: Uint8Array.of(0xf0) },
      { kind: 'have', index: 6 },
      { kind: 'allowed fast', index: 3 },
      { kind: 'not interested' },
      { kind: 'unchoke' },
    ]);
    connect(2);
    expect(exchange.earlier(2)).toMatchObject({ hasOpened: false, heard: [] });
  });

  test.each<[string, PeerMessage[]]>([
    ['two bitfields', Array(2).fill({ kind: 'bitfield', bits: Uint8Array.of(1) })],
    ['a bitfield that no torrent needs', [{ kind: 'bitfield', bits: new Uint8Array(20_000) }]],
    ['have of piece 2^31', [{ kind: 'have', index: 2 ** 31 }]],
    ['a thousand chokes', Array(1_000).fill({ kind: 'choke' })],
    ['ut_metadata that is no dictionary', [{ kind: 'extended', id: OUR_ID, payload: octetsOfKey('le') }]],
  ])('ends with %s', (_, messages) => {
    connect(1);
    const said = messages.flatMap((message) => hear(1, message));
    expect(said.filter((line) => line.startsWith('close 1'))).toHaveLength(1);
  });

  test('is kept alive and given up as any other', () => {
    connect(1);
    now += 120_000;
    hear(1, { kind: 'keep-alive' });
    expect(step({ kind: 'tick' })).toEqual(['send 1 keep-alive']);
    now += 150_000;
    expect(step({ kind: 'tick' })).toEqual(['close 1: it has been silent for 150 s']);
  });
});
