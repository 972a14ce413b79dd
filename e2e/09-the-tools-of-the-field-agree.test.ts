import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { addressOf, hasOnClient, onClient } from './kit/client-tools.ts';
import { fetchThrough } from './kit/http-client.ts';
import { act, lab, until } from './kit/lab-under-test.ts';
import { aliceWritesToBob, bobsMessage } from './kit/mail-agent.ts';

/**
 * A student at the client looks at the servers of the lab with dig and kdig, as an administrator looks at those of the
 * Internet: root, TLD and authoritative servers one after the other, with every option that shows something.
 */

interface TryOut {
  readonly shows: string;
  readonly command: string;
  /** The form of the lab in which it can be tried; both where absent. */
  readonly only?: typeof lab.form;
  /** What the tool prints, blanks squeezed together. */
  readonly prints: readonly (string | RegExp)[];
  readonly printsNot?: readonly (string | RegExp)[];
}

/** One row: what it shows, the command as a person types it, and what it must print. */
const TRY_OUTS: readonly TryOut[] = [
  {
    shows: 'a root server refers to the servers of com',
    command: 'dig @root-a www.amazon.com +norec',
    prints: [
      'status: NOERROR',
      'flags: qr; QUERY: 1, ANSWER: 0, AUTHORITY: 2, ADDITIONAL: 3',
      'com. 86400 IN NS ns.nic.com.',
      `ns.nic.com. 86400 IN A ${lab.net}.2.1`,
    ],
  },
  {
    shows: 'a TLD server refers to two servers, with their addresses',
    command: 'dig @tld-com www.amazon.com +norec',
    prints: [
      'flags: qr; QUERY: 1, ANSWER: 0, AUTHORITY: 2, ADDITIONAL: 3',
      'amazon.com. 172800 IN NS dns2.amazon.com.',
      `dns2.amazon.com. 172800 IN A ${lab.net}.3.2`,
    ],
  },
  {
    shows: 'the authoritative server answers with authority',
    command: 'dig @dns-primary www.amazon.com +norec',
    prints: [
      'flags: qr aa; QUERY: 1, ANSWER: 1',
      `www.amazon.com. 300 IN A ${lab.net}.10.2`,
      'EDNS: version: 0, flags:; udp: 1232',
    ],
    printsNot: [/WARNING/],
  },
  {
    shows: 'its secondary answers the same',
    command: 'dig @dns-secondary www.amazon.com +norec',
    prints: ['flags: qr aa; QUERY: 1, ANSWER: 1', `www.amazon.com. 300 IN A ${lab.net}.10.2`],
  },
  {
    shows: 'a server without recursion says so',
    command: 'dig @dns-primary www.amazon.com',
    prints: ['flags: qr aa rd;', 'WARNING: recursion requested but not available'],
  },
  {
    shows: 'the local server recurs',
    command: 'dig @resolver www.amazon.com',
    prints: [/flags: qr rd ra;/, `IN A ${lab.net}.10.2`],
  },
  {
    shows: 'a name that does not exist, and for how long that may be remembered',
    command: 'dig @dns-primary nowhere.amazon.com +norec',
    prints: [
      'status: NXDOMAIN',
      'flags: qr aa;',
      /amazon\.com\. 300 IN SOA dns1\.amazon\.com\. hostmaster\.amazon\.com\. \d+ 3600 900 604800 300/,
    ],
  },
  {
    shows: 'a name without such data',
    command: 'dig @dns-primary www.amazon.com AAAA +norec',
    prints: ['status: NOERROR', 'flags: qr aa; QUERY: 1, ANSWER: 0, AUTHORITY: 1', 'IN SOA'],
  },
  {
    shows: 'an empty non-terminal does exist',
    command: 'dig @dns-primary bar.foo.com +norec',
    prints: ['status: NOERROR', 'ANSWER: 0, AUTHORITY: 1'],
  },
  {
    shows: 'a name of nobody here',
    command: 'dig @dns-primary www.elsewhere.example +norec',
    prints: ['status: REFUSED', 'flags: qr; QUERY: 1, ANSWER: 0, AUTHORITY: 0'],
  },
  {
    shows: 'the letters of a question come back as they went',
    command: 'dig @dns-primary wWw.AmAzOn.cOm +norec',
    prints: [';wWw.AmAzOn.cOm. IN A', `wWw.AmAzOn.cOm. 300 IN A ${lab.net}.10.2`],
  },
  {
    shows: 'the same over TCP',
    command: 'dig @dns-primary www.amazon.com +norec +tcp',
    prints: [`www.amazon.com. 300 IN A ${lab.net}.10.2`, '(TCP)'],
  },
  {
    shows: 'the root server’s thirteen names fit a message without EDNS',
    command: 'dig @root-a . NS +norec +noedns +ignore',
    prints: ['flags: qr aa; QUERY: 1, ANSWER: 13, AUTHORITY: 0, ADDITIONAL: 13'],
  },
  {
    shows: 'a small payload size',
    command: 'dig @dns-primary topdown.org ANY +norec +bufsize=512 +notcp',
    prints: ['status: NOERROR', 'flags: qr aa;', 'udp: 1232'],
  },
  {
    shows: 'an option that nobody knows is ignored',
    command: 'dig @dns-primary www.amazon.com +norec +ednsopt=65001:c0ffee +nsid +subnet=192.0.2.0/24',
    prints: ['status: NOERROR', `www.amazon.com. 300 IN A ${lab.net}.10.2`],
    printsNot: [/OPT=65001/, /NSID/, /CLIENT-SUBNET/],
  },
  {
    shows: 'a version of EDNS that does not exist yet',
    command: 'dig @dns-primary www.amazon.com +norec +edns=1 +noednsnegotiation',
    prints: ['status: BADVERS', 'EDNS: version: 0', 'ANSWER: 0, AUTHORITY: 0'],
  },
  {
    shows: 'dig comes down to our version of EDNS by itself',
    command: 'dig @dns-primary www.amazon.com +norec +edns=1',
    prints: ['BADVERS, retrying with EDNS version 0', 'status: NOERROR'],
  },
  {
    shows: 'DO comes back',
    command: 'dig @dns-primary www.amazon.com +norec +dnssec',
    prints: ['EDNS: version: 0, flags: do; udp: 1232'],
  },
  {
    shows: 'ANY gets one RRset',
    command: 'dig @dns-primary foo.com ANY +norec +notcp',
    prints: ['flags: qr aa; QUERY: 1, ANSWER: 1,'],
  },
  {
    shows: 'an alias comes with its canonical name',
    command: 'dig @dns-primary www.enterprise.com +norec',
    prints: [
      'www.enterprise.com. 3600 IN CNAME relay1.west-coast.enterprise.com.',
      `relay1.west-coast.enterprise.com. 3600 IN A ${lab.net}.10.1`,
    ],
  },
  {
    shows: 'a mail exchange comes with its address',
    command: 'dig @dns-primary foo.com MX +norec',
    prints: ['foo.com. 3600 IN MX 10 mail.bar.foo.com.', `mail.bar.foo.com. 3600 IN A ${lab.net}.20.2`],
  },
  {
    shows: 'a set of addresses',
    command: 'dig @dns-primary cnn.com +norec +short',
    prints: [`${lab.net}.10.11`, `${lab.net}.10.12`, `${lab.net}.10.13`],
  },
  {
    shows: 'the parent answers about the DS of a delegation',
    command: 'dig @tld-com amazon.com DS +norec',
    prints: ['flags: qr aa;', 'ANSWER: 0, AUTHORITY: 1', 'com. 300 IN SOA'],
  },
  {
    shows: 'the version is nobody’s business',
    command: 'dig @dns-primary version.bind CH TXT +norec',
    prints: ['status: REFUSED'],
  },
  {
    shows: 'an opcode that does not exist',
    command: 'dig @dns-primary www.amazon.com +norec +opcode=3 +header-only',
    prints: ['status: NOTIMP'],
  },
  {
    shows: 'a query without a question',
    command: 'dig @dns-primary +norec +header-only',
    prints: ['status: FORMERR'],
  },
  {
    shows: 'a zone is copied by a host of the lab, SOA first and last',
    command: 'dig @dns-primary cnn.com AXFR',
    prints: [
      /cnn\.com\. 3600 IN SOA [^\n]*\n(.*\n)+cnn\.com\. 3600 IN SOA/,
      'www.cnn.com. 3600 IN CNAME cnn.com.',
      /XFR size: \d+ records \(messages 1,/,
    ],
  },
  {
    shows: 'a secondary gives it too',
    command: 'dig @dns-secondary cnn.com AXFR',
    prints: [`cnn.com. 60 IN A ${lab.net}.10.12`, /XFR size/],
  },
  {
    shows: 'a zone that is not here cannot be copied',
    command: 'dig @dns-primary elsewhere.example AXFR',
    prints: ['Transfer failed'],
  },
  {
    shows: 'the root servers have addresses by name',
    command: 'dig @resolver m.root-servers.net +short',
    prints: [`${lab.net}.1.1`],
  },
  {
    shows: 'dig finds the way from the root by itself',
    command: 'dig gaia.cs.umass.edu +trace +nodnssec',
    // dig looks up the servers that it is referred to by the client's resolv.conf, which this machine does not have.
    only: 'containers',
    prints: [
      /edu\. 86400 IN NS ns\.nic\.edu\./,
      /umass\.edu\. 172800 IN NS/,
      `gaia.cs.umass.edu. 3600 IN A ${lab.net}.10.1`,
    ],
  },
  {
    shows: 'kdig asks several questions over one connection, without waiting',
    command: 'kdig @dns-primary +tcp +keepopen +norec www.amazon.com A dns1.amazon.com A nowhere.amazon.com A',
    prints: [
      `www.amazon.com. 300 IN A ${lab.net}.10.2`,
      `dns1.amazon.com. 3600 IN A ${lab.net}.3.1`,
      'status: NXDOMAIN',
    ],
    printsNot: [/WARNING/],
  },
  {
    shows: 'kdig reads the answer of a root server as we write it',
    command: 'kdig @root-b . SOA +norec',
    prints: [/Flags: qr aa;/, 'a.root-servers.net. hostmaster.topdown.org.'],
    printsNot: [/WARNING/],
  },
  {
    shows: 'kdig pads and cookies, and gets a plain answer',
    command: 'kdig @dns-primary +norec +padding=128 +cookie=0123456789abcdef www.amazon.com',
    prints: ['status: NOERROR', `www.amazon.com. 300 IN A ${lab.net}.10.2`],
    printsNot: [/WARNING/],
  },
];

let areToolsHere = false;

beforeAll(async () => {
  areToolsHere = (await hasOnClient('dig')) && (await hasOnClient('kdig'));
});

describe('with dig and kdig', () => {
  const tryOuts = TRY_OUTS.filter(({ only }) => only === undefined || only === lab.form);

  test.each(tryOuts.map((row) => [row.shows, row.command, row] as const))(
    '%s: %s',
    async (_shows, command, { prints, printsNot = [] }) => {
      const printed = await dig(command);
      for (const part of prints) expect(printed).toMatch(part);
      for (const part of printsNot) expect(printed).not.toMatch(part);
    },
  );
});

async function dig(command: string): Promise<string> {
  expect(areToolsHere, 'install dig and kdig: apt-get install bind9-dnsutils knot-dnsutils').toBe(true);
  return onClient(command);
}

/** The records that dig prints, one to a line, in its order: `NAME TTL CLASS TYPE DATA`. */
async function records(command: string): Promise<string[]> {
  const printed = await dig(`${command} +noall +answer +authority +additional`);
  return printed.split('\n').filter((line) => / IN /.test(line));
}

describe('names and addresses', () => {
  test('DNS-01, DNS-02 names that are easy to remember stand for addresses, and say nothing about where those are', async () => {
    const names = [
      'www.google.com',
      'www.someschool.edu',
      'mail.crepes.fr',
      'tracker.topdown.org',
      'relay1.bar.foo.com',
    ];
    const found = await Promise.all(names.map((name) => records(`dig @resolver ${name} A`)));
    const addresses = found.map(
      (lines, at) => new RegExp(`^${names[at]}\\. \\d+ IN A (\\S+)$`).exec(lines[0] ?? '')?.[1],
    );
    expect(addresses).toEqual([
      ...['10.1', '10.1', '20.1', '30.1'].map((last) => `${lab.net}.${last}`),
      '145.37.93.126',
    ]);
  });

  test('DNS-04 three levels of servers, none of which holds all names', async () => {
    const names = ['www.amazon.com', 'www.someschool.edu', 'mail.crepes.fr', 'gaia.cs.umass.edu', 'com', 'edu'];
    const holders = [
      'root-a',
      'root-b',
      'tld-com',
      'tld-edu',
      'tld-fr',
      'dns-primary',
      'dns-secondary',
      'dns-umass',
      'dns-cs-umass',
    ];
    const answered = new Set<string>();
    for (const holder of holders) {
      const own: string[] = [];
      for (const name of names) {
        if (/flags: qr aa[ ;]/.test(await dig(`dig @${holder} ${name} SOA +norec`))) own.push(name);
      }
      expect(own.length, `${holder} has authority for ${own.join(', ')}`).toBeLessThan(names.length);
      for (const name of own) answered.add(name);
    }
    expect(answered.size).toBe(names.length);
    expect(new Set(holders.map(addressOf)).size).toBe(holders.length);
    const levels = ['root-a', 'tld-com', 'dns-primary'].map((server) => dig(`dig @${server} www.amazon.com +norec`));
    expect((await Promise.all(levels)).map((printed) => /ANSWER: (\d)/.exec(printed)?.[1])).toEqual(['0', '0', '1']);
  });
});

describe('aliases', () => {
  test('DNS-11 enterprise.com and the canonical name relay1.west-coast.enterprise.com have the same address', async () => {
    const addresses = await Promise.all(
      ['enterprise.com', 'www.enterprise.com', 'relay1.west-coast.enterprise.com'].map(async (name) =>
        (await dig(`dig @resolver ${name} +short`)).trim().split('\n').at(-1),
      ),
    );
    expect(new Set(addresses)).toEqual(new Set([`${lab.net}.10.1`]));
    expect(await dig('dig @resolver www.enterprise.com +short')).toContain('relay1.west-coast.enterprise.com.');
  });

  test('DNS-12 the answer for an alias is its CNAME record and the address of the canonical name', async () => {
    await act('resolver', 'flush');
    expect(await records('dig @resolver www.enterprise.com')).toEqual([
      expect.stringMatching(/^www\.enterprise\.com\. \d+ IN CNAME relay1\.west-coast\.enterprise\.com\.$/),
      expect.stringMatching(new RegExp(`^relay1\\.west-coast\\.enterprise\\.com\\. \\d+ IN A ${lab.net}\\.10\\.1$`)),
    ]);
  });

  test('DNS-13 mail for bob@hotmail.com goes to the server with another name, and bob has it', async () => {
    expect(await dig('dig @resolver hotmail.com MX +short')).toBe('10 relay2.west-coast.enterprise.com.\n');
    const subject = `Aliased ${randomUUID()}`;
    await aliceWritesToBob(subject, 'bob@hotmail.com');
    const message = await until('bob has the message', () => bobsMessage(subject));
    expect(message.join('\n')).toContain('bob@hotmail.com');
  });

  test('DNS-14 enterprise.com is a web server and a mail server: two hosts, and both work', async () => {
    const web = (await dig('dig @resolver enterprise.com A +short')).trim();
    const exchange = (await dig('dig @resolver enterprise.com MX +short')).trim().split(' ')[1] ?? '';
    const mail = (await dig(`dig @resolver ${exchange} A +short`)).trim();
    expect([web, mail]).toEqual([`${lab.net}.10.1`, `${lab.net}.20.2`]);

    const page = await fetchThrough(lab.proxy, 'http://enterprise.com/');
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('<h1>') });
    const subject = `Enterprise ${randomUUID()}`;
    await aliceWritesToBob(subject, 'bob@enterprise.com');
    await until('bob has the message', () => bobsMessage(subject));
  });

  test('DNS-43, ERR-12 the alias of the notes is a record of a zone of its own; foo.com itself has NS and MX and no alias', async () => {
    expect(await dig('dig @resolver foo.com.examples.topdown.org CNAME +short')).toBe('relay1.bar.foo.com.\n');
    expect(await dig('dig @resolver foo.com.examples.topdown.org A +short')).toContain('145.37.93.126');
    expect(await records('dig @dns-primary foo.com CNAME +norec')).toEqual([expect.stringMatching(/ IN SOA /)]);
    expect(await dig('dig @dns-primary foo.com NS +norec +short')).toContain('dns.foo.com.');
  });
});

