import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { createTestHost, startOn, TEST_NET } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import { World } from '../world.ts';

/** An explanation, as far as tests read it: the manual page has the whole shape. */
interface Explanation {
  readonly mode: string;
  readonly exchange: string;
  readonly rcode: string;
  readonly answer: readonly string[];
  readonly queries: number;
  readonly steps: readonly {
    kind: string;
    depth: number;
    because: string;
    name?: string;
    zone?: string;
    type?: string;
    rd?: number;
    meaning?: string;
    found?: string;
    ageS?: number;
    isMinimised?: boolean;
    server?: { address: string };
    candidates?: { address: string; srttMs: number | null; isChosen: boolean }[];
    glue?: string[];
  }[];
}

let world: World;

beforeAll(async () => {
  world = await World.ofLab();
});

afterAll(async () => {
  await world.stop();
});

beforeEach(async () => {
  await act('mode', { mode: 'iterate' });
});

const act = async (action: string, input: object) => world.running('resolver').actions![action]!.run(input);
const explained = async (action: string, name: string, type = 'A') =>
  (await act(action, { name, type })) as Explanation;
const kinds = ({ steps }: Explanation) => steps.map(({ kind }) => kind);

describe('an explanation', () => {
  test('of an unknown name tells each step with its reason', async () => {
    const told = await explained('explain', 'www.amazon.com');
    expect(told).toMatchObject({ mode: 'iterate', rcode: 'NOERROR', queries: 3 });
    expect(told.answer).toEqual([`www.amazon.com. 300 IN A ${TEST_NET}.10.2`]);
    const zoneStep = ['zone', 'server', 'query', 'reply'];
    expect(kinds(told)).toEqual(['question', 'cache', ...zoneStep, ...zoneStep, ...zoneStep, 'answer']);
    const replies = told.steps.filter(({ kind }) => kind === 'reply');
    expect(replies.map(({ meaning }) => meaning)).toEqual(['referral', 'referral', 'answer']);
    expect(replies[0]).toMatchObject({
      zone: 'com.',
      glue: [`ns.nic.com. 86400 IN A ${TEST_NET}.2.1`, `ns-b.nic.com. 86400 IN A ${TEST_NET}.2.20`],
    });
    const choices = told.steps.filter(({ kind }) => kind === 'server');
    expect(choices.every(({ candidates }) => candidates?.filter(({ isChosen }) => isChosen).length === 1)).toBe(true);
    expect(told.steps.every(({ because }) => because.length > 0)).toBe(true);
  });

  test('of a cached name tells how old it is', async () => {
    await world.ask('resolver', 'www.amazon.com A');
    const told = await explained('explain', 'www.amazon.com');
    expect(told.queries).toBe(0);
    expect(kinds(told)).toEqual(['question', 'cache', 'answer']);
    expect(told.steps[1]).toMatchObject({ found: 'records', ageS: 0, rank: 'answer' });
  });

  test('has the exchange that caused the reports of its messages', async () => {
    let told: Explanation | undefined;
    const reports = await world.reportsOf(async () => {
      told = await explained('explain', 'gaia.cs.umass.edu');
    });
    const caused = reports.filter(({ kind, cause }) => kind === 'dns.query' && cause === told?.exchange);
    expect(caused.length).toBe(told?.queries);
  });

  test('of what is no name is refused with a sentence', async () => {
    await expect((async () => explained('explain', 'a..b'))()).rejects.toThrow(/is no domain name/);
    await expect((async () => explained('explain', 'www.amazon.com', 'AXFR'))()).rejects.toThrow(/is no type/);
  });
});

describe('a walk', () => {
  test('begins at the root with nothing, and asks whole names without recursion', async () => {
    await world.ask('resolver', 'gaia.cs.umass.edu A');
    const told = await explained('walk', 'gaia.cs.umass.edu');
    const queries = told.steps.filter(({ kind }) => kind === 'query');
    expect(told.mode).toBe('walk');
    expect(queries.map(({ name, rd, isMinimised }) => ({ name, rd, isMinimised }))).toEqual(
      new Array(4).fill({ name: 'gaia.cs.umass.edu.', rd: 0, isMinimised: false }),
    );
    expect(queries.map(({ server }) => server?.address.slice(TEST_NET.length + 1).replace(/^1\..$/, 'root'))).toEqual([
      'root',
      expect.stringMatching(/^2\.(2|20)$/),
      '3.10',
      '3.11',
    ]);
    expect(told.answer).toEqual([`gaia.cs.umass.edu. 3600 IN A ${TEST_NET}.10.1`]);
  });
});

