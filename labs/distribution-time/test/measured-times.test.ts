/**
 * The quick form of the experiment: a file of 2.5 MiB through real programs on loopback, their rates limited so that it takes
 * seconds. Rates are kept by counting what is due, not by how fast the machine is.
 */
import { beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import type { DistributionRun } from '../experiment/distribution-run.ts';
import { measureDistribution } from '../experiment/measure.ts';
import type { Architecture } from '../settings.ts';

const KIB = 1024;
const MIB = KIB * KIB;
const MS_MAX = 600_000;

const SETTING = {
  shows: 'a server five times as fast as a peer',
  fileSize: 2.5 * MIB,
  pieceLength: 32 * KIB,
  serverUpload: 1.25 * MIB,
  upload: 0.25 * MIB,
  download: Number.POSITIVE_INFINITY,
} as const;

/** Peers as many as P2P is measured with, and clients as many as client-server is. */
const P2P_COUNTS = [1, 2, 5] as const;
const CLIENT_COUNTS = [1, 5, 10] as const;
const FIRST_PART = 220;
const AT_ONCE = 2;

let runs: DistributionRun[];

function run(architecture: DistributionRun['architecture'], peers: number): DistributionRun {
  const found = runs.find((one) => one.architecture === architecture && one.peers === peers);
  if (found === undefined) throw new Error(`${architecture} was not measured for N = ${peers}`);
  return found;
}

beforeAll(async () => {
  const measure = (counts: readonly number[], architectures: readonly Architecture[], part: number) =>
    measureDistribution({ ...SETTING, counts, architectures }, 1, {
      place: { net: TEST_NET, part },
      // The long ones first; the short ones follow when no other is starting.
      atOnce: AT_ONCE,
    });
  const [p2p, clientServer] = await Promise.all([
    measure(P2P_COUNTS, ['p2p'], FIRST_PART),
    measure(CLIENT_COUNTS, ['client-server'], FIRST_PART + AT_ONCE),
  ]);
  runs = [...p2p, ...clientServer];
}, MS_MAX);

/**
 * No run can be faster than its bound, whatever the machine does. How much slower it is says something only where the machine
 * kept up, which is seen by its timers: three tries it has had.
 */
function skipIfBusy({ machine }: DistributionRun, context: TestContext): void {
  context.skip(machine.wasBusy, `the machine stood still for ${Math.round(machine.standstillMs)} ms`);
}

describe('a file for N clients of one server', () => {
  test.for(CLIENT_COUNTS)('P2P-05 N = %i: it takes at least D_cs, and at most 15 % more', (peers, context) => {
    const { seconds, bound } = run('client-server', peers);
    expect(bound).toBe(2 * peers);
    expect(seconds).toBeGreaterThanOrEqual(bound);
    skipIfBusy(run('client-server', peers), context);
    expect(seconds).toBeLessThanOrEqual(1.15 * bound);
  });

  test.each(CLIENT_COUNTS)('P2P-03 N = %i: the server sends that many copies by itself', (peers) => {
    const { serverCopies, peersCopies } = run('client-server', peers);
    expect(serverCopies).toBeGreaterThanOrEqual(peers);
    expect(serverCopies).toBeLessThanOrEqual(1.02 * peers);
    expect(peersCopies).toBe(0);
  });
});

describe('the same file for N peers', () => {
  // A limit saves up a twentieth of a second in a pause, and lets a block pass at its beginning: by so much, in seconds, N peers
  // and the seed may be ahead of their rates.
  const aheadS = (peers: number) => 0.05 + ((peers + 1) * 16 * KIB) / SETTING.serverUpload;

  test.for(P2P_COUNTS)('P2P-06 N = %i: it takes at least D_p2p, and at most twice as long', (peers, context) => {
    const { seconds, bound } = run('p2p', peers);
    expect(seconds).toBeGreaterThanOrEqual(bound - aheadS(peers));
    skipIfBusy(run('p2p', peers), context);
    expect(seconds).toBeLessThanOrEqual(2 * bound);
  });

  test('P2P-02, P2P-04 it is the same file in both architectures, and with five peers the seed sends less than 60 % of the copies', (context) => {
    // Each run compares the SHA-256 of every copy with that of the file, and fails where one differs.
    expect(run('p2p', 5).finished).toHaveLength(5);
    expect(run('client-server', 5).finished).toHaveLength(5);
    // Half of it by the rates: whose share a busy machine takes is not said.
    skipIfBusy(run('p2p', 5), context);
    const { serverCopies, peersCopies } = run('p2p', 5);
    expect(serverCopies).toBeLessThan(0.6 * 5);
    expect(peersCopies).toBeGreaterThan(0.4 * 5);
  });

  test('ERR-16 for one peer P2P is not faster than client-server', () => {
    expect(run('p2p', 1).seconds).toBeGreaterThanOrEqual(run('client-server', 1).bound - aheadS(1));
    expect(run('p2p', 1).peersCopies).toBe(0);
  });

  test('P2P-09 every peer that joins raises what all give together: beyond the upload of the server, and again', (context) => {
    const perSecond = P2P_COUNTS.map((peers) => (peers * SETTING.fileSize) / run('p2p', peers).seconds);
    const [one = 0, two = 0, five = 0] = perSecond;
    expect(one).toBeLessThanOrEqual(1.05 * SETTING.serverUpload);
    for (const peers of P2P_COUNTS) skipIfBusy(run('p2p', peers), context);
    expect(two).toBeGreaterThan(SETTING.serverUpload);
    expect(five).toBeGreaterThan(two);
    expect(five).toBeLessThanOrEqual(1.05 * (SETTING.serverUpload + 5 * SETTING.upload));
  });
});
