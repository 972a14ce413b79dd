import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeMetainfo } from '#shared/bittorrent/metainfo-encoding.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { madeFile } from '../../src/store/made-file.ts';
import { isDone, LECTURE_OCTETS, LECTURE_SHA256, type Member, until, World } from './world.ts';

const PIECE_OCTETS = 256 * 1024;
const WEB_PORT = 8081;
const OCTETS = madeFile({ name: 'lecture.bin', length: LECTURE_OCTETS });
const ONE = [{ path: ['lecture.bin'], length: LECTURE_OCTETS }];
/** The same octets as two files whose border lies within a piece and within a block. */
const TWO = [
  { path: ['album', 'one.bin'], length: 1_000_001 },
  { path: ['album', 'disc 2', 'two.bin'], length: LECTURE_OCTETS - 1_000_001 },
];

type Answer = (request: IncomingMessage, response: ServerResponse, octets: Uint8Array, first: number) => void;

let world: World;
let web: Server;
let asked: string[];

beforeEach(() => {
  world = new World();
  asked = [];
});

afterEach(async () => {
  await world.stop();
  web.closeAllConnections();
  await new Promise<void>((resolve) => web.close(() => resolve()));
});

/** A torrent of `files` whose web seeds are `urls`; its tracker is that of the lab. */
function torrentOf(files: typeof ONE, urls: string[]): Uint8Array {
  const hashes = Array.from({ length: LECTURE_OCTETS / PIECE_OCTETS }, (_, index) =>
    hash('sha1', OCTETS.subarray(index * PIECE_OCTETS, (index + 1) * PIECE_OCTETS), 'buffer'),
  );
  return encodeMetainfo({
    trackers: [['http://tracker.topdown.org:6969/announce']],
    webSeeds: urls,
    name: files[0]?.path[0] ?? '',
    files,
    pieceLength: PIECE_OCTETS,
    pieceHashes: Buffer.concat(hashes),
    isPrivate: false,
    comment: null,
  });
}

/** A web server with the files; `answer` gives the octets of a range, which begin at `first` of the file. */
async function startWebSeed(answer: Answer = giveRange): Promise<void> {
  world.names['files.someschool.edu'] = [`${TEST_NET}.10.2`];
  web = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.range}`);
    const [, first = 0, last = 0] = (/^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []).map(Number);
    const two = decodeURIComponent(request.url ?? '').endsWith('two.bin') ? 1_000_001 : 0;
    answer(request, response, OCTETS.subarray(two + first, two + last + 1), first);
  });
  await new Promise<void>((resolve) => web.listen(WEB_PORT, `${TEST_NET}.10.2`, resolve));
}

function giveRange(_: IncomingMessage, response: ServerResponse, octets: Uint8Array, first: number): void {
  response.writeHead(206, { 'Content-Range': `bytes ${first}-${first + octets.length - 1}/*` }).end(octets);
}

const BASE = `http://files.someschool.edu:${WEB_PORT}`;

/** A peer of a torrent whose web seed is `url`. */
async function startPeer(files: typeof ONE, url: string): Promise<Member> {
  await Promise.all([world.startTracker(), world.startWeb(torrentOf(files, [url]))]);
  return world.startPeer('peer-1', '31.1');
}

function webSeedOf(member: Member): { state: string; because: string | null; downloaded: number } | undefined {
  return (member.state() as unknown as { webSeeds: ReturnType<typeof webSeedOf>[] }).webSeeds?.[0];
}

