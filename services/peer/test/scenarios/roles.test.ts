import { afterEach, beforeEach, expect, test } from 'vitest';
import { BLOCK_OCTETS } from '#shared/bittorrent/peer-message.ts';
import { isDone, LECTURE_OCTETS, type Member, until, World } from './world.ts';

/** The roles of the lab beside a seed and an ordinary peer, all of them real programs: what each does, and that the ordinary one gets its file. */

const PIECES = 16;

let world: World;
let ordinary: Member;

beforeEach(async () => {
  world = new World();
  await world.startWeb();
  await world.startTracker();
});

afterEach(() => world.stop());

/** Starts one that plays `role`; when the ordinary peer knows it, the seed comes, and the ordinary peer gets its file. */
async function play(role: string): Promise<Member> {
  const player = await world.startPeer('player', '32.1', { ROLE: role });
  ordinary = await world.startPeer('ordinary', '31.1');
  await until(() => seen(player) !== undefined, 'the ordinary peer is its neighbour');
  await world.startSeed();
  await until(() => isDone(ordinary), 'the ordinary peer has everything');
  return player;
}

/** What the ordinary peer says of another one. */
function seen(other: Member) {
  return ordinary.state().neighbours?.find(({ address }) => address === other.host.address);
}

/** Octets that the ordinary peer has got from another one. */
function takenFrom(other: Member): number {
  return ordinary.state().exchanged.find(({ address }) => address === other.host.address)?.downloaded ?? 0;
}

test('a free rider gets the whole file, and gives nothing of it', async () => {
  const rider = await play('free-rider');
  await until(() => isDone(rider), 'the free rider has everything');
  expect(rider.state().uploaded).toBe(0);
  expect(takenFrom(rider)).toBe(0);
  expect(ordinary.state().uploaded).toBeGreaterThan(0);
});

test('a liar says to have everything before it has anything, and gives nothing', async () => {
  const player = world.startPeer('player', '32.1', { ROLE: 'liar' });
  ordinary = await world.startPeer('ordinary', '31.1');
  const liar = await player;
  await until(() => seen(liar)?.pieces === PIECES, 'the liar says to have all pieces');
  expect(liar.state().pieces.have).toBe(0);
  await world.startSeed();
  await until(() => isDone(ordinary), 'the ordinary peer has everything all the same');
  expect(takenFrom(liar)).toBe(0);
});

test('a slow peer gives 8 KiB in a second, and no more', async () => {
  const begun = performance.now();
  const slow = await play('slow');
  const allowed = (8 * 1024 * (performance.now() - begun)) / 1_000;
  expect(slow.state().uploaded).toBeLessThanOrEqual(allowed + 2 * BLOCK_OCTETS);
});

test('a silent peer says nothing after its handshake, and gets nothing', async () => {
  const silent = await play('silent');
  expect(seen(silent)).toMatchObject({ pieces: 0, peerInterested: false, uploaded: 0, downloaded: 0 });
  expect(silent.state().downloaded).toBe(0);
  expect(ordinary.state().downloaded).toBe(LECTURE_OCTETS);
});
