import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addressOf, hasOnClient, onClient } from './kit/client-tools.ts';
import {
  act,
  advanceClock,
  lab,
  now,
  reportsAfter,
  type SeenReport,
  startHost,
  stopHost,
  until,
} from './kit/lab-under-test.ts';

/**
 * A student looks at the local DNS server with dig: what it asks and what it remembers, for how long, and what it does when
 * servers are silent, wrong or gone. What went to the servers is seen in the observatory.
 */

const EXAMPLES = 'examples.topdown.org';
/** The servers that the local DNS server may ask. */
const SERVERS = [
  ...['root-a', 'root-b', 'tld-com', 'tld-edu', 'tld-fr', 'tld-org', 'tld-kr', 'tld-b'],
  ...['dns-primary', 'dns-secondary', 'dns-umass', 'dns-cs-umass'],
];

/** Options of dig with which it asks once: for servers that are gone the local DNS server takes some seconds, on a quiet machine. */
const PATIENT = '+tries=1 +timeout=60';
/** How far away the servers are put, what counts as no distance, and by how much timers may be early, in milliseconds. */
const [DISTANCE_MS, AT_ONCE_MS, TIMERS_MS] = [100, 10, 30];

/** The servers that a test has stopped. */
const stopped = new Set<string>();

beforeAll(async () => {
  const areToolsHere = (await hasOnClient('dig')) && (await hasOnClient('kdig'));
  expect(areToolsHere, 'install dig and kdig: apt-get install bind9-dnsutils knot-dnsutils').toBe(true);
});

beforeEach(async () => {
  await act('resolver', 'flush');
});

afterEach(async () => {
  await Promise.all([...stopped].map(startHost));
  stopped.clear();
});

afterAll(async () => {
  await recursion('none');
  await distance(0);
  await act('resolver', 'mode', { mode: 'iterate' });
});

async function stop(...hosts: string[]): Promise<void> {
  for (const host of hosts) stopped.add(host);
  await Promise.all(hosts.map(stopHost));
}

/** Whether the servers, asked for recursion, ask those below them. */
async function recursion(how: 'none' | 'chain'): Promise<void> {
  await Promise.all(SERVERS.map((server) => act(server, 'recursion', { recursion: how })));
}

/** Puts every server so far away that an answer takes `delayMs` longer. */
async function distance(delayMs: number): Promise<void> {
  await Promise.all(SERVERS.map((server) => act(server, 'distance', { delayMs })));
}

/** How long the local DNS server took for an answer, as dig measures it, in milliseconds. */
async function queryTimeMs(question: string): Promise<number> {
  return Number(/Query time: (\d+) msec/.exec(await dig(question))?.[1]);
}

/** What dig prints of an answer of the local DNS server. */
function dig(question: string): Promise<string> {
  return onClient(`dig @resolver ${question}`);
}

/** The records of the answer section, one to a line: `NAME TTL CLASS TYPE DATA`. */
async function answer(question: string): Promise<string[]> {
  const printed = await dig(`${question} +noall +answer`);
  return printed.split('\n').filter((line) => / IN /.test(line));
}

/** What the local DNS server asked because of one dig, as `SERVER NAME TYPE?`, in small letters; and what dig printed. */
async function asked(question: string): Promise<{ readonly queries: string[]; readonly printed: string }> {
  const resolver = addressOf('resolver');
  const before = await now();
  const printed = await dig(question);
  const id = Number(/ id: (\d+)/.exec(printed)?.[1]);
  return until(`the observatory shows the answer with the identifier ${id}`, async () => {
    // Each message is reported at both ends: what the local DNS server tells is enough.
    const seen = (await reportsAfter(before)).filter(({ host }) => host === 'resolver');
    const end = seen.find(({ from, to, ...report }) => {
      return from?.address === resolver && to?.address === `${lab.net}.100.1` && idOf(report) === id;
    });
    if (end === undefined) return undefined;
    const queries = seen
      .filter(({ kind, from, cause }) => kind === 'dns.query' && from?.address === resolver && cause === end.exchange)
      .map(({ to, summary }) => `${nameOf(to?.address)} ${summary.toLowerCase()}`);
    return { queries, printed };
  });
}

/** The identifier of the response that a report tells of. */
function idOf({ kind, message }: Pick<SeenReport, 'kind' | 'message'>): number | undefined {
  return kind === 'dns.response' ? (message as { header: { id: number } }).header.id : undefined;
}

function nameOf(address: string | undefined): string {
  return SERVERS.find((server) => addressOf(server) === address) ?? String(address);
}

