import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cpuSeconds, peakMb, proportionalMb } from '../processes.ts';
import type { BenchTracker } from './bench-tracker.ts';
import type { Client, ClientKind } from './client.ts';
import type { Payload } from './payload.ts';

/** Room for slow machines, in milliseconds: one that takes longer does not get there at all. */
const COMPLETE_MS_MAX = 600_000;
const START_MS_MAX = 30_000;

/** One seed and so many leechers, all with limits. */
export interface Swarm {
  readonly leechers: number;
  /** Octets per second; 0 for no limit. */
  readonly seedBytesPerS: number;
  readonly leecherBytesPerS: number;
}

export interface Ground {
  readonly folder: string;
  /** Three octets of loopback: the seed is .1, the leechers follow. */
  readonly net: string;
  readonly tracker: BenchTracker;
  readonly payload: Payload;
}

export interface SwarmResult {
  /** From the moment at which the leechers get the torrent until the last one has the file. */
  readonly seconds: number;
  /** Of all clients, in that time. */
  readonly cpuSeconds: number;
  /** The most that any of them ever had in memory. */
  readonly peakMb: number;
  /** The most of any of them at the end, where what several share (the program itself) is counted once. */
  readonly proportionalMb: number;
  /** How often the seed has sent the file; not a number where it did not say. */
  readonly seedCopies: number;
}

/** Shares the file in a swarm of clients of one kind, and measures. */
export async function shareOnce(
  ground: Ground,
  { seed: seedKind, leecher: leecherKind }: { seed: ClientKind; leecher: ClientKind },
  { leechers: count, seedBytesPerS, leecherBytesPerS }: Swarm,
): Promise<SwarmResult> {
  const { folder, net, tracker, payload } = ground;
  tracker.forget();
  const clients: Client[] = [];
  const at = join(folder, 'clients');
  const open = async (kind: ClientKind, nth: number, isSeed: boolean, uploadBytesPerS: number) => {
    const place = join(at, String(nth));
    mkdirSync(place, { recursive: true });
    const client = await kind.start({ address: `${net}.${nth}`, folder: place, payload, isSeed, uploadBytesPerS });
    clients.push(client);
    return client;
  };
  try {
    const seed = await open(seedKind, 1, true, seedBytesPerS);
    const numbers = Array.from({ length: count }, (_, nth) => nth + 2);
    const leechers = await Promise.all(numbers.map((nth) => open(leecherKind, nth, false, leecherBytesPerS)));
    await seed.join();
    await tracker.whenAll('started', [`${net}.1`], START_MS_MAX);
    const begun = performance.now();
    const cpuBefore = cpuOf(clients);
    await Promise.all(leechers.map((leecher) => leecher.join()));
    const addresses = numbers.map((nth) => `${net}.${nth}`);
    const times = await tracker.whenAll('completed', addresses, COMPLETE_MS_MAX);
    const cpu = cpuOf(clients) - cpuBefore;
    const most = (megabytes: (pid: number) => number) => Math.max(...clients.map(({ pid }) => megabytes(pid)));
    const memory = { peakMb: most(peakMb), proportionalMb: most(proportionalMb) };
    await seed.stop();
    return {
      seconds: (Math.max(...times) - begun) / 1000,
      cpuSeconds: cpu,
      ...memory,
      seedCopies: tracker.uploaded(`${net}.1`, 'stopped') / payload.length,
    };
  } finally {
    await Promise.all(clients.map((client) => client.stop()));
    rmSync(at, { recursive: true, force: true });
  }
}

function cpuOf(clients: readonly Client[]): number {
  return clients.reduce((sum, { pid }) => sum + (pid === 0 ? 0 : cpuSeconds(pid)), 0);
}

/** How often the seed has sent the file, in words. */
export function tellCopies(copies: number): string {
  return Number.isNaN(copies) ? 'the seed does not say what it sent' : `the seed sent ${copies.toFixed(2)} copies`;
}
