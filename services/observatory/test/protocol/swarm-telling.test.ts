import { expect, test } from 'vitest';
import type { Report } from '#shared/report.ts';
import { SwarmTelling } from '../../src/protocol/swarm-telling.ts';

const HOSTS = [
  { name: 'seed', address: '127.0.30.2' },
  { name: 'peer-1', address: '127.0.31.1' },
];
const [SEED, ONE, GUEST] = ['127.0.30.2', '127.0.31.1', '127.0.100.1'];

function report(host: string, kind: string, change: Partial<Report> = {}): Report {
  const told = { at: 1000.123456, host, program: 'peer', pid: 7, kind, exchange: 'bt-1', summary: 'a sentence' };
  return { ...told, ...change };
}

const between = (from: string | undefined, to: string | undefined) => ({
  from: { address: from ?? '', port: 6881 },
  to: { address: to ?? '', port: 6881 },
});

test('of a report is kept what the page shows, and nothing else', () => {
  const message = { index: 3, mode: 'rarest', begin: 0, length: 16_384 };
  const pick = report('peer-1', 'bittorrent.pick', {
    to: { address: SEED ?? '', port: 6881 },
    message,
    because: 'rare',
  });
  expect(new SwarmTelling(HOSTS).cut(pick)).toEqual({
    ...{ at: 1000.1, host: 'peer-1', kind: 'bittorrent.pick', exchange: 'bt-1', because: 'rare' },
    to: { address: SEED },
    message: { index: 3, mode: 'rarest' },
  });
});

test('a message between two hosts of the lab is kept as its sender tells it, and not a second time', () => {
  const telling = new SwarmTelling(HOSTS);
  expect(telling.cut(report('seed', 'bittorrent.unchoke', between(SEED, ONE)))).not.toBeNull();
  expect(telling.cut(report('peer-1', 'bittorrent.unchoke', between(SEED, ONE)))).toBeNull();
});

test('what a peer says that is none of the lab is kept as its neighbour tells it', () => {
  expect(new SwarmTelling(HOSTS).cut(report('seed', 'bittorrent.have', between(GUEST, SEED)))).not.toBeNull();
});

test('a host that is not on the map is one of the lab when it has told where it is', () => {
  const telling = new SwarmTelling(HOSTS);
  const unchoke = report('seed', 'bittorrent.unchoke', between('127.0.192.7', SEED));
  expect(telling.cut(unchoke)).not.toBeNull();
  telling.cut(report('peer.7', 'bittorrent.joined', { message: { address: '127.0.192.7' } }));
  expect(telling.cut(unchoke)).toBeNull();
});

test.each([
  ['a report of DNS', report('resolver', 'dns.query')],
  ['a block', report('seed', 'bittorrent.piece', between(SEED, ONE))],
  ['an announce as the peer tells it', report('seed', 'tracker.announce')],
])('%s is no part of the story of a swarm', (_, told) => {
  expect(new SwarmTelling(HOSTS).cut(told)).toBeNull();
});