/**
 * Each query once, with the level of its server: which of two is asked is a matter of speed and chance, and one that has no
 * time for an answer is asked again.
 */
function once(queries: readonly string[]): string[] {
  return [...new Set(queries.map((query) => query.replace(/^(root|tld|dns)-\S+/, '$1')))];
}

describe('what it says of itself', () => {
  test('R1: it recurs and has no authority (RA without AA), whether the answer is found or cached', async () => {
    for (const _ of ['found', 'cached']) {
      const printed = await dig('www.amazon.com');
      expect(printed).toMatch(/flags: qr rd ra; QUERY: 1, ANSWER: 1/);
      expect(printed).toContain('EDNS: version: 0, flags:; udp: 1232');
    }
    expect(await onClient('kdig @resolver www.amazon.com')).toMatch(/Flags: qr rd ra;/);
  });

  test('R8: the letters of a question come back as they went, though others were sent to the servers', async () => {
    const printed = await dig('wWw.AmAzOn.cOm');
    expect(printed).toContain(';wWw.AmAzOn.cOm. IN A');
    expect(printed).toContain(`wWw.AmAzOn.cOm. 300 IN A ${lab.net}.10.2`);
  });

  if (lab.form === 'embedded')
    test('R21: whoever is not of the lab is refused, and told so', async () => {
      // This machine has more addresses than the lab; the client of the containers has its own and no other.
      const printed = await dig('www.amazon.com -b 127.0.0.99');
      expect(printed).toContain('status: REFUSED');
      expect(printed).toMatch(/flags: qr rd;/);
      expect(printed).toMatch(/EDE: 18 \(Prohibited\)/);
    });

  test('R15: asked without recursion it answers from its cache or refuses, and asks nobody', async () => {
    const refused = await asked('www.amazon.com +norec');
    expect(refused.printed).toContain('status: REFUSED');
    expect(refused.printed).toMatch(/EDE: 20 \(Not Authoritative\)/);
    expect(refused.queries).toEqual([]);
    await dig('www.amazon.com');
    const cached = await asked('www.amazon.com +norec');
    expect(cached.printed).toMatch(/flags: qr ra; QUERY: 1, ANSWER: 1/);
    expect(cached.queries).toEqual([]);
  });
});

describe('what it asks', () => {
  test('R2: when it starts it asks the root who serves the root', async () => {
    const before = await now();
    await stop('resolver');
    await startHost('resolver');
    stopped.clear();
    const priming = await until('the root has answered', async () =>
      (await reportsAfter(before)).find(
        ({ kind, to, summary }) =>
          kind === 'dns.response' && to?.address === addressOf('resolver') && summary.startsWith('. NS'),
      ),
    );
    expect(nameOf(priming.from?.address)).toMatch(/^root-[ab]$/);
  });

  test('R7: the root sees the top-level domain and nothing else of the name', async () => {
    const { queries } = await asked('www.amazon.com MX');
    expect(once(queries)).toEqual(['root com a?', 'tld amazon.com a?', 'dns www.amazon.com mx?']);
    await act('resolver', 'flush');
    const unknown = await asked('secret.project.nosuchtld');
    expect(unknown.printed).toContain('status: NXDOMAIN');
    expect(once(unknown.queries)).toEqual(['root nosuchtld a?']);
  });

  test('R11: the target of an alias is asked for itself', async () => {
    const { queries, printed } = await asked('www.enterprise.com');
    expect(printed).toMatch(/ANSWER: 2/);
    expect(once(queries).slice(-3)).toEqual([
      'dns www.enterprise.com a?',
      'dns west-coast.enterprise.com a?',
      'dns relay1.west-coast.enterprise.com a?',
    ]);
  });

  test('R12: what is too large for UDP is fetched over TCP', async () => {
    const { queries } = await asked(`large.${EXAMPLES} TXT +tcp`);
    const printed = await dig(`large.${EXAMPLES} TXT`);
    expect(printed).toMatch(/Truncated, retrying in TCP mode/);
    expect(printed).toMatch(/ANSWER: 12,/);
    expect(printed).toContain('(TCP)');
    expect(queries.filter((query) => query.endsWith(` large.${EXAMPLES} txt?`)).length).toBeGreaterThanOrEqual(2);
  });

  test('R18: five who ask the same at the same time cost one query', async () => {
    const before = await now();
    const printed = await Promise.all(Array.from({ length: 5 }, () => dig('mail.crepes.fr TXT')));
    for (const one of printed) expect(one).toMatch(/status: NOERROR/);
    const last = await asked('mail.crepes.fr TXT');
    expect(last.queries).toEqual([]);
    const sent = (await reportsAfter(before)).filter(
      ({ host, kind, from, summary }) =>
        host === 'resolver' &&
        kind === 'dns.query' &&
        from?.address === addressOf('resolver') &&
        /^mail\.crepes\.fr TXT/i.test(summary),
    );
    // One that has no time for an answer is sent again, for the same client.
    expect(new Set(sent.map(({ cause }) => cause)).size).toBe(1);
  });

  test('a DNAME record comes with the alias that follows from it, and serves every name below', async () => {
    expect(await answer(`www.old.${EXAMPLES}`)).toEqual([
      `old.${EXAMPLES}. 3600 IN DNAME renamed.${EXAMPLES}.`,
      `www.old.${EXAMPLES}. 3600 IN CNAME www.renamed.${EXAMPLES}.`,
      `www.renamed.${EXAMPLES}. 3600 IN A ${lab.net}.10.1`,
    ]);
    const other = await asked(`other.old.${EXAMPLES}`);
    expect(other.printed).toContain('status: NXDOMAIN');
    expect(other.printed).toContain(`CNAME other.renamed.${EXAMPLES}.`);
    expect(once(other.queries)).toEqual([`dns other.renamed.${EXAMPLES} a?`]);
    const label = 'a'.repeat(60);
    const long = [label, label, label, 'a'.repeat(43)].join('.');
    expect(await dig(`${long}.old.${EXAMPLES}`)).toContain('status: YXDOMAIN');
  });
});

