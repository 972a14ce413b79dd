import { expect, test } from 'vitest';
import {
  GUEST,
  HOSTS,
  handshake,
  joined,
  ONE,
  picked,
  SEED,
  type Shown,
  said,
  TORRENT,
  TWO,
  told,
  verified,
  wholeRound,
} from './swarm-reports.ts';

interface Peer {
  readonly have: ReadonlyMap<number, { readonly givers: object }>;
  readonly picked: ReadonlyMap<number, { readonly from: string }>;
  readonly isHere: boolean;
  readonly isKnown: boolean;
}
interface Picture {
  readonly peers: ReadonlyMap<string, Peer>;
  neighboursOf(address: string): Set<string>;
  relation(giver: string, taker: string): { isUnchoked: boolean; isWanted: boolean };
  copies(among?: Iterable<string>): number[];
}
interface Round {
  readonly from: number;
  readonly to: number | null;
  readonly isWhole: boolean;
  readonly takers: ReadonlyMap<string, number | null>;
  readonly gifts: readonly { giver: string; taker: string; octets: number }[];
  readonly policy: string | null;
}
interface Story {
  add(fact: unknown): void;
  tell(told: unknown): boolean;
  pictureAt(at: number): Picture;
  rounds(): Round[];
}

// The browser's own files, as they are: they have types in comments, which this project's compiler reads in src/page.
const page = (name: string) => import(new URL(`../../src/page/${name}`, import.meta.url).href);
const { FactReader } = await page('swarm-facts.js');
const { SwarmStory } = await page('swarm-story.js');
const { bitsOf } = await page('swarm-picture.js');

const storyOf = (reports: readonly Shown[]): Story => {
  const story = new SwarmStory(TORRENT);
  const reader = new FactReader(HOSTS);
  for (const report of reports) {
    const fact = reader.read(report);
    if (fact !== null) story.add(fact);
  }
  return story;
};
const havesAt = (story: Story, at: number, address: string) => [
  ...(story.pictureAt(at).peers.get(address)?.have.keys() ?? []),
];

/** What a host says of itself when it is asked, in this moment or so much earlier. */
const saysOf = (peer: string, bits: string, rest: object = {}) => ({
  ...{ kind: 'told', at: 9_000, after: 9_000, seq: 0, peer, torrent: TORRENT.infoHash, because: '', report: null },
  ...{ bits, givers: [], links: [], ...rest },
});

test('BT-02 the picture of a moment has the pieces that were verified until then, with who gave them', () => {
  const story = storyOf(wholeRound(1_000));
  expect(havesAt(story, 1_150, ONE)).toEqual([0]);
  expect(havesAt(story, 1_700, TWO).toSorted()).toEqual([0, 1, 2, 3]);
  expect(story.pictureAt(1_600).peers.get(TWO)?.have.get(0)?.givers).toEqual({ [ONE]: 1, [SEED]: 1 });
  // Back again: what was still to come is not there any more.
  expect(havesAt(story, 1_150, ONE)).toEqual([0]);
});

test('BT-11 the copies among the neighbours of a peer are counted, without its own', () => {
  const story = storyOf([joined('seed', 900, 'f'), ...wholeRound(1_000)]);
  const picture = story.pictureAt(1_250);
  expect(picture.copies()).toEqual([2, 2, 2, 1]);
  expect(picture.copies(picture.neighboursOf(ONE))).toEqual([1, 1, 2, 1]);
});

test('BT-09 the neighbours change with time: who connects, who goes', () => {
  const bye = told('peer-2', 1_900, 'bittorrent.left', { message: { infoHash: TORRENT.infoHash } });
  const story = storyOf([...wholeRound(1_000), bye]);
  expect([...story.pictureAt(1_001).neighboursOf(ONE)]).toEqual([]);
  expect([...story.pictureAt(1_500).neighboursOf(ONE)].toSorted()).toEqual([SEED, TWO]);
  expect([...story.pictureAt(2_000).neighboursOf(ONE)]).toEqual([SEED]);
});

