import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { ask } from './kit/dns-client.ts';
import { fetchThrough } from './kit/http-client.ts';
import {
  act,
  advanceClock,
  crashHost,
  lab,
  now,
  reportsAfter,
  startHost,
  stateOf,
  stopHost,
  until,
} from './kit/lab-under-test.ts';
import { aliceWritesToBob, bobsMessage } from './kit/mail-agent.ts';

/**
 * Somebody founds Network Utopia. Its servers are ready: a zone, a page and a mailbox; but com knows nothing of them. The name
 * is registered, com leads to its name servers, and everybody reaches the page and writes to bob. Then the name is given up,
 * and is forgotten as fast as the TTLs allow.
 */

const NAME = 'networkutopia.com';
const WWW = `www.${NAME}`;
const NXDOMAIN = 3;
/** How long a name server remembers that a name of com does not exist (the SOA record of com), in milliseconds. */
const NEGATIVE_TTL_MS = 300_000;
/** How long it remembers a delegation of com, in milliseconds. */
const DELEGATION_TTL_MS = 172_800_000;

const primary = { name: `dns1.${NAME}`, address: '10.53.3.1' };
const secondary = { name: `dns2.${NAME}`, address: '10.53.3.2' };

interface Answer {
  readonly status: number;
  readonly body: {
    readonly status: string;
    readonly secret: string;
    readonly error: string;
    readonly records: readonly string[];
    readonly pending: { readonly because: string } | null;
    readonly lastChange: { readonly serialBefore: number; readonly serialAfter: number };
  };
}

/** Asks the registrar by its name, as a browser of the institution does. */
async function registrar(method: string, path: string, body?: object, secret = ''): Promise<Answer> {
  const fields = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(secret === '' ? {} : { authorization: `Bearer ${secret}` }),
  };
  const sent = { method, fields, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const answer = await fetchThrough(lab.proxy, `http://registrar.topdown.org/api${path}`, sent);
  return { status: answer.status, body: answer.body === '' ? null : JSON.parse(answer.body) };
}

/** Waits until the second server of com has copied what the first one knows. */
async function copied(): Promise<void> {
  const serialOf = async (host: string) => {
    const { zones } = await stateOf<{ zones: readonly { zone: string; serial: number }[] }>(host);
    return zones.find(({ zone }) => zone === 'com.')?.serial;
  };
  await until('both servers of com have the same edition', async () => {
    return (await serialOf('tld-b')) === (await serialOf('tld-com'));
  });
}

/** The address of www.networkutopia.com, as the client's local DNS server finds it. */
const find = () => ask(lab.resolver, WWW);

let secret = '';

test('before it is registered nobody finds www.networkutopia.com', async () => {
  await act('resolver', 'flush');
  expect((await find()).rcode).toBe(NXDOMAIN);
});

test('DNS-62 without a secondary name server the registrar refuses, and says what is missing', async () => {
  const refused = await registrar('POST', '/registrations', { name: NAME, nameServers: [primary] });

  expect(refused.status).toBe(400);
  expect(refused.body.error).toContain('Give two name servers at least, a primary and a secondary');
  expect((await registrar('GET', `/registrations/${NAME}`)).status).toBe(404);
});

test('a name server that knows nothing of the domain is told of, and nothing is registered', async () => {
  const stranger = { name: `dns2.${NAME}`, address: '10.53.3.10' };
  const refused = await registrar('POST', '/registrations', { name: NAME, nameServers: [primary, stranger] });

  expect(refused.status).toBe(422);
  expect(refused.body.error).toContain(`${lab.net}.3.10 answers REFUSED: it does not serve ${NAME} (lame delegation).`);
  expect((await registrar('GET', `/registrations/${NAME}`)).status).toBe(404);
});

test('DNS-60, DNS-62 networkutopia.com is registered with the names and addresses of two servers, and is active', async () => {
  const registered = await registrar('POST', '/registrations', { name: NAME, nameServers: [primary, secondary] });

  expect([registered.status, registered.body.status]).toEqual([201, 'active']);
  secret = registered.body.secret;
});

test('DNS-61 a second registration of the name is refused', async () => {
  const second = await registrar('POST', '/registrations', { name: NAME, nameServers: [primary, secondary] });

  expect(second.status).toBe(409);
  expect(second.body.error).toContain('is taken');
});

