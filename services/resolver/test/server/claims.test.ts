import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { createNames } from '#shared/host/lookup.ts';
import { cpuMs } from '#shared/host/test/kit/cpu-time.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import type { Report } from '#shared/report.ts';
import { World } from '../world.ts';

let world: World;

beforeAll(async () => {
  world = await World.ofLab();
});

afterAll(async () => {
  await world.stop();
});

beforeEach(async () => {
  await world.flush();
});

/** Queries that the resolver sent to servers, as `SERVER NAME?`. */
function upstream(reports: readonly Report[]): string[] {
  const own = world.host('resolver').address;
  const sent = reports.filter(({ kind, from }) => kind === 'dns.query' && from?.address === own);
  return sent.map(({ to, summary }) => `${to?.address.slice(TEST_NET.length + 1)} ${summary.toLowerCase()}`);
}

/** The header of each message, in the order in which they went. */
function headers(
  reports: readonly Report[],
  kind: string,
): { rd: number; ra: number; aa: number; qr: number; ancount: number }[] {
  return reports.filter((report) => report.kind === kind).map(({ message }) => (message as { header: never }).header);
}

const answerOf = async (host: string, question: string) => (await world.ask(host, question)).answer.map(formatRecord);

describe('a name is found from the root down', () => {
  test('DNS-03 DNS-32 a host name becomes an IP address: recursion desired, available, and the answer is there', async () => {
    const reply = await world.ask('resolver', 'www.google.com A');
    expect(reply.answer.map(formatRecord)).toEqual([`www.google.com. 3600 IN A ${TEST_NET}.10.1`]);
    expect(reply).toMatchObject({ rd: true, ra: true, aa: false, rcode: 0 });
  });

  test('DNS-26 DNS-34 www.amazon.com takes three iterative queries: root, com, amazon.com', async () => {
    const reports = await world.reportsOf(() => world.ask('resolver', 'www.amazon.com A'));
    expect(upstream(reports).map((line) => line.replace(/^1\.[12]/, 'root'))).toEqual([
      'root com a?',
      expect.stringMatching(/^2\.(1|20) amazon\.com a\?$/),
      expect.stringMatching(/^3\.[12] www\.amazon\.com a\?$/),
    ]);
    expect(headers(reports, 'dns.query').map(({ rd }) => rd)).toEqual([1, 0, 0, 0]);
    const reasons = reports.filter(({ kind }) => kind === 'dns.response').map(({ because }) => because);
    expect(reasons).toEqual([
      'the root says: com is served by ns.nic.com and ns-b.nic.com',
      'com says: amazon.com is served by dns1.amazon.com and dns2.amazon.com',
      'amazon.com answers: www.amazon.com has A',
      'amazon.com answers: www.amazon.com has A',
    ]);
  });

  test('DNS-29 the client sees one query and one reply; eight messages go in all', async () => {
    const reports = await world.reportsOf(() => world.ask('resolver', 'www.amazon.com A'));
    expect(reports.map(({ kind }) => kind)).toEqual([
      'dns.query',
      ...['dns.query', 'dns.response', 'dns.query', 'dns.response', 'dns.query', 'dns.response'],
      'dns.response',
    ]);
  });

  test('DNS-30 a department below umass.edu takes a fourth query, and ten messages in all', async () => {
    const reports = await world.reportsOf(() => world.ask('resolver', 'gaia.cs.umass.edu A'));
    expect(upstream(reports).map((line) => line.split(' ')[0]!.replace(/^1\.[12]/, 'root'))).toEqual([
      'root',
      expect.stringMatching(/^2\.(2|20)$/),
      '3.10',
      '3.11',
    ]);
    expect(reports.length).toBe(10);
  });

  test('DNS-28 a host asks its local DNS server and nobody else', async () => {
    const client = `${TEST_NET}.100.1`;
    const names = createNames({ resolver: world.host('resolver').endpoint(53), localAddress: client });
    const reports = await world.reportsOf(() => names.addresses('www.amazon.com', 'client.1'));
    const servers = ['root-a', 'root-b', 'tld-com', 'dns-primary', 'dns-secondary', 'resolver'];
    const asked = servers.filter((name) => world.host(name).reported.some(({ from }) => from?.address === client));
    expect(asked).toEqual(['resolver']);
    const [first, ...rest] = reports;
    expect(first).toMatchObject({ from: { address: client }, cause: 'client.1' });
    // Everything that the resolver asks has the client's question as its cause.
    expect(
      rest.filter(({ kind, to }) => kind === 'dns.query' && to?.address !== client).map(({ cause }) => cause),
    ).toEqual(new Array(3).fill(first?.exchange));
    const root = ['root-a', 'root-b'].flatMap((name) => world.host(name).reported);
    expect(root.some(({ cause, exchange }) => cause === first?.exchange && exchange === rest[0]?.exchange)).toBe(true);
    await names.close();
  });
});

