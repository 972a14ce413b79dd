import { beforeAll, expect, test } from 'vitest';
import { act, lab, stateOf, until } from './kit/lab-under-test.ts';

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
  length = (await stateOf<{ length: number }>('seed')).length;
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

test('BT-01, ARC-05 the tracker knows the five members and has carried no byte of the file', async () => {
  const tracker = await stateOf<{ swarms: readonly { infoHash: string; peers: readonly { address: string }[] }[] }>(
    'tracker',
  );
  const { infoHash } = await stateOf<PeerState>('seed');
  const swarm = tracker.swarms.find((candidate) => candidate.infoHash === infoHash);

  expect(new Set(swarm?.peers.map(({ address }) => address))).toEqual(
    new Set(['30.2', '31.1', '32.1', '33.1', '34.1'].map((suffix) => `${lab.net}.${suffix}`)),
  );
});