describe('the modes', () => {
  const question = async (name: string) => (await world.ask('resolver', `${name} A`)).answer.map(formatRecord);

  test('DNS-17 one central server gives the same answers, and is the only one that is asked', async () => {
    // The primary server knows all names of organisations; that is all that these questions need.
    const names = ['www.amazon.com', 'cnn.com', 'www.enterprise.com', 'relay1.bar.foo.com'];
    const iterated = await Promise.all(names.map(question));
    await act('mode', { mode: 'central', server: '10.53.3.1' });
    const reports = await world.reportsOf(async () => {
      const central = await Promise.all(names.map(question));
      expect(central.map((answer) => answer.toSorted())).toEqual(iterated.map((answer) => answer.toSorted()));
    });
    const own = world.host('resolver').address;
    const asked = reports.filter(({ kind, from }) => kind === 'dns.query' && from?.address === own);
    expect(new Set(asked.map(({ to }) => to?.address))).toEqual(new Set([`${TEST_NET}.3.1`]));
    expect(asked.length).toBe(names.length);
  });

  test('DNS-17 the central server may be given by name', async () => {
    expect(await act('mode', { mode: 'central', server: 'dns1.amazon.com' })).toEqual({ mode: 'central' });
    expect(await question('www.amazon.com')).toEqual([`www.amazon.com. 300 IN A ${TEST_NET}.10.2`]);
    await act('mode', { mode: 'iterate' });
    await expect(act('mode', { mode: 'central', server: 'nosuch.amazon.com' })).rejects.toThrow(/has no address/);
  });

  test('DNS-33 in a chain the resolver asks a root server with RD, once, and takes its whole answer', async () => {
    const iterated = await question('www.enterprise.com');
    for (const host of ['root-a', 'root-b', 'tld-com', 'tld-b']) {
      await world.running(host).actions!.recursion!.run({ recursion: 'chain' });
    }
    try {
      await act('mode', { mode: 'chain' });
      const reports = await world.reportsOf(async () => {
        expect(await question('www.enterprise.com')).toEqual(iterated);
      });
      const own = world.host('resolver').address;
      const asked = reports.filter(({ kind, from }) => kind === 'dns.query' && from?.address === own);
      expect(asked.map(({ to, message }) => [to?.address.slice(0, -1), (message as Header).header.rd])).toEqual([
        [`${TEST_NET}.1.`, 1],
      ]);
    } finally {
      for (const host of ['root-a', 'root-b', 'tld-com', 'tld-b']) {
        await world.running(host).actions!.recursion!.run({ recursion: 'none' });
      }
    }
  });

  test('are shown in the state, and a change empties the cache', async () => {
    await question('www.amazon.com');
    await act('mode', { mode: 'chain' });
    expect(world.running('resolver').state()).toMatchObject({ mode: 'chain', cacheEntries: 0, cacheBytes: 0 });
  });
});

test('a start in the mode central without the address of a server is refused with the remedy', async () => {
  const host = createTestHost({ name: 'lonely', suffix: '4.9', dir: world.host('resolver').dir });
  const start = startOn(program, host, { RESOLVER_MODE: 'central', CENTRAL_SERVER: 'dns-central' });
  await expect(start).rejects.toThrow(/give the address .* as CENTRAL_SERVER/);
  await host.remove();
});

interface Header {
  readonly header: { readonly rd: number };
}

test('the state shows the cache in bytes, the servers with their times, the root, and what happened how often', async () => {
  await world.ask('resolver', 'www.amazon.com A');
  await world.ask('resolver', 'www.amazon.com A');
  const state = world.running('resolver').state() as {
    cacheBytes: number;
    servers: object[];
    counters: { questions: number; hits: number };
  };
  expect(state).toMatchObject({
    ...{ mode: 'iterate', cacheBytesMax: 8_388_608, root: { source: 'priming', servers: 13 } },
    counters: { questions: expect.any(Number), hits: expect.any(Number), primings: 1 },
  });
  expect(state.cacheBytes).toBeGreaterThan(500);
  expect(state.servers).toContainEqual(
    expect.objectContaining({ address: `${TEST_NET}.2.1`, srttMs: expect.any(Number), failuresInARow: 0 }),
  );
});