describe('a web seed (BEP 19)', () => {
  test('is enough, without any other peer', async () => {
    await startWebSeed();
    const member = await startPeer(ONE, `${BASE}/pub/lecture.bin`);
    await until(() => isDone(member), 'the file is there');
    expect(member.state().sha256).toBe(LECTURE_SHA256);
    expect(webSeedOf(member)).toMatchObject({ state: 'ready', downloaded: LECTURE_OCTETS });
    expect(asked).toHaveLength(16);
    expect(new Set(asked.map((line) => line.split(' ')[0]))).toEqual(new Set(['/pub/lecture.bin']));
    const seen = member.host.reported.filter(({ kind }) => kind === 'http.request').map(({ because }) => because);
    expect(seen).toContain('the rarest that it has: 0 copies among the neighbours');
  });

  test('gives several files, also where a block lies in two', async () => {
    await startWebSeed();
    const member = await startPeer(TWO, `${BASE}/pub/`);
    await until(() => isDone(member), 'the files are there');
    expect(member.state().sha256).toBe(LECTURE_SHA256);
    const border = asked.filter((line) => line.startsWith('/pub/album/one.bin') && line.endsWith('-1000000'));
    expect(border).toHaveLength(1);
    expect(asked.some((line) => line.startsWith('/pub/album/disc%202/two.bin bytes=0-'))).toBe(true);
  });

  test.each<[string, Answer, RegExp]>([
    ['answers a range with the whole file', (_, response) => void response.writeHead(200).end(OCTETS), /no ranges/],
    [
      'gives wrong octets',
      (request, response, octets, first) => giveRange(request, response, new Uint8Array(octets.length), first),
      /its hash is wrong/,
    ],
    [
      'gives another range',
      (request, response, octets, first) => giveRange(request, response, octets, first + 1),
      /another range/,
    ],
    ['does not have the file', (_, response) => void response.writeHead(404).end(), /404/],
    [
      'sends us to where there is no http',
      (_, response) => void response.writeHead(302, { Location: 'https://elsewhere.example/' }).end(),
      /none of http/,
    ],
    [
      'sends us in a circle',
      (request, response) => void response.writeHead(302, { Location: request.url ?? '/' }).end(),
      /redirects more than 3 times/,
    ],
  ])('that %s is dropped, and the peers give the file', async (_, answer, because) => {
    await startWebSeed(answer);
    const member = await startPeer(ONE, `${BASE}/lecture.bin`);
    await until(() => webSeedOf(member)?.state === 'dropped', 'the web seed is dropped');
    expect(webSeedOf(member)?.because).toMatch(because);
    expect(member.state().pieces.have).toBe(0);
    await world.startSeed();
    await member.running.actions?.announce?.run({});
    await until(() => isDone(member), 'the file is there');
    expect(member.state().sha256).toBe(LECTURE_SHA256);
    expect(member.host.reported.filter(({ kind }) => kind === 'bittorrent.web-seed')).toHaveLength(1);
  });

  test('outside of the lab is never asked', async () => {
    await startWebSeed();
    world.names['files.someschool.edu'] = ['203.0.113.1'];
    const member = await startPeer(ONE, `${BASE}/lecture.bin`);
    await until(() => webSeedOf(member)?.state === 'dropped', 'the web seed is dropped');
    expect(webSeedOf(member)?.because).toBe('it is outside of the lab');
  });

  test('that is busy is asked again when it says', async () => {
    let isBusy = true;
    await startWebSeed((request, response, octets, first) => {
      if (isBusy) response.writeHead(503, { 'Retry-After': '1' }).end();
      else giveRange(request, response, octets, first);
      isBusy = false;
    });
    const member = await startPeer(ONE, `${BASE}/lecture.bin`);
    await until(() => webSeedOf(member)?.state === 'put off', 'the web seed is put off');
    expect(asked).toHaveLength(1);
    await until(() => isDone(member), 'the file is there');
  });

  test('that breaks off in the middle is asked again for what is missing', async () => {
    let breaks = 1;
    await startWebSeed((request, response, octets, first) => {
      if (breaks-- <= 0) return giveRange(request, response, octets, first);
      response.writeHead(206, { 'Content-Range': `bytes ${first}-${first + octets.length - 1}/*` });
      response.write(octets.subarray(0, 100_000), () => response.destroy());
    });
    const member = await startPeer(ONE, `${BASE}/lecture.bin`);
    await until(() => isDone(member), 'the file is there');
    expect(member.state().sha256).toBe(LECTURE_SHA256);
    const octets = asked.reduce((sum, line) => {
      const [, first = 0, last = 0] = (/bytes=(\d+)-(\d+)/.exec(line) ?? []).map(Number);
      return sum + last - first + 1;
    }, 0);
    // Six whole blocks had come of the first range: they are not asked for again.
    expect(octets).toBe(LECTURE_OCTETS + PIECE_OCTETS - 6 * 16 * 1024);
  });
});
