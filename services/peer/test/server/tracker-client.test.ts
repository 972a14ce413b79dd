import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { encodeAnnounceFailure, encodeAnnounceSuccess } from '#shared/bittorrent/announce-response.ts';
import { encodeBencode, octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { decodeUdpAnnounce, decodeUdpHead, UDP_ACTION } from '#shared/bittorrent/udp-tracker-request.ts';
import { encodeUdpResponse, type UdpTrackerResponse } from '#shared/bittorrent/udp-tracker-response.ts';
import { holdUp } from '#shared/host/test/kit/hold-up.ts';
import { createTestHost, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import type { Endpoint } from '#shared/report.ts';
import { TrackerClient, type TrackersState } from '../../src/server/tracker-client.ts';

const PORT = 6969;
const PEERS = [{ address: '10.53.31.9', port: 6881 }];

let host: TestHost;
let client: TrackerClient | null;
let learnt: Endpoint[];
let isLonely: boolean;
let isPrivate: boolean;
let isPartialSeed: boolean;
/** Why all neighbours had to go. */
let switched: string[];
/** What is closed at the end. */
let closing: (() => void)[];

beforeEach(() => {
  // The lab's clock stands still, but where a test moves it: what is due in a second is not asked meanwhile.
  vi.useFakeTimers({ toFake: ['Date'] });
  learnt = [];
  isLonely = false;
  isPrivate = false;
  isPartialSeed = false;
  switched = [];
  closing = [];
  client = null;
  host = createTestHost({ name: 'peer', suffix: '62.1', names: { 'tracker.topdown.org': [`${TEST_NET}.62.2`] } });
});

afterEach(async () => {
  await client?.stop();
  for (const close of closing) close();
  await host.remove();
  vi.useRealTimers();
});

function announceTo(...trackers: string[][]): void {
  client = new TrackerClient({
    host,
    trackers,
    identity: {
      infoHash: new Uint8Array(20),
      peerId: octetsOfKey('-TD0100-abcdefghijkl'),
      port: 6881,
      key: 'cafe0001',
    },
    progress: () => ({ uploaded: 1, downloaded: 2, left: 3, isPartialSeed }),
    isLonely: () => isLonely,
    isPrivate: () => isPrivate,
    switched: (because) => {
      switched.push(because);
      learnt.length = 0;
    },
    learn: (peers) => learnt.push(...peers),
  });
}

interface Snapshot extends Omit<TrackersState, 'last'> {
  readonly last: { readonly trouble?: string; readonly event: string | null; readonly peers?: number } | null;
}

const snapshot = () => client?.snapshot() as Snapshot;
const troubleSoon = () => expect.poll(() => snapshot().last?.trouble, { interval: 5 });
const stateSoon = () => expect.poll(() => snapshot().state, { interval: 5 });

/** A tracker over UDP that answers as `respond` says; null is silence. Returns what it has heard. */
async function udpTracker(
  suffix: string,
  respond: (action: number, transactionId: number) => UdpTrackerResponse | Uint8Array | null = wellBehaved,
): Promise<string[]> {
  const heard: string[] = [];
  const socket: Socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(PORT, `${TEST_NET}.${suffix}`, resolve));
  closing.push(() => socket.close());
  socket.on('message', (datagram, { address, port }) => {
    const { action, transactionId } = decodeUdpHead(datagram);
    const announce = action === UDP_ACTION.announce ? decodeUdpAnnounce(datagram) : null;
    heard.push(announce === null ? 'connect' : `${announce.request.event ?? 'regular'} ${announce.urlData}`);
    const answer = respond(action, transactionId);
    if (answer !== null)
      socket.send(answer instanceof Uint8Array ? answer : encodeUdpResponse(answer, 'IPv4'), port, address);
  });
  return heard;
}

function wellBehaved(action: number, transactionId: number): UdpTrackerResponse {
  return action === UDP_ACTION.connect
    ? { kind: 'connect', transactionId, connectionId: 42n }
    : { kind: 'announce', transactionId, intervalS: 30, leechers: 1, seeders: 1, peers: PEERS };
}

/** A tracker over HTTP. Returns the events that it has heard. */
async function httpTracker(suffix: string, body: () => Uint8Array = answerOf30s): Promise<string[]> {
  const heard: string[] = [];
  const server: Server = createServer((request, response) => {
    heard.push(/event=(\w+)/.exec(request.url ?? '')?.[1] ?? 'regular');
    response.end(body());
  });
  await new Promise<void>((resolve) => server.listen(PORT, `${TEST_NET}.${suffix}`, resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return heard;
}

function answerOf30s(): Uint8Array {
  const told = { kind: 'success', intervalS: 30, minIntervalS: 5, complete: 1, incomplete: 1 } as const;
  return encodeAnnounceSuccess(
    { ...told, warning: null, externalAddress: null, peers: PEERS },
    { compact: true, noPeerId: false },
  );
}

test('over UDP a peer connects, announces, and comes back after the interval', async () => {
  const heard = await udpTracker('62.2');
  announceTo([`udp://tracker.topdown.org:${PORT}/announce?pass=word`]);
  await stateSoon().toBe('waiting');
  expect(learnt).toEqual(PEERS);
  expect(heard).toEqual(['connect', 'started /announce?pass=word']);
  expect(snapshot()).toMatchObject({ announces: 1, last: { peers: 1 }, trackers: [{ knowsUs: true, trouble: null }] });
  host.clock.advance(30_000);
  await expect.poll(() => heard.at(-1)).toBe('regular /announce?pass=word');
  client?.completed();
  await expect.poll(() => heard.at(-1)).toBe('completed /announce?pass=word');
  await stateSoon().toBe('waiting');
  await client?.stop();
  expect(heard.at(-1)).toBe('stopped /announce?pass=word');
});

test('its messages are reported in one exchange, which is that of its socket and transaction', async () => {
  await udpTracker('62.2');
  announceTo([`udp://tracker.topdown.org:${PORT}`]);
  await stateSoon().toBe('waiting');
  await expect.poll(() => host.reported.length).toBe(4);
  const kinds = host.reported.map(({ kind }) => kind);
  expect(kinds).toEqual(['tracker.connect', 'tracker.response', 'tracker.announce', 'tracker.response']);
  const [exchange] = new Set(host.reported.map((report) => report.exchange));
  expect(exchange).toMatch(/^udp-7f[0-9a-f]{10}\.[0-9a-f]{8}$/);
  expect(new Set(host.reported.map((report) => report.exchange)).size).toBe(1);
});

test('a datagram that is lost is sent again after 15 s of lab time', async () => {
  let lost = 2;
  const heard = await udpTracker('62.2', (action, id) => (lost-- > 0 ? null : wellBehaved(action, id)));
  announceTo([`udp://tracker.topdown.org:${PORT}`]);
  await expect.poll(() => heard.length).toBe(1);
  host.clock.advance(15_000);
  await expect.poll(() => heard.length).toBe(2);
  host.clock.advance(30_000);
  await stateSoon().toBe('waiting');
  expect(heard).toEqual(['connect', 'connect', 'connect', 'started ']);
});

test('a port where nobody listens is known at once', async () => {
  announceTo([`udp://tracker.topdown.org:${PORT}`]);
  await troubleSoon().toContain('ECONNREFUSED');
  const heard = await udpTracker('62.2');
  await stateSoon().toBe('waiting');
  host.clock.advance(60_000);
  await expect.poll(() => heard).toContain('started ');
});

test('one after the other is asked until one answers (BEP 12), and each hears of us first that we have started', async () => {
  const [silent, refusing] = [
    await udpTracker('62.3', () => null),
    await httpTracker('62.4', () => encodeAnnounceFailure('no')),
  ];
  const heard = await httpTracker('62.5');
  const [a, b, c] = [
    `udp://${TEST_NET}.62.3:${PORT}`,
    `http://${TEST_NET}.62.4:${PORT}/announce`,
    `http://${TEST_NET}.62.5:${PORT}/announce`,
  ];
  announceTo([a], [b], [c]);
  await expect.poll(() => silent).toEqual(['connect']);
  host.clock.advance(15_000);
  await stateSoon().toBe('waiting');
  expect([refusing, heard]).toEqual([['started'], ['started']]);
  expect(snapshot().trackers).toMatchObject([
    { url: a, failures: 1, trouble: expect.stringContaining('no answer to 1 datagrams'), knowsUs: false },
    { url: b, failures: 1, trouble: 'The tracker refuses: no', knowsUs: false },
    { url: c, failures: 0, trouble: null, knowsUs: true },
  ]);
  // Only who knows us is told that we go.
  await client?.stop();
  expect([silent, refusing, heard]).toEqual([['connect'], ['started'], ['started', 'stopped']]);
});

/** Two trackers in turn, of which the first has answered, and may be down from then on; what each hears. */
async function announceToTwo() {
  const trackers = ['62.3', '62.4'].map((suffix) => `http://${TEST_NET}.${suffix}:${PORT}/announce`);
  let isUp = true;
  const first = await httpTracker('62.3', () => (isUp ? answerOf30s() : encodeAnnounceFailure('down')));
  const second = await httpTracker('62.4');
  announceTo(...trackers.map((tracker) => [tracker]));
  await stateSoon().toBe('waiting');
  const setUp = (up: boolean) => {
    isUp = up;
  };
  return { first, second, setUp };
}

test.each([
  ['private', 'stays with the second tracker, of which it begins anew', true, 1],
  ['public', 'goes back to the first tracker', false, 0],
])('a %s torrent %s when the first is back', async (_, __, flag, switches) => {
  isPrivate = flag;
  const { first, second, setUp } = await announceToTwo();
  setUp(false);
  client?.announceNow();
  await expect.poll(() => second).toEqual(['started']);
  await stateSoon().toBe('waiting');
  expect(switched).toHaveLength(switches);
  // Whom the new one tells is dialled after the others were closed.
  expect(learnt).toEqual(flag ? PEERS : [...PEERS, ...PEERS]);
  setUp(true);
  host.clock.advance(60_000);
  await expect.poll(() => (flag ? second : first).at(-1)).toBe('regular');
  await stateSoon().toBe('waiting');
  await client?.stop();
  expect({ first, second }).toEqual(
    flag
      ? { first: ['started', 'regular'], second: ['started', 'regular', 'stopped'] }
      : { first: ['started', 'regular', 'regular', 'stopped'], second: ['started', 'stopped'] },
  );
  expect(switched).toHaveLength(switches);
});

test.each([
  ['several have answered', true, 1],
  ['one alone has answered', false, 0],
])('a magnet link that turns out to be private, of which %s', async (_, fails, switches) => {
  const { first, second, setUp } = await announceToTwo();
  if (fails) {
    setUp(false);
    client?.announceNow();
    await expect.poll(() => second).toEqual(['started']);
    await stateSoon().toBe('waiting');
    // As long as it is not known to be private, peers of both are known.
    expect(learnt).toEqual([...PEERS, ...PEERS]);
  }
  isPrivate = true;
  client?.turnedPrivate();
  expect(switched).toHaveLength(switches);
  await expect.poll(() => learnt).toEqual(PEERS);
  await stateSoon().toBe('waiting');
  await client?.stop();
  expect({ first, second }).toEqual(
    fails
      ? { first: ['started', 'regular'], second: ['started', 'regular', 'stopped'] }
      : { first: ['started', 'stopped'], second: [] },
  );
});

test('a partial seed says so in every announce but the last one (BEP 21)', async () => {
  isPartialSeed = true;
  const heard = await httpTracker('62.3');
  const overUdp = await udpTracker('62.2');
  announceTo([`http://${TEST_NET}.62.3:${PORT}/announce`]);
  await stateSoon().toBe('waiting');
  client?.announceNow();
  await expect.poll(() => heard).toEqual(['paused', 'paused']);
  await stateSoon().toBe('waiting');
  // It wants something again.
  isPartialSeed = false;
  client?.announceNow();
  await expect.poll(() => heard.at(-1)).toBe('regular');
  await stateSoon().toBe('waiting');
  isPartialSeed = true;
  await client?.stop();
  expect(heard).toEqual(['paused', 'paused', 'regular', 'stopped']);
  announceTo([`udp://tracker.topdown.org:${PORT}`]);
  await expect.poll(() => overUdp.at(-1)).toBe('paused ');
});

test('trackers that cannot be asked are told, and nothing is asked', async () => {
  announceTo(['wss://tracker.topdown.org', 'udp://tracker.topdown.org']);
  expect(snapshot()).toMatchObject({
    announces: 0,
    trackers: [],
    refused: [{ because: 'trackers over wss are not spoken to' }, { because: 'it has no port' }],
  });
  client?.completed();
  client?.announceNow();
  expect(snapshot().announces).toBe(0);
});

test('a peer that knows nobody, and is told of itself only, asks again soon', async () => {
  await udpTracker('62.2', (action, id) => {
    const answer = wellBehaved(action, id);
    const self = { address: host.address, port: 6881 };
    return answer.kind === 'announce' ? { ...answer, intervalS: 1800, peers: [self] } : answer;
  });
  announceTo([`udp://tracker.topdown.org:${PORT}`]);
  await stateSoon().toBe('waiting');
  expect(snapshot().dueInMs).toBeGreaterThan(60_000);
  await client?.stop();
  isLonely = true;
  announceTo([`udp://tracker.topdown.org:${PORT}`]);
  await stateSoon().toBe('waiting');
  expect(snapshot().dueInMs).toBeLessThanOrEqual(2_000);
});

describe('a hostile tracker', () => {
  test('that names itself as a peer is not passed on', async () => {
    const self = { address: `${TEST_NET}.62.2`, port: PORT };
    await udpTracker('62.2', (action, transactionId) => {
      const answer = wellBehaved(action, transactionId);
      return answer.kind === 'announce' ? { ...answer, peers: [self, ...PEERS] } : answer;
    });
    announceTo([`udp://tracker.topdown.org:${PORT}`]);
    await stateSoon().toBe('waiting');
    expect(learnt).toEqual(PEERS);
    await expect
      .poll(() => host.reported.find(({ kind }) => kind === 'bittorrent.refused-address')?.because)
      .toBe('it is the tracker itself');
  });

  test.each<[string, (transactionId: number) => UdpTrackerResponse | Uint8Array, string]>([
    ['that says no', (transactionId) => ({ kind: 'error', transactionId, message: 'go away' }), 'refuses: go away'],
    [
      'whose answer is cut off',
      (transactionId) => encodeUdpResponse(wellBehaved(1, transactionId), 'IPv4').subarray(0, 12),
      'too short',
    ],
  ])('over UDP %s', async (_, respond, trouble) => {
    await udpTracker('62.2', (action, id) => (action === UDP_ACTION.connect ? wellBehaved(action, id) : respond(id)));
    announceTo([`udp://tracker.topdown.org:${PORT}`]);
    await troubleSoon().toContain(trouble);
    expect(learnt).toEqual([]);
  });

  test('over UDP whose answers belong to other transactions is not believed', async () => {
    let answers = 0;
    const heard = await udpTracker('62.2', (action, id) => wellBehaved(action, answers++ < 2 ? id ^ 1 : id));
    announceTo([`udp://tracker.topdown.org:${PORT}`]);
    await expect.poll(() => heard.length).toBe(1);
    host.clock.advance(15_000);
    await expect.poll(() => heard.length).toBe(2);
    expect(learnt).toEqual([]);
    host.clock.advance(30_000);
    await stateSoon().toBe('waiting');
    expect(learnt).toEqual(PEERS);
  });

  test.each<[string, () => Uint8Array, string]>([
    ['that refuses', () => encodeAnnounceFailure('go away'), 'The tracker refuses: go away'],
    ['that sends no bencode', () => octetsOfKey('<html>'), 'Cannot decode bencode'],
    ['without an interval', () => encodeBencode(new Map([['peers', '']])), 'There is no field "interval"'],
    [
      'with a negative interval',
      () => octetsOfKey('d8:intervali-5e5:peers0:e'),
      'The field "interval" is not an integer of 0 or more',
    ],
    ['with half a peer', () => octetsOfKey('d8:intervali30e5:peers5:abcdee'), 'Compact peers are 6 octets each'],
    ['that sends 2 MiB', () => new Uint8Array(2 * 1024 * 1024), 'more than 1048576 octets'],
  ])('over HTTP %s', async (_, body, trouble) => {
    await httpTracker('62.2', body);
    announceTo([`http://tracker.topdown.org:${PORT}/announce`]);
    await troubleSoon().toContain(trouble);
    expect(learnt).toEqual([]);
    expect(snapshot().state).toMatch(/waiting|asking/);
  });

  test('with an interval of 0 is asked once a second, with one of thousands of years once a day', async () => {
    let interval = '0';
    const heard = await httpTracker('62.2', () => octetsOfKey(`d8:intervali${interval}e5:peers0:e`));
    announceTo([`http://tracker.topdown.org:${PORT}/announce`]);
    await stateSoon().toBe('waiting');
    expect(snapshot().dueInMs).toBeGreaterThan(0);
    expect(snapshot().dueInMs).toBeLessThanOrEqual(1_000);
    interval = '9007199254740991';
    host.clock.advance(1_000);
    await expect.poll(() => heard.length).toBe(2);
    await stateSoon().toBe('waiting');
    expect(snapshot().dueInMs).toBeLessThanOrEqual(86_400_000);
  });
});

test('a tracker that has heard of us, and whose answer is still on its way, is told that we go', async () => {
  let announces = 0;
  const heard = await udpTracker('62.2', (action, id) => {
    return action === UDP_ACTION.announce && announces++ === 0 ? null : wellBehaved(action, id);
  });
  announceTo([`udp://tracker.topdown.org:${PORT}`]);
  await expect.poll(() => heard).toEqual(['connect', 'started ']);
  await client?.stop();
  expect(heard).toEqual(['connect', 'started ', 'connect', 'stopped ']);
});

test.each<[string, (suffix: string) => Promise<string[]>]>([
  ['udp', udpTracker],
  ['http', httpTracker],
])(
  'a tracker over %s is told that we go, though this program is held for longer than that may take',
  async (kind, open) => {
    const heard = await open('62.2');
    announceTo([`${kind}://tracker.topdown.org:${PORT}`]);
    await stateSoon().toBe('waiting');
    const stopped = client?.stop();
    await new Promise((resolve) => setImmediate(resolve));
    holdUp(600);
    await stopped;
    expect(heard.at(-1)).toMatch(/^stopped/);
  },
);

test('a tracker that is silent delays the end by half a second at most', async () => {
  let isSilent = false;
  await udpTracker('62.2', (action, id) => (isSilent ? null : wellBehaved(action, id)));
  announceTo([`udp://tracker.topdown.org:${PORT}`]);
  await stateSoon().toBe('waiting');
  isSilent = true;
  // No answer comes, and the lab's clock stands still: nothing else would end it.
  await client?.stop();
  expect(snapshot().state).toBe('stopped');
});
