import { beforeAll, expect, test } from 'vitest';
import { ask } from './kit/dns-client.ts';
import {
  act,
  advanceClock,
  lab,
  type Moment,
  now,
  reportsAfter,
  type SeenReport,
  until,
} from './kit/lab-under-test.ts';

/**
 * The client asks its local DNS server for www.someschool.edu. Nobody knows the answer yet: the local server asks a root
 * server, which refers it to edu, which refers it to someschool.edu, which answers. The next time it knows.
 */

const NAME = 'www.someschool.edu';
const WEB_SERVER = `${lab.net}.10.1`;

/**
 * What the root, TLD and authoritative servers reported `since` a moment that was caused by questions about a name, in the order
 * of time. The servers above see only the part of the name that they need (RFC 9156).
 */
async function servers(kind: 'dns.query' | 'dns.response', name: string, since: Moment): Promise<SeenReport[]> {
  const reports = await reportsAfter(since);
  const questions = reports.filter(({ host, summary }) => host === 'resolver' && summary.includes(name));
  const causes = new Set(questions.map(({ exchange }) => exchange));
  return reports
    .filter((report) => report.kind === kind && /^(root|tld|dns)-/.test(report.host) && causes.has(report.cause ?? ''))
    .toSorted((one, other) => one.at - other.at);
}

/** The first answer of each of `count` steps, when they have come: who has no time for an answer is asked again. */
function steps(name: string, since: Moment, count: number): Promise<SeenReport[]> {
  return until(`${count} servers report their answers about ${name}`, async () => {
    const first = new Map<string, SeenReport>();
    for (const report of await servers('dns.response', name, since)) {
      if (!first.has(roleOf(report))) first.set(roleOf(report), report);
    }
    return first.size >= count && [...first.values()];
  });
}

/** Root, TLD and primary servers have a second one beside them; which of the two was asked is the resolver's choice. */
function roleOf({ host }: SeenReport): string {
  return host.replace(/-(a|b|edu|primary|secondary)$/, '');
}

function roles(reports: readonly SeenReport[]): string[] {
  return reports.map(roleOf);
}

let before: Moment;

beforeAll(async () => {
  await act('resolver', 'flush');
  before = await now();
});

test('DNS-26, DNS-29 an unknown name is found in three steps: root, TLD, authoritative server', async () => {
  const answer = await ask(lab.resolver, NAME);

  expect(answer.records).toEqual([{ name: NAME, type: 'A', ttl: expect.any(Number), value: WEB_SERVER }]);
  expect(roles(await steps(NAME, before, 3))).toEqual(['root', 'tld', 'dns']);
});

test('DNS-31, DNS-46 root and TLD answer with a referral: name servers and their addresses, and no answer', async () => {
  const [root, tld, authoritative] = await steps(NAME, before, 3);

  for (const referral of [root, tld]) {
    const { answer, authority, additional } = (referral?.message ?? {}) as Record<string, string[]>;
    expect(answer).toEqual([]);
    expect(authority?.[0]).toMatch(/ NS /);
    expect(additional?.[0]).toMatch(/ A /);
    expect(referral?.because).toMatch(/^referral/);
  }
  expect(authoritative?.because).toMatch(/^answer/);
});

test('the steps are caused by the question of the client', async () => {
  const [root] = await steps(NAME, before, 3);
  const reports = await reportsAfter(before);
  const question = reports.find(
    ({ kind, host, summary, to }) =>
      host === 'resolver' && kind === 'dns.query' && summary.includes(NAME) && to?.address === `${lab.net}.4.1`,
  );

  const asked = reports.find(({ exchange, host }) => host === 'resolver' && exchange === root?.exchange);
  expect(question).toBeDefined();
  expect(asked?.cause).toBe(question?.exchange);
});

test('ARC-08 a message is reported by the processes at both of its ends', async () => {
  const [root] = await steps(NAME, before, 3);
  const reports = (await reportsAfter(before)).filter(({ exchange }) => exchange === root?.exchange);
  const ends = new Map(reports.map(({ host, program, pid }) => [host, { program, pid }]));

  expect(ends.get('resolver')).toEqual({ program: 'resolver', pid: expect.any(Number) });
  expect(ends.get(root?.host ?? '')).toEqual({ program: 'authoritative', pid: expect.any(Number) });
});

test('DNS-36, DNS-38 the second question is answered from the cache, with a smaller TTL', async () => {
  const first = await ask(lab.resolver, NAME);
  await advanceClock(10_000);
  const since = await now();
  const second = await ask(lab.resolver, NAME);

  expect(second.records[0]?.value).toBe(WEB_SERVER);
  expect(second.records[0]?.ttl).toBeLessThanOrEqual((first.records[0]?.ttl ?? 0) - 10);
  const answered = await until('the resolver reports its answer', async () =>
    (await reportsAfter(since)).find(
      ({ host, kind, summary }) => host === 'resolver' && kind === 'dns.response' && summary.includes(NAME),
    ),
  );
  expect(answered.because).toMatch(/^cached/);
  expect(await servers('dns.query', NAME, since)).toEqual([]);
});

test('DNS-37 a second name under edu does not need the root', async () => {
  const since = await now();
  const answer = await ask(lab.resolver, 'mail.hamburger.edu');

  expect(answer.records.at(-1)?.value).toBe(`${lab.net}.20.2`);
  expect(roles(await steps('mail.hamburger.edu', since, 2))).toEqual(['tld', 'dns']);
});

test('DNS-30 gaia.cs.umass.edu takes one step more, through an intermediate server', async () => {
  await act('resolver', 'flush');
  const since = await now();
  const answer = await ask(lab.resolver, 'gaia.cs.umass.edu');

  expect(answer.records.at(-1)?.value).toBe(`${lab.net}.10.1`);
  const asked = await steps('gaia.cs.umass.edu', since, 4);
  expect(roles(asked)).toEqual(['root', 'tld', 'dns-umass', 'dns-cs-umass']);
});
