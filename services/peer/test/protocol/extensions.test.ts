import { beforeEach, describe, expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { decodeExtensionHandshake, encodeExtensionHandshake } from '#shared/bittorrent/extension-handshake.ts';
import { encodeReserved, type Offer } from '#shared/bittorrent/handshake.ts';
import { BLOCK_OCTETS, type PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { decodeUtMetadata, encodeUtMetadata, METADATA_PART_OCTETS } from '#shared/bittorrent/ut-metadata.ts';
import { decodePex, encodePex, type PexMessage } from '#shared/bittorrent/ut-pex.ts';
import { formatEndpoint } from '#shared/report.ts';
import { Swarm } from '../../src/protocol/swarm.ts';
import type { Earlier, SwarmInput, SwarmOptions } from '../../src/protocol/swarm-exchange.ts';
import { piecesOf, testSwarm } from './test-swarm.ts';
import { TEST_TORRENT } from './test-torrent.ts';

const GRID = { pieceCount: 10, pieceLength: 2 * BLOCK_OCTETS, length: 20 * BLOCK_OCTETS };
/** Two parts. */
const METADATA = Uint8Array.from({ length: METADATA_PART_OCTETS + 10 }, (_, at) => at % 251);
const BOTH: readonly Offer[] = ['extensions', 'fast'];
/** Under which the neighbours want to get the extensions, and under which we do. */
const THEIRS = { ut_metadata: 7, ut_pex: 8 } as const;
const OURS = { ut_metadata: 1, ut_pex: 2 } as const;

let swarm: Swarm;
let now: number;

function setUp(mine: Iterable<number> = [], options: Partial<SwarmOptions> = {}): void {
  now = 1_000_000;
  swarm = new Swarm({
    ...testSwarm(GRID, setOf(mine), now),
    neighboursMax: 100,
    torrent: { ...TEST_TORRENT.torrent, infoOctets: METADATA },
    offers: BOTH,
    ...options,
  });
}

beforeEach(() => setUp());

const setOf = (indexes: Iterable<number>) => piecesOf(GRID, indexes);

const EVERYTHING = [...Array(GRID.pieceCount).keys()];

/** One line for each message sent, closed connection and address learnt. */
function step(input: SwarmInput): string[] {
  return swarm.step(input, now).flatMap((output) => {
    if (output.kind === 'send') return `${output.to} ${describeMessage(output.message)}`;
    if (output.kind === 'close') return `close ${output.neighbour}: ${output.because}`;
    if (output.kind === 'learnt') return `learnt ${output.endpoints.map(formatEndpoint).join(' ')}`;
    return [];
  });
}

function describeMessage(message: PeerMessage): string {
  if (message.kind === 'have') return `have ${message.index}`;
  if (message.kind !== 'extended') return message.kind;
  if (message.id === 0) return `takes ${[...decodeExtensionHandshake(message.payload).ids.keys()].join(' ')}`;
  if (message.id === THEIRS.ut_pex) {
    const { added, dropped } = decodePex(message.payload);
    return `pex +${added.map(({ address }) => address)} -${dropped.map(({ address }) => address)}`;
  }
  const said = decodeUtMetadata(message.payload);
  return said.kind === 'unknown' ? 'unknown' : `${said.kind} ${said.piece}`;
}

interface Given {
  readonly offers?: readonly Offer[];
  readonly isDialled?: boolean;
  readonly earlier?: Earlier;
}

function connect(id: number, { offers = BOTH, isDialled = true, earlier }: Given = {}): string[] {
  const endpoint = { address: addressOf(id), port: 6881 };
  const peerId = octetsOfKey(`-XX0001-${id}`.padEnd(20, '.'));
  const acquaintance = { id, endpoint, peerId, isDialled, reserved: encodeReserved(offers) };
  return step({ kind: 'connected', ...acquaintance, ...(earlier === undefined ? {} : { earlier }) });
}

function addressOf(id: number): string {
  return `10.53.${id}.1`;
}

function hear(from: number, message: PeerMessage): string[] {
  return step({ kind: 'message', from, message });
}

function agree(from: number, fields: Partial<Parameters<typeof encodeExtensionHandshake>[0]> = {}): string[] {
  const payload = encodeExtensionHandshake({
    ids: new Map(Object.entries(THEIRS)),
    listenPort: null,
    client: null,
    requestQueueMax: null,
    yourAddress: null,
    metadataSize: null,
    isUploadOnly: null,
    ...fields,
  });
  return hear(from, { kind: 'extended', id: 0, payload });
}

function askForMetadata(from: number, piece: number): string[] {
  const payload = encodeUtMetadata({ kind: 'request', piece });
  return hear(from, { kind: 'extended', id: OURS.ut_metadata, payload });
}

function tell(from: number, added: readonly number[], dropped: readonly number[] = []): string[] {
  const peers = (ids: readonly number[]) =>
    ids.map((id) => ({ address: addressOf(id), port: 6881, isSeed: false, isReachable: true }));
  const message: PexMessage = { added: peers(added), dropped: peers(dropped) };
  return hear(from, { kind: 'extended', id: OURS.ut_pex, payload: encodePex(message) });
}

describe('the opening (BEP 6)', () => {
  test.each<[string, number[], string]>([
    ['nothing', [], 'have none'],
    ['a part', [3], 'bitfield'],
    ['everything', EVERYTHING, 'have all'],
  ])('of who has %s is "%s" where both have the fast extension', (_, mine, opening) => {
    setUp(mine);
    expect(connect(1)[0]).toBe(`1 ${opening}`);
  });

  test.each<[string, readonly Offer[], readonly Offer[]]>([
    ['we', [], BOTH],
    ['the neighbour', BOTH, []],
  ])('is that of BEP 3 when %s does not offer it', (_, ours, theirs) => {
    setUp([], { offers: ours });
    expect(connect(1, { offers: theirs })).toEqual([]);
    setUp(EVERYTHING, { offers: ours });
    expect(connect(1, { offers: theirs })).toEqual(['1 bitfield']);
  });

  test('have all is as good as a bitfield, and have none tells nothing', () => {
    connect(1);
    expect(hear(1, { kind: 'have all' })).toEqual(['1 interested']);
    expect(swarm.neighbours.get(1)?.pieces.isComplete).toBe(true);
    connect(2);
    expect(hear(2, { kind: 'have none' })).toEqual([]);
    expect(swarm.neighbours.get(2)?.pieces.size).toBe(0);
  });

  test.each<[string, PeerMessage[]]>([
    ['have all after have none', [{ kind: 'have none' }, { kind: 'have all' }]],
    ['have none after a have', [{ kind: 'have', index: 1 }, { kind: 'have none' }]],
    ['a bitfield after have all', [{ kind: 'have all' }, { kind: 'bitfield', bits: setOf([1]).encode() }]],
    ['have all after a choke', [{ kind: 'choke' }, { kind: 'have all' }]],
  ])('%s ends the connection', (_, messages) => {
    connect(1);
    const said = messages.flatMap((message) => hear(1, message));
    expect(said.at(-1)).toMatch(/^close 1: it broke BEP 3/);
  });

  test('may come later from aria2, which says "have all" in the place of several have', () => {
    const endpoint = { address: addressOf(1), port: 6881 };
    const peerId = octetsOfKey('A2-1-36-0-..........');
    step({ kind: 'connected', id: 1, endpoint, peerId, isDialled: true, reserved: encodeReserved(BOTH) });
    for (const message of [{ kind: 'have none' }, { kind: 'unchoke' }, { kind: 'have', index: 1 }] as const)
      hear(1, message);
    hear(1, { kind: 'have all' });
    expect(swarm.neighbours.get(1)?.pieces.isComplete).toBe(true);
    expect(hear(1, { kind: 'have none' })[0]).toMatch(/^close 1: it broke BEP 3/);
  });

  test('may come after the extension handshake and messages of unknown ids', () => {
    connect(1);
    agree(1);
    hear(1, { kind: 'unknown', id: 9 });
    expect(hear(1, { kind: 'have all' })).toEqual(['1 interested']);
  });

  test.each<PeerMessage>([
    { kind: 'have all' },
    { kind: 'have none' },
    { kind: 'suggest', index: 1 },
    { kind: 'allowed fast', index: 1 },
    { kind: 'reject', index: 1, begin: 0, length: 1 },
  ])('$kind of a neighbour without the fast extension ends the connection', (message) => {
    connect(1, { offers: ['extensions'] });
    expect(hear(1, message)).toEqual([
      `close 1: it broke BEP 6: "${message.kind}" needs the fast extension on both sides`,
    ]);
  });

  test.each<PeerMessage>([
    { kind: 'suggest', index: 10 },
    { kind: 'allowed fast', index: 2 ** 32 - 1 },
    { kind: 'reject', index: 10, begin: 0, length: 1 },
    { kind: 'reject', index: 0, begin: 2 ** 32 - 1, length: 2 },
    { kind: 'reject', index: 0, begin: 0, length: 0 },
    { kind: 'reject', index: 0, begin: 0, length: 2 ** 31 },
  ])('$kind outside of the torrent ends the connection', (message) => {
    connect(1);
    expect(hear(1, message)[0]).toMatch(/^close 1: it broke BEP 3/);
  });
});

test('a reject of what was never asked for ends the connection (BEP 6)', () => {
  connect(1);
  hear(1, { kind: 'have all' });
  const said = hear(1, { kind: 'reject', index: 0, begin: 0, length: BLOCK_OCTETS });
  expect(said[0]).toMatch(/^close 1: it broke BEP 6/);
});

describe('the extension handshake (BEP 10)', () => {
  test('goes to those who offer the protocol, right behind the opening', () => {
    expect(connect(1)).toEqual(['1 have none', '1 takes ut_metadata ut_pex']);
    expect(connect(2, { offers: ['fast'] })).toEqual(['2 have none']);
  });

  test('says where we listen, how much we take, what metadata we have, and where we see the other', () => {
    const outputs = swarm.step(
      {
        kind: 'connected',
        id: 1,
        endpoint: { address: '10.53.31.1', port: 5000 },
        peerId: new Uint8Array(20),
        isDialled: false,
        reserved: encodeReserved(BOTH),
      },
      now,
    );
    const payloads = outputs.flatMap((output) =>
      output.kind === 'send' && output.message.kind === 'extended' ? output.message.payload : [],
    );
    expect(payloads.map(decodeExtensionHandshake)).toEqual([
      {
        ids: new Map(Object.entries(OURS)),
        listenPort: 6881,
        client: 'Topdown 0.1',
        requestQueueMax: 500,
        yourAddress: Uint8Array.of(10, 53, 31, 1),
        metadataSize: METADATA.length,
        isUploadOnly: null,
      },
    ]);
  });

  test('may come again: what it names is added, what it leaves out stays, an id of 0 ends an extension', () => {
    connect(1);
    agree(1, { client: 'One 1', listenPort: 7000, requestQueueMax: 100, ids: new Map([['ut_pex', 8]]) });
    agree(1, { metadataSize: 5, ids: new Map([['ut_metadata', 7]]) });
    expect(swarm.neighbours.get(1)?.extensions).toEqual({
      ids: new Map(Object.entries(THEIRS)),
      client: 'One 1',
      listenPort: 7000,
      requestQueueMax: 100,
      metadataSize: 5,
      isUploadOnly: false,
    });
    agree(1, { ids: new Map([['ut_pex', 0]]) });
    expect(swarm.neighbours.get(1)?.extensions?.ids).toEqual(new Map([['ut_metadata', 7]]));
  });

  test('that cannot be read agrees on nothing, and unknown names and ids are passed over', () => {
    connect(1);
    expect(hear(1, { kind: 'extended', id: 0, payload: octetsOfKey('i1e') })).toEqual([]);
    expect(agree(1, { ids: new Map(['toString', '__proto__', 'lt_donthave'].map((name) => [name, 3])) })).toEqual([]);
    expect(swarm.neighbours.get(1)?.extensions?.ids.size).toBe(0);
    expect(hear(1, { kind: 'extended', id: 99, payload: octetsOfKey('de') })).toEqual([]);
  });

  test('of one who has not offered the protocol is a message of an unknown id', () => {
    connect(1, { offers: ['fast'] });
    expect(agree(1)).toEqual([]);
    expect(askForMetadata(1, 0)).toEqual([]);
    expect(swarm.neighbours.get(1)?.extensions).toBeNull();
  });
});

describe('ut_metadata (BEP 9)', () => {
  beforeEach(() => {
    connect(1);
    agree(1);
  });

  test('gives the part that is asked for, under the id of the one who asks', () => {
    const outputs = swarm.step(
      {
        kind: 'message',
        from: 1,
        message: { kind: 'extended', id: OURS.ut_metadata, payload: encodeUtMetadata({ kind: 'request', piece: 1 }) },
      },
      now,
    );
    const [output] = outputs;
    if (output?.kind !== 'send' || output.message.kind !== 'extended') throw new Error('nothing was sent');
    expect(output.message.id).toBe(THEIRS.ut_metadata);
    const octets = METADATA.subarray(METADATA_PART_OCTETS);
    expect(decodeUtMetadata(output.message.payload)).toEqual({
      kind: 'data',
      piece: 1,
      totalSize: METADATA.length,
      octets,
    });
  });

  test('rejects a part that is not, and says nothing to answers that nobody asked for', () => {
    expect(askForMetadata(1, 2)).toEqual(['1 reject 2']);
    expect(askForMetadata(1, 2 ** 40)).toEqual([`1 reject ${2 ** 40}`]);
    const reject = encodeUtMetadata({ kind: 'reject', piece: 0 });
    expect(hear(1, { kind: 'extended', id: OURS.ut_metadata, payload: reject })).toEqual([]);
  });

  test('is not given more than three times to one neighbour, but to the next', () => {
    const said = Array.from({ length: 7 }, (_, nth) => askForMetadata(1, nth % 2)).flat();
    expect(said.slice(0, 6)).toEqual(Array(3).fill(['1 data 0', '1 data 1']).flat());
    expect(said[6]).toBe('1 reject 0');
    connect(2);
    agree(2);
    expect(askForMetadata(2, 0)).toEqual(['2 data 0']);
  });

  test('is not given faster than a socket can be expected to take it', () => {
    setUp([], { torrent: { ...TEST_TORRENT.torrent, infoOctets: new Uint8Array(100 * METADATA_PART_OCTETS) } });
    connect(1);
    agree(1);
    const said = Array.from({ length: 40 }, (_, piece) => askForMetadata(1, piece)).flat();
    expect(said.filter((line) => line.startsWith('1 data'))).toHaveLength(32);
    now += 1_000;
    expect(askForMetadata(1, 32)).toEqual(['1 data 32']);
  });

  test('is not sent to one who has not said its id', () => {
    connect(2);
    expect(askForMetadata(2, 0)).toEqual([]);
  });

  test.each(['', 'le', 'd8:msg_typei0ee'])('a message of %j ends the connection', (text) => {
    expect(hear(1, { kind: 'extended', id: OURS.ut_metadata, payload: octetsOfKey(text) })[0]).toMatch(
      /^close 1: it broke BEP/,
    );
  });
});

describe('ut_pex (BEP 11)', () => {
  const pexTo = (id: number) => step({ kind: 'tick' }).filter((line) => line.startsWith(`${id} pex`));

  test('tells each neighbour of the others, once a minute, and only what has changed', () => {
    for (const id of [1, 2, 3]) connect(id);
    agree(1);
    expect(pexTo(1)).toEqual([`1 pex +${addressOf(2)},${addressOf(3)} -`]);
    expect(pexTo(1)).toEqual([]);
    connect(4);
    step({ kind: 'closed', neighbour: 2 });
    now += 59_999;
    expect(pexTo(1)).toEqual([]);
    now += 1;
    expect(pexTo(1)).toEqual([`1 pex +${addressOf(4)} -${addressOf(2)}`]);
    now += 60_000;
    expect(pexTo(1)).toEqual([]);
  });

  test('is not sent to those who do not take it', () => {
    for (const id of [1, 2]) connect(id);
    agree(1, { ids: new Map([['ut_metadata', 7]]) });
    expect(step({ kind: 'tick' })).toEqual([]);
  });

  test('who comes back between two messages was never away', () => {
    for (const id of [1, 2]) connect(id);
    agree(1);
    expect(pexTo(1)).toHaveLength(1);
    step({ kind: 'closed', neighbour: 2 });
    connect(2);
    now += 60_000;
    expect(pexTo(1)).toEqual([]);
  });

  test('of one who has dialled us is told where it listens, if that is known', () => {
    connect(1);
    connect(2, { isDialled: false });
    agree(1);
    expect(pexTo(1)).toEqual([]);
    agree(2, { listenPort: 7000 });
    expect(pexTo(1)).toEqual([`1 pex +${addressOf(2)} -`]);
  });

  test('has fifty added and fifty dropped at most, never the same twice', () => {
    setUp([], { neighboursMax: 200 });
    for (let id = 1; id <= 71; id++) connect(id);
    agree(1);
    const sent: PexMessage[] = [];
    for (let minute = 0; minute < 4; minute++) {
      if (minute === 2) for (let id = 2; id <= 71; id++) step({ kind: 'closed', neighbour: id });
      for (const output of swarm.step({ kind: 'tick' }, now)) {
        if (output.kind === 'send' && output.message.kind === 'extended') sent.push(decodePex(output.message.payload));
      }
      now += 60_000;
      hear(1, { kind: 'keep-alive' });
    }
    expect(sent.map(({ added, dropped }) => [added.length, dropped.length])).toEqual([
      [50, 0],
      [20, 0],
      [0, 50],
      [0, 20],
    ]);
    expect(new Set(sent.flatMap(({ added }) => added.map(formatEndpoint))).size).toBe(70);
    expect(new Set(sent.flatMap(({ dropped }) => dropped.map(formatEndpoint))).size).toBe(70);
  });

  test('what a neighbour tells is passed on to those who dial', () => {
    connect(1);
    expect(tell(1, [8, 9], [7])).toEqual([`learnt ${addressOf(8)}:6881 ${addressOf(9)}:6881`]);
    expect(tell(1, [], [7])).toEqual([]);
  });

  test('a fourth message within a minute ends the connection', () => {
    connect(1);
    for (let nth = 0; nth < 3; nth++) tell(1, [8]);
    now += 59_000;
    expect(tell(1, [8])).toEqual(['close 1: it sends ut_pex more often than once a minute (BEP 11)']);
    connect(2);
    for (let nth = 0; nth < 10; nth++) {
      expect(tell(2, [8])).toHaveLength(1);
      now += 20_000;
    }
  });

  test('a list that is no list ends the connection', () => {
    connect(1);
    const payload = octetsOfKey('d5:added5:abcdee');
    expect(hear(1, { kind: 'extended', id: OURS.ut_pex, payload })[0]).toMatch(/^close 1: it broke BEP 23/);
  });

  test('there is none in a private torrent: it is not offered, not sent, and not heard (BEP 27)', () => {
    setUp([], { torrent: { ...TEST_TORRENT.torrent, isPrivate: true } });
    expect(connect(1)).toEqual(['1 have none', '1 takes ut_metadata']);
    connect(2);
    agree(1);
    expect(step({ kind: 'tick' })).toEqual([]);
    expect(tell(1, [8])).toEqual([]);
  });
});

describe('a connection on which the metadata came', () => {
  const earlier = (heard: readonly PeerMessage[]): Earlier => ({
    hasOpened: true,
    extensions: {
      ids: new Map([['ut_pex', 8]]),
      listenPort: 7000,
      client: 'One',
      requestQueueMax: 9,
      metadataSize: 3,
      isUploadOnly: false,
    },
    heard,
  });

  test('goes on with what was said and agreed on', () => {
    const bits = setOf([1, 2]).encode();
    const said = connect(1, { earlier: earlier([{ kind: 'bitfield', bits }, { kind: 'unchoke' }]) });
    expect(said.slice(0, 2)).toEqual(['1 takes ut_metadata ut_pex', '1 interested']);
    expect(said.slice(2)).toEqual(Array(4).fill('1 request'));
    expect(swarm.neighbours.get(1)?.extensions).toMatchObject({ client: 'One', listenPort: 7000 });
  });

  test('tells one by one what was found on the disk: the opening was have none', () => {
    setUp([3, 4]);
    expect(connect(1, { earlier: earlier([]) }).slice(0, 2)).toEqual(['1 have 3', '1 have 4']);
  });

  test('ends when what was said does not fit the torrent', () => {
    const said = connect(1, { earlier: earlier([{ kind: 'have', index: 10 }, { kind: 'unchoke' }]) });
    expect(said.at(-1)).toBe('close 1: it broke BEP 3: there is no piece 10');
    expect(swarm.neighbours.size).toBe(0);
    connect(2, { earlier: earlier([{ kind: 'bitfield', bits: new Uint8Array(3) }]) });
    expect(swarm.neighbours.size).toBe(0);
  });
});

describe('a flood', () => {
  test.each<[string, PeerMessage[], number]>([
    ['of chokes', [{ kind: 'choke' }, { kind: 'unchoke' }], 100],
    ['of a have that tells nothing new', [{ kind: 'have', index: 1 }], 1_001],
    ['of extension handshakes', [{ kind: 'extended', id: 0, payload: octetsOfKey('de') }], 400],
    ['of suggestions', [{ kind: 'suggest', index: 1 }], 1_000],
  ])('%s ends the connection, and as many as peers send do not', (_, messages, allowed) => {
    connect(2);
    for (let nth = 0; nth < allowed; nth++) hear(2, messages[nth % messages.length] as PeerMessage);
    expect(swarm.neighbours.has(2)).toBe(true);
    const said = Array.from({ length: 2 * messages.length }, (_, nth) =>
      hear(2, messages[(allowed + nth) % messages.length] as PeerMessage),
    ).flat();
    expect(said.some((line) => line.startsWith('close 2: it floods us'))).toBe(true);
  });

  test('is not what a choker does in an hour', () => {
    connect(1);
    hear(1, { kind: 'have all' });
    for (let tick = 0; tick < 360; tick++) {
      hear(1, { kind: tick % 2 === 0 ? 'unchoke' : 'choke' });
      now += 10_000;
    }
    expect(swarm.neighbours.has(1)).toBe(true);
  });
});
