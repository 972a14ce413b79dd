import { beforeAll, expect, test } from 'vitest';
import { act, lab, stateOf, until } from './kit/lab-under-test.ts';
import { runCommand } from './kit/run-command.ts';

/**
 * Four peers get a file from one seed. The tracker tells them of each other; each gives away the pieces that it has while it
 * still fetches the rest.
 */

const PEERS = ['peer-1', 'peer-2', 'peer-3', 'peer-4'] as const;

interface PeerState {
  readonly infoHash: string;
  readonly complete: boolean;
  readonly sha256: string | null;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly neighbours: readonly { address: string; uploaded: number; downloaded: number }[];
}

let length: number;

beforeAll(async () => {
  await Promise.all(PEERS.map((peer) => act(peer, 'start-over')));
  await until('every peer has the file', async () => {
    const states = await Promise.all(PEERS.map((peer) => stateOf<PeerState>(peer)));
    return states.every(({ complete, sha256 }) => complete && sha256 !== null);
  });
  // Whoever looks first begins the computation, and sees nothing yet.
  const seed = await until('the seed knows what it has', async () => {
    const state = await stateOf<PeerState & { length: number }>('seed');
    return state.sha256 !== null && state;
  });
  length = seed.length;
});

test('P2P-02, BT-02 every peer has the file of the seed, byte for byte', async () => {
  const seed = await stateOf<PeerState>('seed');
  const peers = await Promise.all(PEERS.map((peer) => stateOf<PeerState>(peer)));

  expect(seed.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(peers.map(({ sha256 }) => sha256)).toEqual(PEERS.map(() => seed.sha256));
});

test('P2P-04, BT-03 the peers uploaded to each other: the seed sent less than four copies', async () => {
  const peers = await Promise.all(PEERS.map((peer) => stateOf<PeerState>(peer)));
  const betweenPeers = peers.reduce((sum, { uploaded }) => sum + uploaded, 0);
  const fromSeed = peers
    .flatMap(({ neighbours }) => neighbours)
    .filter(({ address }) => address === `${lab.net}.30.2`)
    .reduce((sum, { downloaded }) => sum + downloaded, 0);

  expect(betweenPeers).toBeGreaterThan(0);
  expect(peers.filter(({ uploaded }) => uploaded > 0).length).toBeGreaterThanOrEqual(2);
  expect(fromSeed).toBeLessThan(PEERS.length * length);
});

interface SwarmState {
  readonly infoHash: string;
  readonly complete: number;
  readonly peers: readonly { address: string }[];
}

/** The set of all who take part in distributing the file, as the tracker knows it. */
async function membersOf(torrent: string): Promise<SwarmState> {
  const { swarms } = await stateOf<{ swarms: readonly SwarmState[] }>('tracker');
  const swarm = swarms.find(({ infoHash }) => infoHash === torrent);
  if (swarm === undefined) throw new Error(`the tracker knows no torrent ${torrent}`);
  return swarm;
}

test('BT-01, ARC-05 the tracker knows the five members and has carried no byte of the file', async () => {
  const { infoHash } = await stateOf<PeerState>('seed');
  const members = new Set(['30.2', '31.1', '32.1', '33.1', '34.1'].map((suffix) => `${lab.net}.${suffix}`));

  await expect
    .poll(async () => new Set((await membersOf(infoHash)).peers.map(({ address }) => address)))
    .toEqual(members);
});

if (lab.form === 'containers') {
  const MORE = 12;
  /** As a person would: `docker compose up --scale peer=12`. */
  const scale = (count: number) => {
    const compose = [
      'docker',
      'compose',
      '--project-name',
      lab.project,
      'up',
      '--detach',
      '--no-recreate',
      '--no-deps',
    ];
    const environment = [`LAB_NET=${lab.net}`, `LAB_PUBLISH=${lab.published}`];
    return runCommand(['env', ...environment, ...compose, '--scale', `peer=${count}`, 'peer'], '');
  };

  test('BT-05 a dozen more peers, whatever their names and addresses, join, complete, and are gone when they leave', async () => {
    const { infoHash } = await stateOf<PeerState>('seed');
    const before = await until('the tracker knows that all of ours are complete', async () => {
      const swarm = await membersOf(infoHash);
      return swarm.complete === swarm.peers.length && swarm;
    });
    await scale(MORE);
    try {
      await until(
        'every newcomer has the file',
        async () => (await membersOf(infoHash)).complete === before.complete + MORE,
      );
      const { peers } = await membersOf(infoHash);
      expect(new Set(peers.map(({ address }) => address)).size).toBe(before.peers.length + MORE);
    } finally {
      await scale(0);
    }
    await until('they have left', async () => (await membersOf(infoHash)).peers.length === before.peers.length);
  });
}