describe('root, TLD and authoritative servers', () => {
  const ROOTS = Array.from({ length: 13 }, (_, at) => `${String.fromCharCode(0x61 + at)}.root-servers.net.`);

  test('DNS-23 the root has thirteen names, and two hosts that answer equally', async () => {
    const [one, other] = await Promise.all(
      ['root-a', 'root-b'].map(async (root) => (await records(`dig @${root} . NS +norec`)).sort()),
    );
    expect(one).toEqual(other);
    expect(one?.filter((line) => line.includes(' IN NS ')).map((line) => line.split(' ').at(-1))).toEqual(ROOTS);
    expect(new Set(one?.filter((line) => line.includes(' IN A ')).map((line) => line.split(' ').at(-1)))).toEqual(
      new Set([`${lab.net}.1.1`, `${lab.net}.1.2`]),
    );
    const referrals = await Promise.all(['root-a', 'root-b'].map((root) => records(`dig @${root} cnn.com +norec`)));
    expect(referrals[0]).toEqual(referrals[1]);
  });

  test.each(['com', 'org', 'edu', 'net', 'kr', 'uk', 'fr'])(
    'DNS-24 the root refers to the server of %s, and it answers',
    async (tld) => {
      const referral = await records(`dig @root-a ${tld} NS +norec`);
      const server = new RegExp(`^${tld}\\. 86400 IN NS (.*)$`).exec(referral[0] ?? '')?.[1];
      expect(server).toBeDefined();
      const glue =
        referral
          .find((line) => line.startsWith(`${server} `))
          ?.split(' ')
          .at(-1) ?? '';
      const host = {
        [`${lab.net}.2.1`]: 'tld-com',
        [`${lab.net}.2.2`]: 'tld-edu',
        [`${lab.net}.2.3`]: 'tld-fr',
        [`${lab.net}.2.4`]: 'tld-org',
        [`${lab.net}.2.5`]: 'tld-kr',
      }[glue];
      const printed = await dig(`dig @${host} ${tld} SOA +norec`);
      expect(printed).toMatch(/flags: qr aa;/);
      expect(printed).toContain(`${tld}. 172800 IN SOA ${server} `);
    },
  );

  test('DNS-47 asked for gaia.cs.umass.edu the edu server gives one NS record and the address of that server, and nothing else', async () => {
    expect(await records('dig @tld-edu gaia.cs.umass.edu +norec')).toEqual([
      'umass.edu. 172800 IN NS dns.umass.edu.',
      `dns.umass.edu. 172800 IN A ${addressOf('dns-umass')}`,
    ]);
    // With the address of the notes, which no host of the lab can have.
    expect(await records('dig @dns-primary gaia.cs.umass.edu.examples.topdown.org +norec')).toEqual([
      'umass.edu.examples.topdown.org. 3600 IN NS dns.umass.edu.examples.topdown.org.',
      'dns.umass.edu.examples.topdown.org. 3600 IN A 128.119.40.111',
    ]);
  });

  test.each(['en', 'ko'])(
    'ERR-11, ERR-13 the page says 13 names and TLD servers, and not 13 organisations or TLS: %s',
    async (language) => {
      const answer = await fetch(`${lab.observatory}/`, { headers: { 'accept-language': language } });
      const page = await answer.text();
      const [names, tld] =
        language === 'en' ? [/has 13 names/, /TLD server of com/] : [/까지 13개이고/, /com, net의 TLD/];
      expect(page).toMatch(names);
      expect(page).toMatch(tld);
      expect(page).not.toMatch(/13 organi[sz]ations|13개(의)? ?(기관|조직|단체)|TLS server of|의 TLS/);
    },
  );
});