test('DNS-63 the server of com has two NS and two A records of the name, in an edition with a higher serial', async () => {
  const { body } = await registrar('GET', `/registrations/${NAME}/zone`);

  expect(body.records.map((line) => line.replace(/ \d+ IN/, '')).toSorted()).toEqual([
    `${primary.name}. A ${lab.net}.3.1`,
    `${secondary.name}. A ${lab.net}.3.2`,
    `${NAME}. NS ${primary.name}.`,
    `${NAME}. NS ${secondary.name}.`,
  ]);
  expect(body.lastChange.serialAfter).toBeGreaterThan(body.lastChange.serialBefore);
  await copied();
});

test('DNS-63 a client whose server remembers that there was no such name finds it when that has passed', async () => {
  expect((await find()).rcode).toBe(NXDOMAIN);
  await advanceClock(NEGATIVE_TTL_MS + 1_000);
  const before = await now();
  expect((await find()).records.at(-1)).toMatchObject({ name: WWW, type: 'A', value: `${lab.net}.10.1` });

  const referral = await until('the server of com reports its referral', async () =>
    (await reportsAfter(before)).find(
      ({ host, kind, summary }) =>
        /^tld-(com|b)$/.test(host) && kind === 'dns.response' && summary === `${NAME} A: ask the servers of ${NAME}`,
    ),
  );
  const { authority, additional } = referral.message as Record<string, string[]>;
  expect(authority?.filter((line) => line.includes(' NS '))).toHaveLength(2);
  expect(additional?.filter((line) => line.includes(' A '))).toHaveLength(2);
});

test('DNS-64 the page of the new domain is reached by its name', async () => {
  const page = await fetchThrough(lab.proxy, `http://${WWW}/`);

  expect(page.status).toBe(200);
  expect(page.body).toContain('Network Utopia');
});

test('DNS-64 mail to the new domain arrives', async () => {
  const subject = `Utopia ${randomUUID()}`;
  await aliceWritesToBob(subject, `bob@${NAME}`);

  const message = await until('bob has the message', () => bobsMessage(subject));
  expect(message.join('\n')).toContain(`bob@${NAME}`);
});

test('RDAP tells programs what WHOIS tells people', async () => {
  const answer = await fetchThrough(lab.proxy, `http://registrar.topdown.org/rdap/domain/${NAME}`);

  expect([answer.status, answer.fields['content-type']]).toEqual([200, 'application/rdap+json']);
  expect(JSON.parse(answer.body)).toMatchObject({ objectClassName: 'domain', ldhName: NAME, status: ['active'] });
});

test('only who has the secret gives the name up; then com does not know it any more', async () => {
  expect((await registrar('DELETE', `/registrations/${NAME}`, undefined, 'guessed')).status).toBe(403);
  expect((await registrar('DELETE', `/registrations/${NAME}`, undefined, secret)).status).toBe(204);
  expect((await registrar('GET', `/names/${NAME}`)).body).toMatchObject({ available: true });
  await copied();
});

test('others find the name until they forget the delegation, and not longer', async () => {
  expect((await find()).records.at(-1)?.value).toBe(`${lab.net}.10.1`);
  await advanceClock(DELEGATION_TTL_MS + 1_000);
  await until('the name is forgotten', async () => (await find()).rcode === NXDOMAIN);
});

test('while the server of com is down a registration waits, over a crash of the registrar too, and then becomes active', async () => {
  const name = 'patience.com';
  const nameServers = [1, 2].map((last) => ({ name: `dns${last}.${name}`, address: `10.53.3.${last}` }));
  await stopHost('tld-com');
  try {
    const waiting = await registrar('POST', '/registrations', { name, nameServers, skipServerCheck: true });
    expect([waiting.status, waiting.body.status]).toEqual([201, 'pendingCreate']);
    expect(waiting.body.pending?.because).toContain('gave no answer');
    await crashHost('registrar');
  } finally {
    await startHost('tld-com');
  }
  await until('the registration is active', async () => {
    await advanceClock(60_000);
    return (await registrar('GET', `/registrations/${name}`)).body.status === 'active';
  });
});
