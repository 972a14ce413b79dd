import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Message } from '#shared/dns/message.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { REPORTS_AT_ONCE_MAX } from '#shared/host/report-rate.ts';
import { World } from '../world.ts';

const ROOT = `$TTL 3600
. SOA a. b. 1 3600 900 604800 300
. NS a.
a. A 10.53.1.1
one. A 192.0.2.1
three. A 192.0.2.1
three. A 192.0.2.2
three. A 192.0.2.3
alias. CNAME three.
mail. MX 10 one.
short. 100 A 192.0.2.9
`;
const QUESTIONS = ['one A', 'three A', 'THREE A', 'alias A', 'one TXT', 'nowhere A', 'below.nowhere A', 'mail MX'];

let world: World;

beforeAll(async () => {
  world = await World.of({ 'root 1.1': { 'root.zone': ROOT } });
});

afterAll(() => world.stop());

const ask = (question: string) => world.ask('resolver', question, { edns: null });

/** From now on so many reports have been told that answers are given again. */
function exhaustReports(): void {
  const host = world.host('resolver');
  for (let left = 2 * REPORTS_AT_ONCE_MAX; left > 0; left -= 1)
    host.report(() => ({ kind: 'dns.query', exchange: 'test.0', summary: '' }));
}

function shown({ rcode, aa, ra, answer, authority, additional }: Message): object {
  const lines = [answer, authority, additional].map((section) => section.map(formatRecord));
  return { rcode, aa, ra, lines };
}

async function state(): Promise<{
  upstreamQueries: number;
  counters: { hits: number };
  rcodes: Record<string, number>;
}> {
  return structuredClone(await world.running('resolver').state()) as never;
}

test('an answer from the cache that is given again is the one that would be found: records, turns, TTLs, counters', async () => {
  for (const question of QUESTIONS) await ask(question);
  // The lab's clock stands between two seconds: the TTLs of one moment are compared.
  const usual: object[] = [];
  for (let round = 0; round < 6; round += 1) for (const question of QUESTIONS) usual.push(shown(await ask(question)));
  exhaustReports();
  const before = await state();
  const givenAgain = vi.spyOn(world.host('resolver'), 'leaveOutReports');
  const repeated: object[] = [];
  for (let round = 0; round < 6; round += 1) {
    for (const question of QUESTIONS) {
      repeated.push(shown(await ask(question)));
      // A busy machine takes so long that there is room again.
      exhaustReports();
    }
  }
  const after = await state();
  expect(givenAgain.mock.calls.length).toBeGreaterThan(20);
  expect(withoutTtls(repeated)).toEqual(withoutTtls(usual));
  expect(after.upstreamQueries).toBe(before.upstreamQueries);
  expect(after.counters.hits - before.counters.hits).toBe(repeated.length);
  const count = ({ rcodes }: { rcodes: Record<string, number> }) =>
    Object.values(rcodes).reduce((sum, one) => sum + one, 0);
  expect(count(after) - count(before)).toBe(repeated.length);
});

/** TTLs differ by the second in which a question was asked. */
function withoutTtls(answers: readonly object[]): string {
  return JSON.stringify(answers).replace(/ \d+ IN /g, ' IN ');
}

test('its TTLs count down by the lab clock, it ends before its time, and a flush ends it at once', async () => {
  const { clock } = world.host('resolver');
  await ask('short A');
  exhaustReports();
  const ttl = async () => (await ask('short A')).answer[0]!.ttl;
  const first = await ttl();
  clock.advance(40_000);
  exhaustReports();
  expect(first - (await ttl())).toBeGreaterThanOrEqual(40);
  expect(await ttl()).toBeGreaterThan(50);
  clock.advance(80_000);
  exhaustReports();
  expect(await ttl()).toBe(100);
  const { upstreamQueries } = await state();
  await world.flush();
  await ask('short A');
  expect((await state()).upstreamQueries).toBeGreaterThan(upstreamQueries);
});

test('two worker threads give cached answers again, count them, and forget them with the cache', async () => {
  await world.halt('resolver');
  await world.start('resolver', { DNS_WORKERS: '2' });
  exhaustReports();
  // Each question comes from a port of its own: both workers have some.
  const askMany = (question: string) => Promise.all(Array.from({ length: 16 }, () => ask(question)));
  await askMany('three A');
  const before = await state();
  for (let round = 0; round < 4; round += 1) {
    for (const { answer } of await askMany('three A')) expect(answer.length).toBe(3);
  }
  const after = await state();
  expect(after.counters.hits - before.counters.hits).toBe(64);
  expect(after.rcodes.NOERROR! - before.rcodes.NOERROR!).toBe(64);
  expect(after.upstreamQueries).toBe(before.upstreamQueries);
  await world.flush();
  await askMany('three A');
  expect((await state()).upstreamQueries).toBeGreaterThan(after.upstreamQueries);
  const { clock } = world.host('resolver');
  await askMany('short A');
  clock.advance(40_000);
  exhaustReports();
  for (const { answer } of await askMany('short A')) expect(answer[0]!.ttl).toBeLessThanOrEqual(60);
  clock.advance(80_000);
  exhaustReports();
  for (const { answer } of await askMany('short A')) expect(answer[0]!.ttl).toBe(100);
});
