import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeBencode } from '#shared/bittorrent/bencode.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import type { Member } from '../scenarios/world.ts';
import { until } from '../scenarios/world.ts';
import { someTorrent } from '../store/some-torrent.ts';
import { announceAnswer, HostileWorld, PEER_PORT, TRACKER_ADDRESS, TRACKER_PORT } from './hostile-world.ts';

let world: HostileWorld;

beforeEach(async () => {
  world = new HostileWorld();
  await world.startWeb();
});

afterEach(() => world.stop());

/** Why addresses that were told are not dialled. */
const refusals = (member: Member) =>
  member.host.reported.filter(({ kind }) => kind === 'bittorrent.refused-address').map(({ because }) => because);

test.each([
  ['octal to some programs', `${TEST_NET}.066.1`],
  ['of five parts', `${TEST_NET}.66.1.1`],
  ['with a number that no octet holds', `${TEST_NET}.66.256`],
  ['a name', 'www.someschool.edu'],
  ['empty', ''],
])('an address that is %s is refused, and the peer goes on', async (_, ip) => {
  const peers = [
    new Map<string, string | number>([
      ['ip', ip],
      ['port', PEER_PORT],
    ]),
  ];
  await world.startHostileTracker(() =>
    encodeBencode(
      new Map<string, never>([
        ['interval', 30],
        ['peers', peers],
      ] as never),
    ),
  );
  const member = await world.startPeer('peer-1', '31.1');
  await until(() => refusals(member).length === 1, 'the address is refused');
  expect(refusals(member)).toEqual(['it is no address of a host']);
  expect(member.state()).toMatchObject({ phase: 'sharing', tracker: { last: { peers: 1 } } });
});

/** Why the tracker has not helped. */
const troubles = (member: Member) =>
  (member.state().tracker as unknown as { trackers: { trouble: string | null }[] } | null)?.trackers.map(
    ({ trouble }) => trouble,
  );

describe('a torrent does not make us speak to machines outside of the lab', () => {
  test.each([
    ['over HTTP', 'http://192.0.2.1:6969/announce'],
    ['over UDP', 'udp://192.0.2.1:6969'],
  ])('whose tracker is there, %s', async (_, url) => {
    const { octets } = someTorrent('notes.txt', { '': 5_000 }, { trackers: [[url]] });
    const member = await world.startPeer('peer-1', '31.1', { TORRENT_URL: '' });
    await member.running.actions?.add?.run({ torrentFile: Buffer.from(octets).toString('base64') });
    await until(() => troubles(member)?.[0] != null, 'the tracker is refused');
    expect(troubles(member)).toEqual(['192.0.2.1:6969 is outside of the lab']);
  });

  test('whose tracker sends us there', async () => {
    world.names['tracker.topdown.org'] = [TRACKER_ADDRESS];
    await world.startWebServer(TRACKER_ADDRESS, TRACKER_PORT, (_, response) => {
      response.writeHead(302, { Location: 'http://169.254.169.254/latest/meta-data' }).end();
    });
    const member = await world.startPeer('peer-1', '31.1');
    await until(() => troubles(member)?.[0] != null, 'the tracker is refused');
    expect(troubles(member)).toEqual(['169.254.169.254 is outside of the lab']);
  });
});

describe('an answer that is a bomb is refused', () => {
  test.each<[string, RequestListener, string]>([
    ['of bencode', (_, response) => response.end(`d5:peersl${'de'.repeat(500_000)}ee`), 'more than 100000 values'],
    [
      'of gzip',
      (_, response) =>
        response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(new Uint8Array(50_000_000))),
      'in the encoding "gzip", which was not asked for',
    ],
    ['of lists', (_, response) => response.end('l'.repeat(1_000_000)), 'values inside one another'],
    ['of a string', (_, response) => response.end('9999999999:x'), 'the string goes beyond the end'],
    [
      'without end',
      (_, response) => void setInterval(() => response.write('x'.repeat(65_536)), 1),
      'more than 1048576 octets',
    ],
  ])('%s', async (_, answer, trouble) => {
    world.names['tracker.topdown.org'] = [TRACKER_ADDRESS];
    const timers: NodeJS.Timeout[] = [];
    await world.startWebServer(TRACKER_ADDRESS, TRACKER_PORT, (request, response) => {
      response.on('error', () => {});
      const timer = answer(request, response) as unknown;
      if (timer instanceof Object) timers.push(timer as NodeJS.Timeout);
    });
    const member = await world.startPeer('peer-1', '31.1');
    await until(() => troubles(member)?.[0] != null, 'the answer is refused');
    for (const timer of timers) clearInterval(timer);
    expect(troubles(member)?.[0]).toContain(trouble);
  });
});

test('a hundred and seventy thousand peers in one answer: a thousand are read, and four ports of an address kept', async () => {
  const peers = Array.from({ length: 170_000 }, (_, nth) => ({
    address: `${TEST_NET}.${100 + (nth >> 15)}.${1 + ((nth >> 7) & 0x7f)}`,
    port: 1 + (nth & 0x7f),
  }));
  const answer = announceAnswer(peers);
  await world.startHostileTracker(() => answer);
  const member = await world.startPeer('peer-1', '31.1');
  await until(() => (member.state().addressesKnown ?? 0) > 0, 'the answer has come');
  // Four ports of each of eight addresses, which are those of the first thousand peers.
  expect(member.state().addressesKnown).toBeLessThanOrEqual(32);
  const many = () => refusals(member).filter((because) => because === '4 ports of it are known already').length;
  await until(() => many() >= 1_000 - 32, 'the others are refused');
  expect(many()).toBe(1_000 - 32);
});

test('the own address, a hundred times, is refused a hundred times and never dialled', async () => {
  const own = { address: `${TEST_NET}.31.1`, port: PEER_PORT };
  await world.startHostileTracker(() => announceAnswer(Array.from({ length: 100 }, () => own)));
  const member = await world.startPeer('peer-1', '31.1');
  await until(() => refusals(member).length === 100, 'all are refused');
  expect(new Set(refusals(member))).toEqual(new Set(['it is this peer itself']));
  expect(member.host.reported.some(({ kind }) => kind === 'bittorrent.handshake')).toBe(false);
});