test('choke and interest are one way each, and what was asked for is given up when it is choked', () => {
  const story = storyOf([...wholeRound(1_000), said('seed', 1_050, 'choke', SEED, ONE)]);
  expect(story.pictureAt(1_010).relation(SEED, ONE)).toEqual({ isUnchoked: true, isWanted: true });
  expect(story.pictureAt(1_010).relation(ONE, SEED)).toEqual({ isUnchoked: false, isWanted: false });
  expect(story.pictureAt(1_010).peers.get(ONE)?.picked.get(0)?.from).toBe(SEED);
  expect(story.pictureAt(1_060).peers.get(ONE)?.picked.size).toBe(0);
});

test('P2P-04 a round knows what the seed gave and what the peers gave to each other', () => {
  const [round] = storyOf(wholeRound(1_000)).rounds();
  const given = (giver: string) =>
    round?.gifts.reduce((sum, gift) => sum + (gift.giver === giver ? gift.octets : 0), 0);
  // Once the whole file and half of two pieces again; a piece of 100, the last one of 50, and the other halves.
  expect([given(SEED), given(TWO), given(ONE)]).toEqual([350 + 100, 150, 100]);
  expect(round).toMatchObject({ from: 1_000, to: 1_700, isWhole: true, policy: 'rarest' });
  expect([...(round?.takers ?? [])]).toEqual([
    [ONE, 1_500],
    [TWO, 1_700],
  ]);
});

test('a start over is another round, with the policy of then', () => {
  const story = storyOf([...wholeRound(1_000), ...wholeRound(5_000, 'sequential')]);
  expect(havesAt(story, 5_050, ONE)).toEqual([]);
  expect(story.rounds().map(({ from, to, policy }) => [from, to, policy])).toEqual([
    [1_000, 1_700, 'rarest'],
    [5_000, 5_700, 'sequential'],
  ]);
});

test('a round that is under way has no end, and one from which somebody went is not whole', () => {
  const story = storyOf(wholeRound(1_000).filter(({ at }) => at < 1_650));
  expect(story.rounds()).toMatchObject([{ to: null }]);
  const bye = told('peer-2', 1_650, 'bittorrent.left', { message: { infoHash: TORRENT.infoHash } });
  const broken = storyOf([...wholeRound(1_000).filter(({ at }) => at < 1_650), bye]);
  expect(broken.rounds()).toMatchObject([{ to: 1_600, isWhole: false }]);
});

test('a client that is none of the lab holds no round up when its last connection is closed', () => {
  const announce = told('tracker', 1_010, 'tracker.announce', {
    from: { address: GUEST, port: 6881 },
    message: { infoHash: TORRENT.infoHash, event: 'started', left: 350 },
  });
  const exchange = `bt-${[ONE, GUEST].toSorted().join('-')}`;
  const reports = [...wholeRound(1_000), announce, handshake('peer-1', 1_020, ONE, GUEST)];
  const byTime = (all: readonly Shown[]) => all.toSorted((one, other) => one.at - other.at);
  expect(storyOf(byTime(reports)).rounds().at(-1)?.to).toBeNull();

  const closed = told('peer-1', 9_000, 'bittorrent.close', { exchange });
  const [round, ...others] = storyOf(byTime([...reports, closed])).rounds();
  expect(others).toEqual([]);
  expect(round?.to).not.toBeNull();
  expect(round?.takers.has(GUEST)).toBe(false);
});

test('what happened at the same time has a moment each, in the order in which it came', () => {
  const reports = [1, 0, 2].map((index) => verified('peer-1', 100, index, { [SEED]: 1 }));
  const story = storyOf([joined('peer-1', 50, '0'), ...reports, verified('peer-1', 100.1, 3, { [SEED]: 1 })]);
  const seen = [100, 100 + 1 / 1024, 100 + 2 / 1024, 100.1].map((at) => havesAt(story, at, ONE).toSorted().join(' '));
  expect(seen).toEqual(['1', '0 1', '0 1 2', '0 1 2 3']);
});