describe('servers of three classes', () => {
  test('DNS-22 root, TLD and authoritative servers each have their zones, and say what they are', async () => {
    const roles = ['root-b', 'tld-com', 'dns-umass'].map((name) => world.running(name).roles?.());
    // The root servers also have the zone of their own names.
    expect(roles).toEqual([['root', 'authoritative'], ['TLD'], ['authoritative']]);
    const zonesOf = async (name: string) =>
      (await world.running(name).state()) as { zones: { zone: string; class: string }[] };
    expect((await zonesOf('root-a')).zones).toContainEqual(expect.objectContaining({ zone: '.', class: 'root' }));
    expect((await zonesOf('tld-com')).zones).toMatchObject([
      { zone: 'com.', class: 'TLD' },
      { zone: 'net.', class: 'TLD' },
    ]);
    expect((await zonesOf('dns-umass')).zones).toMatchObject([{ zone: 'umass.edu.', class: 'authoritative' }]);
  });

  test('DNS-25 DNS-52 only the server of the zone answers with authority', async () => {
    const replies = await Promise.all(
      ['root-a', 'tld-com', 'dns-primary', 'resolver'].map((name) => world.ask(name, 'www.amazon.com A')),
    );
    expect(replies.map(({ aa }) => aa)).toEqual([false, false, true, false]);
  });

  test('DNS-31 DNS-46 DNS-58 a server above refers: no answer, NS in authority, and the address of that server', async () => {
    const reply = await world.ask('tld-edu', 'gaia.cs.umass.edu A');
    expect(reply).toMatchObject({ rd: false, aa: false, answer: [] });
    expect(reply.authority.map(formatRecord)).toEqual(['umass.edu. 172800 IN NS dns.umass.edu.']);
    expect(reply.additional.map(formatRecord)).toEqual([`dns.umass.edu. 172800 IN A ${TEST_NET}.3.10`]);
  });

  test('DNS-54 recursion is available from the resolver and from no other server', async () => {
    const replies = await Promise.all(
      ['root-a', 'tld-com', 'dns-primary', 'resolver'].map((name) => world.ask(name, 'com NS', { rd: true })),
    );
    expect(replies.map(({ ra }) => ra)).toEqual([false, false, false, true]);
    expect(replies.map(({ rd }) => rd)).toEqual([true, true, true, true]);
  });

  test('DNS-51 a query has QR 0 and a reply has QR 1', async () => {
    const reports = await world.reportsOf(() => world.ask('resolver', 'www.cnn.com A'));
    expect(headers(reports, 'dns.query').every(({ qr }) => qr === 0)).toBe(true);
    expect(headers(reports, 'dns.response').every(({ qr }) => qr === 1)).toBe(true);
  });

  test('DNS-65 with the primary down the secondary answers', async () => {
    await world.halt('dns-primary');
    try {
      expect(await answerOf('resolver', 'www.amazon.com A')).toEqual([`www.amazon.com. 300 IN A ${TEST_NET}.10.2`]);
      expect((await world.ask('dns-secondary', 'www.amazon.com A')).aa).toBe(true);
    } finally {
      await world.start('dns-primary');
    }
  });
});