describe('what it remembers', () => {
  test('R3, DNS-38 the TTL counts down, however often it is asked for, and at its end the servers are asked', async () => {
    expect(once((await asked('cnn.com')).queries)).toEqual(['root com a?', 'tld cnn.com a?', 'dns cnn.com a?']);
    const ttl = async () => Number((await answer('cnn.com'))[0]?.split(' ')[1]);
    const first = await ttl();
    await advanceClock(20_000);
    const second = await ttl();
    await advanceClock(20_000);
    const third = await ttl();
    expect(first - second).toBeGreaterThanOrEqual(20);
    expect(second - third).toBeGreaterThanOrEqual(20);
    expect(third).toBeLessThanOrEqual(20);
    await advanceClock(20_000);
    const again = await asked('cnn.com');
    expect(once(again.queries)).toEqual(['dns cnn.com a?']);
    expect(again.printed).toContain('cnn.com. 60 IN A');
  });

  test('R4, R5: "no such name" and "no such data" are remembered apart, and below what does not exist there is nothing', async () => {
    expect(await dig('nowhere.amazon.com')).toMatch(
      /status: NXDOMAIN[\s\S]*AUTHORITY: 1[\s\S]*amazon\.com\. 300 IN SOA dns1\.amazon\.com\./,
    );
    expect(await dig('www.amazon.com MX')).toMatch(/status: NOERROR[\s\S]*ANSWER: 0, AUTHORITY: 1[\s\S]*IN SOA/);
    for (const question of ['nowhere.amazon.com MX', 'deep.below.nowhere.amazon.com']) {
      const { queries, printed } = await asked(question);
      expect(printed).toContain('status: NXDOMAIN');
      expect(queries).toEqual([]);
    }
    expect((await asked('www.amazon.com MX')).queries).toEqual([]);
    // Another type of a name that exists is another question.
    const other = await asked('www.amazon.com');
    expect(other.printed).toContain(`${lab.net}.10.2`);
    expect(once(other.queries)).toEqual(['dns www.amazon.com a?']);
  });

  test('R6, R16: a zone whose only server is lame is SERVFAIL, which is remembered, and says why', async () => {
    const question = `www.lame.${EXAMPLES}`;
    const first = await asked(question);
    expect(first.printed).toContain('status: SERVFAIL');
    expect(first.printed).toMatch(/EDE: 22 \(No Reachable Authority\)/);
    expect(first.queries.at(-1)).toMatch(/^dns-umass /);
    // Remembered for a second, and twice as long after each failure.
    const second = await until('the failure is remembered', async () => {
      const next = await asked(question);
      return next.printed.includes('EDE: 13') && next;
    });
    expect(second.printed).toMatch(/EDE: 13 \(Cached Error\)/);
    expect(second.printed).toMatch(/EDE: 22 \(No Reachable Authority\)/);
    expect(second.queries).toEqual([]);
  });

  test('R14: what has the TTL 0 is for one use', async () => {
    for (const queries of [/./, / moment\./]) {
      const seen = await asked(`moment.${EXAMPLES}`);
      expect(seen.printed).toContain(`moment.${EXAMPLES}. 0 IN A ${lab.net}.10.1`);
      expect(seen.queries.at(-1)).toMatch(queries);
    }
  });

  test('R17: the order of several addresses changes from answer to answer', async () => {
    const first = new Set<string | undefined>();
    await until('each address was first once', async () => {
      first.add((await dig('cnn.com +short')).split('\n')[0]);
      return first.size === 3;
    });
  });
});