test('a report that comes late finds its place in time', () => {
  const reports = wholeRound(1_000);
  const late = reports.toSpliced(8, 1);
  const story = storyOf(late);
  expect(havesAt(story, 1_150, ONE)).toEqual([]);
  const fact = new FactReader(HOSTS).read(reports[8]);
  story.add(fact);
  expect(havesAt(story, 1_150, ONE)).toEqual([0]);
});

test('what a host had before anything was reported is there from the beginning', () => {
  const story = storyOf([handshake('peer-1', 10, ONE, SEED), verified('peer-1', 20, 1, { [SEED]: 2 })]);
  story.tell(saysOf(ONE, 'c'));
  expect(havesAt(story, 10, ONE)).toEqual([0]);
  expect(havesAt(story, 20, ONE).toSorted()).toEqual([0, 1]);
});

test('a host that is asked is believed: what the reports do not know is there, what they forgot to take away is gone', () => {
  const story = storyOf(wholeRound(1_000));
  const link = {
    address: SEED,
    bits: '',
    amChoking: false,
    amInterested: true,
    peerChoking: true,
    peerInterested: false,
  };
  expect(story.tell(saysOf(ONE, '8', { links: [link] }))).toBe(true);
  const picture = story.pictureAt(9_000);
  expect([...(picture.peers.get(ONE)?.have.keys() ?? [])]).toEqual([0]);
  expect([...picture.neighboursOf(ONE)]).toEqual([SEED]);
  expect(picture.relation(SEED, ONE)).toEqual({ isUnchoked: false, isWanted: true });
  // The same again is no news.
  expect(story.tell(saysOf(ONE, '8', { links: [link] }))).toBe(false);
});

test('what came while a host was asked is not taken away again', () => {
  const story = storyOf(wholeRound(1_000));
  story.tell(saysOf(ONE, 'e', { after: 1_450 }));
  expect(havesAt(story, 9_000, ONE).toSorted()).toEqual([0, 1, 2, 3]);
});

test('BT-05 the tracker knows who announces itself, until it stops or is forgotten', () => {
  const announce = (at: number, address: string, event: string | null) =>
    told('tracker', at, 'tracker.announce', {
      from: { address, port: 1 },
      message: { infoHash: TORRENT.infoHash, event, left: 350 },
    });
  const expired = told('tracker', 40, 'tracker.expired', { message: { infoHash: TORRENT.infoHash, address: TWO } });
  const story = storyOf([
    announce(10, ONE, 'started'),
    announce(11, TWO, 'started'),
    announce(30, ONE, 'stopped'),
    expired,
  ]);
  const known = (at: number) =>
    [...story.pictureAt(at).peers].filter(([, peer]) => peer.isKnown).map(([address]) => address);
  expect([known(20), known(35), known(45)]).toEqual([[ONE, TWO], [TWO], []]);
});

test('of very many facts the oldest go, and what they led to stays', () => {
  const story = storyOf([joined('seed', 1, 'f'), ...wholeRound(1_000)]);
  const reader = new FactReader(HOSTS);
  for (let at = 2_000; at < 23_000; at += 1) story.add(reader.read(picked('peer-1', at, 0, SEED)));
  const picture = story.pictureAt(30_000);
  expect(havesAt(story, 30_000, TWO)).toHaveLength(4);
  expect(picture.copies()).toEqual([3, 3, 3, 3]);
  expect([...picture.neighboursOf(ONE)].toSorted()).toEqual([SEED, TWO]);
  expect(picture.relation(SEED, ONE).isUnchoked).toBe(true);
});

test.each([
  ['80', [0]],
  ['01', [7]],
  ['a5', [0, 2, 5, 7]],
  ['', []],
])('the bitfield %s has the pieces %j', (hex, pieces) => {
  expect([...bitsOf(hex)]).toEqual(pieces);
});
