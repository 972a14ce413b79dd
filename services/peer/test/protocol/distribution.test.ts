import { describe, expect, test, vi } from 'vitest';
import { addressOf, type SimulatedPeer, SimulatedSwarm } from './simulated-swarm.ts';

// Some of these are minutes of a swarm of seventeen, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 120_000 });

const MIB = 1024 * 1024;
const PIECE_OCTETS = 256 * 1024;

/** A swarm of one seed and some others, and what it could do at best. Rates in MiB/s, the file in MiB. */
interface Setting {
  readonly peers: number;
  readonly seedRate: number;
  readonly peerRate: number;
  readonly file?: number;
  readonly seed?: Partial<SimulatedPeer>;
  readonly all?: Partial<SimulatedPeer>;
  readonly others?: readonly Partial<SimulatedPeer>[];
  readonly random?: number;
}

const R1: Setting = { peers: 4, seedRate: 4, peerRate: 4 };
const R2: Setting = { peers: 4, seedRate: 4, peerRate: 1 };
const R3: Setting = { peers: 8, seedRate: 8, peerRate: 2 };

function simulate(setting: Setting): SimulatedSwarm {
  const { peers, seedRate, peerRate, file = 128, all, seed, others = [], random = 1 } = setting;
  const pieceCount = (file * MIB) / PIECE_OCTETS;
  const peer = { uploadBytesPerS: peerRate * MIB, offers: ['fast'] as const, ...all };
  return new SimulatedSwarm({
    grid: { pieceCount, pieceLength: PIECE_OCTETS, length: file * MIB },
    seed: random,
    msMax: 3_600_000,
    peers: [
      { ...peer, uploadBytesPerS: seedRate * MIB, isSeed: true, ...seed },
      ...Array<SimulatedPeer>(peers).fill(peer),
      ...others.map((other) => ({ ...peer, ...other })),
    ],
  });
}

/** The time as a multiple of D_p2p, max{F/us, NF/(us + sum of ui)}, and how often the seed has sent the file. */
function distribute(setting: Setting): { multiple: number; copies: number } {
  const { peers, seedRate, peerRate, file = 128 } = setting;
  const swarm = simulate(setting);
  swarm.run();
  const boundS = Math.max(file / seedRate, (peers * file) / (seedRate + peers * peerRate));
  return { multiple: swarm.completedAt / 1000 / boundS, copies: (swarm.members[0]?.sent ?? 0) / (file * MIB) };
}

/** When those that keep to the protocol have the file. */
function honestDoneAt(setting: Setting): { swarm: SimulatedSwarm; ms: number } {
  const swarm = simulate(setting);
  const honest = swarm.members.slice(0, 1 + setting.peers);
  swarm.run(() => honest.every(({ completedAt }) => completedAt !== null));
  return { swarm, ms: swarm.now };
}

describe('the time to distribute a file of 128 MiB, with links that are as fast as the limits', () => {
  test.each([
    ['R1: four peers, all with 4 MiB/s', R1, 1.05],
    ['R2: four peers with 1 MiB/s, a seed with 4', R2, 1.03],
    ['R3: eight peers with 2 MiB/s, a seed with 8', R3, 1.1],
  ])('%s', (_, setting, most) => {
    const { multiple, copies } = distribute(setting);
    expect(multiple).toBeGreaterThan(1);
    expect(multiple).toBeLessThan(most);
    // Where the seed is as fast as the peers, it sends little more than one copy.
    if (setting === R1) expect(copies).toBeLessThan(1.05);
  });

  test('of a file of a few pieces a seed that suggests sends few of them twice (BEP 6)', () => {
    const few: Setting = { peers: 4, seedRate: 0.25, peerRate: 0.25, file: 4 };
    const copiesSent = (random: number, suggests: boolean) => distribute({ ...few, random, all: { suggests } }).copies;
    for (const random of [1, 2, 3]) expect(copiesSent(random, true)).toBeLessThan(1.2);
    expect(Math.max(...[1, 2, 3].map((random) => copiesSent(random, false)))).toBeGreaterThan(1.3);
  });

  test('where downloads are slow, a seed gives to as many as use up its upload', () => {
    const slow = { seed: { downloadBytesPerS: 0 }, all: { downloadBytesPerS: 0.5 * MIB } };
    const swarm = simulate({ peers: 8, seedRate: 2.5, peerRate: 0.25, file: 15, ...slow });
    swarm.run();
    // F / d_min is 30 s. With four slots all the time it would take 50.
    expect(swarm.completedAt / 1000 / 30).toBeLessThan(1.15);
  });

  test('in the order of the file all want the same piece, and it takes as long as from the seed alone', () => {
    expect(distribute({ ...R1, file: 32, all: { pickPolicy: 'sequential' } }).multiple).toBeGreaterThan(3.5);
  });

  test('a super-seed sends one copy, and is worse where the peers are slower than it (BEP 16)', () => {
    const superSeed = { seed: { superSeeds: true } };
    const { multiple, copies } = distribute({ ...R1, ...superSeed });
    expect(copies).toBeLessThan(1.02);
    expect(multiple).toBeLessThan(1.02);
    expect(distribute({ ...R2, ...superSeed }).multiple).toBeGreaterThan(1.3);
  });
});

