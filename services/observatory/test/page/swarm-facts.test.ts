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
  told,
  verified,
} from './swarm-reports.ts';

interface Fact {
  readonly kind: string;
  readonly peer: string;
  readonly torrent: string | null;
  readonly to?: string;
  readonly index?: number;
}

// The browser's own file, as it is: it has types in comments, which this project's compiler reads in src/page.
const { FactReader }: { FactReader: new (hosts: ReadonlyMap<string, string>) => { read(report: Shown): Fact | null } } =
  await import(new URL('../../src/page/swarm-facts.js', import.meta.url).href);

const factsOf = (reports: readonly Shown[]) => {
  const reader = new FactReader(HOSTS);
  return reports.map((report) => reader.read(report));
};

test('what both ends tell of one message is one fact: that of the host that did it', () => {
  const facts = factsOf([said('seed', 1, 'unchoke', SEED, ONE), said('peer-1', 2, 'unchoke', SEED, ONE)]);
  expect(facts).toMatchObject([{ kind: 'unchoked', peer: SEED, to: ONE }, null]);
});

test('of a peer that is none of the lab its neighbours tell', () => {
  const facts = factsOf([
    said('seed', 1, 'have', GUEST, SEED, { index: 3 }),
    said('seed', 2, 'interested', GUEST, SEED),
  ]);
  expect(facts).toMatchObject([
    { kind: 'gained', peer: GUEST, index: 3 },
    { kind: 'interested', peer: GUEST, to: SEED },
  ]);
});

test('what is said on a connection belongs to the torrent of its handshake', () => {
  const facts = factsOf([
    picked('peer-1', 0, 2, SEED),
    handshake('peer-1', 1, ONE, SEED),
    picked('peer-1', 2, 2, SEED),
  ]);
  expect(facts.map((fact) => fact?.torrent)).toEqual([null, TORRENT.infoHash, TORRENT.infoHash]);
});

test('BT-06 the answer of the tracker belongs to the torrent of the announce, with the number of peers in it', () => {
  const ends = { from: { address: ONE, port: 1 }, to: { address: '127.0.30.1', port: 6969 } };
  const message = { infoHash: TORRENT.infoHash, event: 'started', left: 350 };
  const answer = { from: ends.to, to: ends.from, exchange: 'a', message: { peers: ['127.0.30.2:6881'] } };
  const facts = factsOf([
    told('tracker', 1, 'tracker.announce', { ...ends, exchange: 'a', message }),
    told('tracker', 2, 'tracker.response', answer),
    told('peer-1', 3, 'tracker.response', answer),
  ]);
  expect(facts).toMatchObject([
    { kind: 'announced', peer: ONE, event: 'started', left: 350 },
    { kind: 'answered', to: ONE, peers: 1, torrent: TORRENT.infoHash },
    null,
  ]);
});

test('a host that is not on the map is known from the moment that it tells its address', () => {
  const fresh = { host: '3f2a', message: { index: 1, givers: {}, infoHash: TORRENT.infoHash } };
  const report = { ...verified('peer-1', 1, 1, {}), ...fresh };
  const own = joined('peer-1', 2, '0');
  const begun = { ...own, host: '3f2a', message: { ...own.message, address: '127.0.35.7' } };
  expect(factsOf([report, begun, report])).toMatchObject([
    null,
    { kind: 'joined' },
    { kind: 'verified', peer: '127.0.35.7' },
  ]);
});

test('another block of a piece that is begun is no new choice of a piece', () => {
  const again = { ...picked('peer-1', 1, 2, SEED), message: { index: 2, mode: 'started' } };
  expect(factsOf([again])).toEqual([null]);
});

test.each(['bittorrent.request', 'bittorrent.keep-alive', 'bittorrent.new-kind', 'tracker.scrape', 'http.request'])(
  'the report %s tells no fact of a swarm',
  (kind) => {
    const ends = { from: { address: SEED, port: 1 }, to: { address: ONE, port: 2 } };
    expect(factsOf([told('seed', 1, kind, ends), told('nobody', 1, kind), told('seed', 1, kind)])).toEqual([
      null,
      null,
      null,
    ]);
  },
);
