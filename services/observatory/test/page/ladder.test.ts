import { expect, test } from 'vitest';
import type { Report } from '#shared/report.ts';
import type { Explanation, Step } from '../../src/page/explanation.ts';
import { CACHED, COLD, WALK } from './explanations.ts';

type Shown = Report & { readonly seq: number };
interface Ladder {
  readonly columns: readonly { place: string; address: string }[];
  readonly rungs: readonly { kind: string; from: number; to: number; isHit: boolean; says: object; step: Step }[];
}
type Chain = readonly { exchange: string; reports: readonly Shown[] }[];

// The browser's own files, as they are: they have types in comments, which this project's compiler reads in src/page.
const load = (name: string) => import(new URL(`../../src/page/${name}`, import.meta.url).href);
const ladderOf: (explanation: Explanation, resolver: string) => Ladder = (await load('ladder.js')).ladderOf;
const reportOf: (step: Step, steps: readonly Step[], chain: Chain, resolver: string) => Shown | undefined = (
  await load('rung-message.js')
).reportOf;

const RESOLVER = '127.53.4.1';

test('DNS-26 the servers stand from left to right as they were asked: root, TLD, authoritative', () => {
  const { columns } = ladderOf(COLD, RESOLVER);
  expect(columns.map(({ place, address }) => `${place} ${address}`)).toEqual([
    ...['client ', 'resolver 127.53.4.1', 'root 127.53.1.1', 'tld 127.53.2.1', 'authoritative 127.53.3.1'],
  ]);
});

test('DNS-29 the client has one query and one reply, the resolver three of each', () => {
  const arrows = ladderOf(COLD, RESOLVER).rungs.filter(({ kind }) => kind !== 'mark');
  expect(arrows.map(({ from, to }) => `${from}>${to}`)).toEqual([
    ...['0>1', '1>2', '2>1', '1>3', '3>1', '1>4', '4>1', '1>0'],
  ]);
});

test('every step is a rung, and each says what it is about', () => {
  const { rungs } = ladderOf(COLD, RESOLVER);
  expect(rungs.map(({ step }) => step)).toEqual(COLD.steps);
  const said = (kind: string) => rungs.filter(({ step }) => step.kind === kind).map(({ says }) => says);
  expect(said('query')[0]).toEqual({ key: 'query', n: 'www.amazon.com', m: 'A' });
  expect(said('zone')).toEqual([{ key: 'zoneRoot', n: '', m: '' }]);
  expect(said('cache')).toEqual([{ key: 'cacheNothing', n: 'www.amazon.com', m: 'A' }]);
  expect(said('reply')).toEqual([
    { key: 'replyReferral', n: 'com', m: 'ns.nic.com' },
    { key: 'replyReferral', n: 'amazon.com', m: 'dns1.amazon.com, dns2.amazon.com' },
    { key: 'replyAnswer', n: '127.53.10.2', m: '' },
  ]);
});

test('DNS-36 a name that the cache knows is a mark at the resolver, and no server has a column', () => {
  const { columns, rungs } = ladderOf(CACHED, RESOLVER);
  expect(columns).toHaveLength(2);
  expect(rungs[1]).toMatchObject({ kind: 'mark', from: 1, to: 1, isHit: true });
  expect(rungs[1]!.says).toEqual({ key: 'cacheHit', n: '127.53.10.2', m: '240' });
});

test('in a walk there is no client beside the one who walks, and a silence is an arrow that never came', () => {
  const { columns, rungs } = ladderOf(WALK, RESOLVER);
  expect(columns[0]).toMatchObject({ place: 'client', address: RESOLVER });
  expect(rungs.find(({ kind }) => kind === 'silence')).toMatchObject({ from: 3, to: 0 });
  expect(rungs.at(-1)).toMatchObject({ kind: 'mark', says: { key: 'answer', n: 'SERVFAIL' } });
});

test('of a step of a kind that it does not know, the page shows the reason', () => {
  const unknown = ladderOf(WALK, RESOLVER).rungs.find(({ step }) => step.kind === 'moonlight');
  expect(unknown).toMatchObject({
    kind: 'mark',
    says: { key: 'other', n: 'a kind of step that the page does not know' },
  });
});

function report(kind: string, exchange: string, at: number, to: string, host = 'resolver'): Shown {
  const end = { address: to, port: 53 };
  return {
    seq: at,
    at,
    host,
    program: 'x',
    pid: 1,
    kind,
    exchange,
    summary: '',
    ...(kind === 'dns.query' ? { to: end } : { from: end }),
  };
}

const CHAIN = [1, 2, 3].map((server) => ({
  exchange: `resolver.q${server}`,
  reports: [
    report('dns.query', `resolver.q${server}`, server * 10, `127.53.${server}.1`, 'the server'),
    report('dns.query', `resolver.q${server}`, server * 10 + 1, `127.53.${server}.1`),
    report('dns.response', `resolver.q${server}`, server * 10 + 2, `127.53.${server}.1`),
  ],
}));

test('an arrow finds its own message among the reports, as the resolver saw it', () => {
  const messages = COLD.steps.filter(({ kind }) => kind === 'query' || kind === 'reply');
  const found = messages.map((step) => reportOf(step, COLD.steps, CHAIN, 'resolver')?.seq);
  expect(found).toEqual([11, 12, 21, 22, 31, 32]);
});

test('an arrow whose step names its exchange finds it by that', () => {
  const steps = COLD.steps.map((step) => (step.kind === 'query' ? { ...step, exchange: 'resolver.q3' } : step));
  const reply = steps.find(({ kind }) => kind === 'reply')!;
  expect(reportOf(reply, steps, CHAIN, 'resolver')?.seq).toBe(32);
  expect(reportOf(reply, steps, [], 'resolver')).toBeUndefined();
});
