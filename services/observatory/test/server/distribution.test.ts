import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CurvePoint } from '#shared/bittorrent/distribution-time.ts';
import { ObservedLab } from './observed-lab.ts';

let lab: ObservedLab;

beforeAll(async () => {
  lab = await ObservedLab.start();
});

afterAll(() => lab.stop());

interface Curves {
  readonly points: readonly CurvePoint[];
  readonly ceiling: number | null;
}

const curves = async (query: Readonly<Record<string, string | number>>): Promise<Curves> =>
  (
    await lab.get(
      `/api/distribution-time?${new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)]))}`,
    )
  ).json as Curves;

test('P2P-05, P2P-06 the exercise of the textbook has the times that it has there', async () => {
  const { points, ceiling } = await curves({
    ...{ fileSize: 20e9, serverUpload: 30e6, upload: 0.7e6, download: 2e6, counts: '10,100,1000' },
  });
  expect(points.map(({ clientServer }) => Math.round(clientServer.seconds))).toEqual([10_000, 66_667, 666_667]);
  expect(points.map(({ p2p }) => Math.round(p2p.seconds))).toEqual([10_000, 20_000, 27_397]);
  expect(points[1]?.p2p.bottleneck).toBe('all uploads together');
  expect(Math.round(ceiling ?? 0)).toBe(28_571);
});

test('P2P-08 in the figure P2P stays below an hour while client-server needs 3.5 h for 35 peers', async () => {
  const { points, ceiling } = await curves({ fileSize: 3_600, serverUpload: 10, upload: 1, counts: '1,35,100000' });
  expect(points[1]?.clientServer.seconds).toBe(3.5 * 3_600);
  expect(Math.max(...points.map(({ p2p }) => p2p.seconds))).toBeLessThan(3_600);
  expect(ceiling).toBe(3_600);
});

test('P2P-07, ERR-16 for one peer both times are equal, and P2P is never longer', async () => {
  const { points } = await curves({
    ...{ fileSize: 100, serverUpload: 7, upload: 3, counts: Array.from({ length: 100 }, (_, at) => at + 1).join() },
  });
  expect(points[0]?.p2p.seconds).toBe(points[0]?.clientServer.seconds);
  for (const { p2p, clientServer } of points) expect(p2p.seconds).toBeLessThanOrEqual(clientServer.seconds);
});

test('peers without a limit leave the first copy as the only bound, and peers that upload nothing have no ceiling', async () => {
  const free = await curves({ fileSize: 100, serverUpload: 10, counts: 50 });
  expect([free.points[0]?.p2p.bottleneck, free.ceiling]).toEqual(['the first copy', 10]);
  expect((await curves({ fileSize: 100, serverUpload: 10, upload: 0, counts: 50 })).ceiling).toBeNull();
});

test.each([
  ['', 'give ?fileSize='],
  ['fileSize=0&serverUpload=1&upload=1&counts=1', 'Give a file of more than nothing'],
  ['fileSize=x&serverUpload=1&upload=1&counts=1', 'Give a file of more than nothing'],
  ['fileSize=1&serverUpload=1&upload=1&counts=1.5', 'Give a whole number of peers'],
  ['fileSize=1&serverUpload=1&upload=1&counts=1e9', 'at most 1000000'],
  [`fileSize=1&serverUpload=1&upload=1&counts=${'1,'.repeat(500)}`, 'at most 400'],
])('%.60s is answered with a sentence', async (query, sentence) => {
  const answer = await lab.get(`/api/distribution-time?${query}`);
  expect(answer.status).toBe(400);
  expect((answer.json as { error: string }).error).toContain(sentence);
});