describe('the cache', () => {
  interface State {
    readonly cache: readonly { name: string; type: string; values: string[]; ttl: number }[];
  }
  const cacheLines = async () => ((await world.running('resolver').state()) as State).cache;

  test('DNS-35 DNS-39 what servers said is kept: the answer and who serves com and amazon.com, in four fields', async () => {
    await world.ask('resolver', 'www.amazon.com A');
    const cache = await cacheLines();
    expect(cache).toContainEqual(
      expect.objectContaining({ name: 'www.amazon.com.', type: 'A', values: [`${TEST_NET}.10.2`], ttl: 300 }),
    );
    expect(cache).toContainEqual(
      expect.objectContaining({ name: 'com.', type: 'NS', values: ['ns.nic.com.', 'ns-b.nic.com.'], ttl: 86_400 }),
    );
    expect(cache).toContainEqual(
      expect.objectContaining({ name: 'amazon.com.', type: 'NS', values: ['dns1.amazon.com.', 'dns2.amazon.com.'] }),
    );
    for (const entry of cache)
      expect(Object.keys(entry)).toEqual(expect.arrayContaining(['name', 'values', 'type', 'ttl']));
  });

  test('DNS-36 a cached name is answered without any further query, at the cost of less than 5 ms', async () => {
    await world.ask('resolver', 'www.amazon.com A');
    const costs: number[] = [];
    const reports = await world.reportsOf(async () => {
      for (let turn = 0; turn < 10; turn += 1) {
        const before = cpuMs();
        await world.ask('resolver', 'www.amazon.com A');
        costs.push(cpuMs() - before);
      }
    });
    expect(upstream(reports)).toEqual([]);
    expect(Math.min(...costs)).toBeLessThan(5);
    expect(reports.at(-1)?.because).toMatch(/^cached \d+ s ago, \d+ s left$/);
  });

  test('DNS-37 another name in com takes two queries: the root is not asked', async () => {
    await world.ask('resolver', 'www.amazon.com A');
    const reports = await world.reportsOf(() => world.ask('resolver', 'www.google.com A'));
    expect(upstream(reports).map((line) => line.split(' ')[0])).toEqual([
      expect.stringMatching(/^2\.(1|20)$/),
      expect.stringMatching(/^3\.[12]$/),
    ]);
  });

  test('DNS-38 the TTL counts down, and when it is over the servers are asked again', async () => {
    const ttl = async () => (await world.ask('resolver', 'www.amazon.com A')).answer[0]!.ttl;
    expect(await ttl()).toBe(300);
    world.host('resolver').clock.advance(288_000);
    expect(await ttl()).toBeLessThanOrEqual(12);
    world.host('resolver').clock.advance(12_000);
    const reports = await world.reportsOf(async () => expect(await ttl()).toBe(300));
    expect(upstream(reports).length).toBe(1);
  });
});

describe('records of the notes', () => {
  test('DNS-41 A: relay1.bar.foo.com has 145.37.93.126', async () => {
    expect(await answerOf('resolver', 'relay1.bar.foo.com A')).toEqual(['relay1.bar.foo.com. 3600 IN A 145.37.93.126']);
  });

  test('DNS-42 NS: foo.com is served by dns.foo.com', async () => {
    expect(await answerOf('resolver', 'foo.com NS')).toContain('foo.com. 3600 IN NS dns.foo.com.');
  });

  test('DNS-12 CNAME: an alias is answered with its canonical name and the address of that', async () => {
    expect(await answerOf('resolver', 'www.enterprise.com A')).toEqual([
      'www.enterprise.com. 3600 IN CNAME relay1.west-coast.enterprise.com.',
      `relay1.west-coast.enterprise.com. 3600 IN A ${TEST_NET}.10.1`,
    ]);
  });

  test('DNS-44 DNS-59 MX: foo.com has mail.bar.foo.com, whose address comes along', async () => {
    for (const server of ['dns-primary', 'resolver']) {
      const reply = await world.ask(server, 'foo.com MX');
      expect(reply.answer.map(formatRecord)).toEqual(['foo.com. 3600 IN MX 10 mail.bar.foo.com.']);
      expect(reply.additional.map(formatRecord)).toEqual([`mail.bar.foo.com. 3600 IN A ${TEST_NET}.20.2`]);
    }
  });

  test('DNS-57 an answer may be several records, and the resolver rotates them too', async () => {
    const firsts = new Set<string>();
    for (let turn = 0; turn < 3; turn += 1) {
      const answer = await answerOf('resolver', 'cnn.com A');
      expect(answer.length).toBe(3);
      firsts.add(answer[0]!);
    }
    expect(firsts.size).toBe(3);
  });
});

test('both root servers give equal answers', async () => {
  const [a, b] = await Promise.all(['root-a', 'root-b'].map((name) => world.ask(name, 'www.cnn.com A')));
  expect(b!.authority).toEqual(a!.authority);
  expect(b!.additional).toEqual(a!.additional);
});

test('strangers, queries without RD and unreadable queries are refused', async () => {
  expect((await world.ask('resolver', 'www.cnn.com A', { from: '127.0.0.99' })).rcode).toBe(5);
  expect((await world.ask('resolver', 'www.cnn.com A', { rd: false })).rcode).toBe(5);
  expect((await world.ask('resolver', 'cnn.com AXFR', { transport: 'tcp' })).rcode).toBe(4);
});