describe('tit for tat', () => {
  const slots: Setting = { peers: 15, seedRate: 0.125, peerRate: 0.0625, file: 32 };

  /** What a free rider has got when the first of the others is done, as a part of what they have on average. */
  function partOfFreeRider(all: Partial<SimulatedPeer>, random: number): number {
    const swarm = simulate({ ...slots, all, random, others: [{ role: 'free-rider' }] });
    const others = swarm.members.slice(1, -1);
    swarm.run(() => others.some(({ completedAt }) => completedAt !== null));
    const mean = others.reduce((sum, { received }) => sum + received, 0) / others.length;
    return (swarm.members.at(-1)?.received ?? 0) / mean;
  }

  const meanOf = (parts: number[]) => parts.reduce((sum, part) => sum + part, 0) / parts.length;

  test('gives a free rider half of what the others get, or less', () => {
    expect(meanOf([1, 2, 3].map((random) => partOfFreeRider({}, random)))).toBeLessThan(0.5);
  });

  test('is what does it: where nobody is choked, a free rider gets as much as the others', () => {
    expect(partOfFreeRider({ chokePolicy: 'none' }, 1)).toBeGreaterThan(0.9);
  });

  test('switches nobody that lacks something twice in ten seconds, and says why', () => {
    const swarm = simulate({ ...slots, file: 16 });
    swarm.run();
    expect(swarm.chokes.length).toBeGreaterThan(100);
    const isDone = (id: number, at: number) => {
      const completedAt = swarm.members.find((member) => member.id === id)?.completedAt ?? null;
      return completedAt !== null && completedAt <= at;
    };
    const last = new Map<string, number>();
    for (const { from, to, at, isChoke, because } of swarm.chokes) {
      expect(because).toBeTruthy();
      if (isChoke && isDone(to, at)) continue;
      expect(at - (last.get(`${from} ${to}`) ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(10_000);
      last.set(`${from} ${to}`, at);
    }
  });

  test('lets nobody wait for the slots of those that are done', () => {
    // Most are done before the second tick: what they hold of each other's slots, the last ones need. Held for ten seconds: 4.5.
    expect(distribute({ peers: 24, seedRate: 4, peerRate: 4, file: 16 }).multiple).toBeLessThan(3);
  });

  test('has four neighbours unchoked at most', () => {
    const swarm = simulate({ ...slots, file: 16 });
    swarm.run();
    const unchoked = new Map<number, Set<number>>();
    for (const { from, to, isChoke } of swarm.chokes) {
      const set = unchoked.get(from) ?? new Set();
      unchoked.set(from, set);
      if (isChoke) set.delete(to);
      else set.add(to);
      expect(set.size).toBeLessThanOrEqual(4);
    }
  });
});

describe('whoever does not keep to the protocol delays the others by less than a quarter', () => {
  const lab: Setting = { peers: 6, seedRate: 1, peerRate: 0.5, file: 64 };
  const undisturbed = honestDoneAt(lab).ms;

  test.each(['poisoner', 'liar', 'slow', 'silent', 'free-rider'] as const)('a %s', (role) => {
    const { swarm, ms } = honestDoneAt({ ...lab, others: [{ role }] });
    expect(ms / undisturbed).toBeLessThan(1.25);
    const banned = new Set(swarm.bans.map(({ address }) => address));
    expect(banned).toEqual(new Set(role === 'poisoner' ? [addressOf(7)] : []));
  });

  test('and a seed that leaves after one copy leaves a swarm that completes', () => {
    const swarm = simulate({ ...lab, seed: { role: 'leaver' } });
    swarm.run();
    expect(swarm.members.every(({ completedAt }) => completedAt !== null)).toBe(true);
    expect(swarm.members[0]?.swarm.neighbours.size).toBe(0);
    expect((swarm.members[0]?.sent ?? 0) / (64 * MIB)).toBeLessThan(1.5);
  });
});
