import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressOf, dnsPort, onClient } from './kit/client-tools.ts';
import { ask } from './kit/dns-client.ts';
import { act, advanceClock, lab, startHost, stateOf, stopHost, until } from './kit/lab-under-test.ts';

/**
 * The design that the Internet did not choose: one server has all names. It answers the same, until it is stopped, far away,
 * or everybody asks it. The hierarchy is put through the same.
 */

const CENTRAL = 'dns-central';
const NAMES = [
  ...['www.amazon.com', 'www.someschool.edu', 'cnn.com', 'mail.crepes.fr', 'mail.hamburger.edu'],
  ...['gaia.cs.umass.edu', 'relay1.bar.foo.com', 'tracker.topdown.org'],
];
/** How far away the central server is, in milliseconds. */
const DISTANCE_MS = 300;
/** What counts as no distance, and by how much a timer may be early, in milliseconds. */
const [AT_ONCE_MS, TIMER_MS] = [30, 30];
/** The time after which a secondary asks whether its copy is still that of the primary, in milliseconds (the zones' REFRESH). */
const REFRESH_MS = 3_600_000;

interface Zones {
  readonly zones: readonly { readonly zone: string; readonly serial: number; readonly trouble: string | null }[];
}

const use = (mode: 'iterate' | 'central') => act('resolver', 'mode', { mode });

/** The addresses of each name, in their order of numbers; none where the look-up fails. */
async function addressesOf(names: readonly string[]): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const name of names) {
    const { records } = await ask(lab.resolver, name);
    found[name] = records.flatMap(({ type, value }) => (type === 'A' ? [value] : [])).sort();
  }
  return found;
}

async function serialOf(host: string, zone: string): Promise<number | undefined> {
  return (await stateOf<Zones>(host)).zones.find((one) => one.zone === zone)?.serial;
}

let known: Record<string, string[]>;

beforeAll(async () => {
  await use('iterate');
  known = await addressesOf(NAMES);
  await until('the central server has copied every zone', async () =>
    (await stateOf<Zones>(CENTRAL)).zones.every(({ trouble }) => trouble === null),
  );
});

afterAll(async () => {
  await use('iterate');
  await act(CENTRAL, 'distance', { delayMs: 0 });
});

test('DNS-17 a single server with the whole database answers as the hierarchy does', async () => {
  expect(Object.values(known).every(({ length }) => length > 0)).toBe(true);
  await use('central');
  expect(await addressesOf(NAMES)).toEqual(known);
});

test('DNS-18 when the single server fails nobody finds anything', async () => {
  await use('central');
  await stopHost(CENTRAL);
  try {
    const first = NAMES.slice(0, 2);
    expect(await addressesOf(first)).toEqual(Object.fromEntries(first.map((name) => [name, []])));
  } finally {
    await startHost(CENTRAL);
  }
});

test('DNS-18 when one root server and one TLD server fail the hierarchy still finds every name', async () => {
  await use('iterate');
  await Promise.all(['root-b', 'tld-edu'].map(stopHost));
  try {
    expect(await addressesOf(NAMES)).toEqual(known);
  } finally {
    await Promise.all(['root-b', 'tld-edu'].map(startHost));
  }
});

test('DNS-20 every look-up goes all the way to a distant server; a local one answers from its cache', async () => {
  await use('central');
  await act(CENTRAL, 'distance', { delayMs: DISTANCE_MS });
  for (const name of NAMES.slice(0, 3)) {
    const begun = performance.now();
    await ask(lab.resolver, name);
    expect(performance.now() - begun).toBeGreaterThan(DISTANCE_MS - TIMER_MS);
  }

  await use('iterate');
  await ask(lab.resolver, NAMES[0]!);
  await until('an answer comes at once', async () => {
    const begun = performance.now();
    await ask(lab.resolver, NAMES[0]!);
    return performance.now() - begun < AT_ONCE_MS;
  });
  await act(CENTRAL, 'distance', { delayMs: 0 });
});

test('DNS-21 a new host changes one small zone of the hierarchy, and the database of the single server', async () => {
  const serials = async () => ({
    root: await serialOf('root-a', '.'),
    com: await serialOf('tld-com', 'com.'),
    foo: await serialOf('dns-primary', 'foo.com.'),
  });
  const before = await serials();
  const host = `host-${Date.now()}.foo.com`;
  const secret = /secret "([^"]+)"/.exec(
    await readFile(new URL('../infra/hosts/dns-primary/keys/owner.key', import.meta.url), 'utf8'),
  )?.[1];
  const commands = [
    `server ${addressOf('dns-primary')} ${dnsPort}`,
    `update add ${host} 60 A ${lab.net}.10.9`,
    'send',
    '',
  ];
  await onClient(`nsupdate -y hmac-sha256:owner.:${secret}`, commands.join('\n'));

  await until(
    'the secondary has copied the zone',
    async () => (await serialOf('dns-secondary', 'foo.com.')) === before.foo! + 1,
  );
  expect((await ask(lab.resolver, host)).records.map(({ value }) => value)).toEqual([`${lab.net}.10.9`]);
  expect(await serials()).toEqual({ ...before, foo: before.foo! + 1 });
  await advanceClock(REFRESH_MS);
  await until(
    'the single server has changed too',
    async () => (await serialOf(CENTRAL, 'foo.com.')) === before.foo! + 1,
  );
});