describe('what it does where things go wrong', () => {
  test('R19: twelve aliases are followed, and not thirteen', async () => {
    const last = `end.${EXAMPLES}. 3600 IN A ${lab.net}.10.1`;
    const records = await answer(`link-2.${EXAMPLES}`);
    expect(records.length).toBe(13);
    expect(records).toContain(last);
    const printed = await dig(`link-1.${EXAMPLES}`);
    expect(printed).toContain('status: SERVFAIL');
    expect(printed).toContain('more than 12 aliases');
  });

  test('R20: a zone whose server is dead costs 5 seconds and a few queries, and then SERVFAIL', async () => {
    await stop('dns-umass');
    const { queries, printed } = await asked(`www.umass.edu ${PATIENT}`);
    expect(printed).toContain('status: SERVFAIL');
    expect(printed).toMatch(/EDE: 22 \(No Reachable Authority\)/);
    expect(queries.length).toBeLessThanOrEqual(30);
  });

  test('R13: when all servers of a name are gone its old answer is given, with TTL 30, and said to be stale', async () => {
    expect(await answer('www.amazon.com')).toEqual([`www.amazon.com. 300 IN A ${lab.net}.10.2`]);
    await advanceClock(301_000);
    await stop('dns-primary', 'dns-secondary');
    const printed = await dig(`www.amazon.com ${PATIENT}`);
    expect(printed).toContain('status: NOERROR');
    expect(printed).toContain(`www.amazon.com. 30 IN A ${lab.net}.10.2`);
    expect(printed).toMatch(/EDE: 3 \(Stale Answer\)/);
  });
});

describe('time', () => {
  test('DNS-36 from servers 100 ms away a name comes in three times that; from the cache at once, without a query', async () => {
    // A name that no test before has asked for: what a look-up for one still finds out is remembered in spite of a flush.
    const name = 'www.someschool.edu';
    await distance(DISTANCE_MS);
    try {
      expect(await queryTimeMs(name)).toBeGreaterThan(3 * DISTANCE_MS - TIMERS_MS);
      await until('an answer comes at once', async () => (await queryTimeMs(name)) < AT_ONCE_MS);
      expect((await asked(name)).queries).toEqual([]);
    } finally {
      await distance(0);
    }
  });

  test('DNS-40 after five seconds a record with a TTL of 5 s is gone, and one with 60 s is still there', async () => {
    for (const name of ['five', 'sixty']) expect((await answer(`${name}.${EXAMPLES}`)).length).toBe(1);
    await advanceClock(5_000);
    expect(once((await asked(`five.${EXAMPLES}`)).queries)).toEqual([`dns five.${EXAMPLES} a?`]);
    expect((await asked(`sixty.${EXAMPLES}`)).queries).toEqual([]);
  });
});

describe('ways to find a name', () => {
  const NAMES = [
    'www.amazon.com',
    'gaia.cs.umass.edu',
    'www.enterprise.com',
    'hotmail.com MX',
    'mail.crepes.fr',
    `www.old.${EXAMPLES}`,
  ];

  test('DNS-33 with a chain of recursion from the root down dig prints the same answers', async () => {
    const answers = async () => {
      const found: string[] = [];
      for (const question of NAMES) found.push((await dig(`${question} +short`)).split('\n').toSorted().join(' '));
      return found;
    };
    const iterated = await answers();
    expect(iterated.every((found) => found.length > 0)).toBe(true);
    await recursion('chain');
    try {
      await act('resolver', 'mode', { mode: 'chain' });
      expect(await answers()).toEqual(iterated);
      await act('resolver', 'flush');
      const { queries } = await asked('www.amazon.com');
      expect(once(queries)).toEqual(['root www.amazon.com a?']);
    } finally {
      await act('resolver', 'mode', { mode: 'iterate' });
      await recursion('none');
    }
  });
});
