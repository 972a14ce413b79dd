import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  boundCurves,
  clientServerBound,
  EXERCISE,
  FIGURE,
  leastTimeInParts,
  ofEqualPeers,
  ofPeers,
  p2pBound,
  p2pCeiling,
} from '../distribution-time.ts';

const UNLIMITED = Number.POSITIVE_INFINITY;
const rate = fc.double({ min: 1, max: 1e9, noNaN: true });
const anyDistribution = fc
  .record({
    fileSize: rate,
    serverUpload: rate,
    peers: fc.array(
      fc.record({
        upload: fc.double({ min: 0, max: 1e9, noNaN: true }),
        download: fc.oneof(rate, fc.constant(UNLIMITED)),
      }),
      { minLength: 1, maxLength: 100 },
    ),
  })
  .map(({ peers, ...server }) => ofPeers(server, peers));

describe("the textbook's exercise: 20 Gbit, a server of 30 Mbit/s, downloads of 2 Mbit/s", () => {
  // N, D_cs, and D_p2p for uploads of 300 kbit/s, 700 kbit/s and 2 Mbit/s, in seconds.
  test.each([
    [10, 10_000, [10_000, 10_000, 10_000]],
    [100, 66_667, [33_333, 20_000, 10_000]],
    [1_000, 666_667, [60_606, 27_397, 10_000]],
  ])('N = %i: D_cs is %i s, D_p2p is %j s', (peers, clientServer, p2p) => {
    const of = (upload: number) => ofEqualPeers({ ...EXERCISE, peers, upload });
    expect(Math.round(clientServerBound(of(0)).seconds)).toBe(clientServer);
    expect(EXERCISE.uploads.map((upload) => Math.round(p2pBound(of(upload)).seconds))).toEqual(p2p);
  });

  test('says which term decides', () => {
    const of = (peers: number, upload: number) => ofEqualPeers({ ...EXERCISE, peers, upload });
    expect(clientServerBound(of(10, 300_000)).bottleneck).toBe('the slowest download');
    expect(clientServerBound(of(100, 300_000)).bottleneck).toBe('every copy from the server');
    expect(p2pBound(of(10, 300_000)).bottleneck).toBe('the slowest download');
    expect(p2pBound(of(100, 300_000)).bottleneck).toBe('all uploads together');
    const fast = ofEqualPeers({ fileSize: 1, serverUpload: 1, peers: 5, upload: 9, download: UNLIMITED });
    expect(p2pBound(fast)).toMatchObject({ bottleneck: 'the first copy', seconds: 1 });
  });
});

describe('P2P is never slower', () => {
  test('P2P-07 the bound of P2P is never larger than that of client-server, for 1 to 100 peers of any rates', () => {
    fc.assert(
      fc.property(anyDistribution, (distribution) => {
        // Sums of a hundred rates are exact to some parts in 10^15.
        const slack = 1 + 1e-12;
        expect(p2pBound(distribution).seconds).toBeLessThanOrEqual(clientServerBound(distribution).seconds * slack);
      }),
    );
  });

  test('ERR-16 "always smaller" is "never larger": equal for one peer, and where a download or the server is the limit', () => {
    const both = (given: { peers: number; upload: number; download: number }) => {
      const distribution = ofEqualPeers({ fileSize: 100, serverUpload: 10, ...given });
      return [clientServerBound(distribution).seconds, p2pBound(distribution).seconds];
    };
    // One peer, whatever it could give on: there is nobody to give it to.
    expect(both({ peers: 1, upload: 5, download: UNLIMITED })).toEqual([10, 10]);
    // Downloads of 1: the server gives ten copies as fast as ten peers can take them.
    expect(both({ peers: 10, upload: 5, download: 1 })).toEqual([100, 100]);
    // Peers that give nothing: all copies come from the server.
    expect(both({ peers: 10, upload: 0, download: UNLIMITED })).toEqual([100, 100]);
    // And smaller otherwise.
    expect(both({ peers: 10, upload: 5, download: UNLIMITED })).toEqual([100, 1000 / 60]);
  });
});

describe('what becomes of both as N grows', () => {
  const HOUR = 3_600;

  test('P2P-08 where F/u is an hour and u_s is 10 u, D_p2p stays below an hour for all N, and D_cs(35) is 3.5 hours', () => {
    const curves = boundCurves(
      FIGURE,
      Array.from({ length: 10_000 }, (_, nth) => nth + 1),
    );
    for (const { p2p } of curves) expect(p2p.seconds).toBeLessThan(HOUR);
    expect(p2pCeiling(FIGURE)).toBe(HOUR);
    expect(curves[34]?.clientServer.seconds).toBe(3.5 * HOUR);
    // A straight line: every further peer costs the same.
    for (const { peers, clientServer } of curves) expect(clientServer.seconds).toBeCloseTo((peers * HOUR) / 10, 6);
    // A curve that rises ever more slowly.
    const rises = curves.slice(1).map(({ p2p }, nth) => p2p.seconds - (curves[nth]?.p2p.seconds ?? 0));
    expect(rises.every((rise, nth) => nth === 0 || rise <= (rises[nth - 1] ?? 0) + 1e-9)).toBe(true);
  });

  test('P2P-09 a peer that joins adds its upload to what all give together, and one copy to what is wanted', () => {
    fc.assert(
      fc.property(anyDistribution, rate, (before, upload) => {
        const after = { ...before, peers: before.peers + 1, peersUpload: before.peersUpload + upload };
        const capacity = ({ serverUpload, peersUpload }: typeof before) => serverUpload + peersUpload;
        expect(capacity(after) - capacity(before)).toBeCloseTo(upload, 0);
        const [, , all] = p2pBound(after).terms;
        expect(all?.seconds).toBeCloseTo((after.peers * after.fileSize) / (capacity(before) + upload), 3);
      }),
    );
  });

  test('peers that give nothing have no ceiling, and a slow download raises it', () => {
    expect(p2pCeiling({ ...FIGURE, upload: 0 })).toBe(UNLIMITED);
    expect(p2pCeiling({ ...FIGURE, download: 0.5 })).toBe(2 * HOUR);
  });
});

test('four users and 512 parts need 0.4 % more than the fluid bound: pieces do not explain a gap', () => {
  expect(leastTimeInParts(4, 512)).toBeCloseTo(1.0039, 4);
  expect(leastTimeInParts(1, 512)).toBe(1);
  expect(leastTimeInParts(4, 1)).toBe(3);
});

test.each([
  ['a file of nothing', { fileSize: 0 }],
  ['a server without an upload', { serverUpload: 0 }],
  ['half a peer', { peers: 1.5 }],
  ['no peer', { peers: 0 }],
  ['an upload below nothing', { upload: -1 }],
  ['no download', { download: 0 }],
  ['what is no number', { fileSize: Number.NaN }],
])('%s is refused with a sentence', (_, wrong) => {
  expect(() => ofEqualPeers({ fileSize: 1, serverUpload: 1, peers: 1, upload: 1, download: 1, ...wrong })).toThrow(
    /^Give /,
  );
});
