import { X509Certificate } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { onClient } from './kit/client-tools.ts';
import { askOverHttps, askOverStream, listenIn, type Trust, trustInLab } from './kit/encrypted-dns-client.ts';
import { act, lab, type Moment, now, reportsAfter, startHost, stopHost, until } from './kit/lab-under-test.ts';

/**
 * A person sits in a café and does not want the neighbours to read which names are asked for. The lab's certificate is
 * downloaded once; from then on the local DNS server is asked over TLS or over HTTPS, proves who it is, and the
 * neighbours see nothing but that it was asked.
 */

const NAME = 'www.someschool.edu';
const WEB_SERVER = `${lab.net}.10.1`;

let trust: Trust;

beforeAll(async () => {
  trust = await trustInLab();
});

/** What the local DNS server reported about its clients' questions for NAME over `transport` since a moment. */
async function reported(transport: string, since: Moment): Promise<readonly string[]> {
  return until(`the resolver reports a question and its answer over ${transport}`, async () => {
    const kinds = (await reportsAfter(since))
      .filter(({ host, summary, message }) => {
        const seen = message as { transport?: string } | undefined;
        return host === 'resolver' && summary.includes(NAME) && seen?.transport === transport;
      })
      .map(({ kind }) => kind);
    return kinds.length >= 2 && kinds;
  });
}

test('the certificate of the lab can be downloaded; it is that of an authority, and its key is not with it', () => {
  expect(new X509Certificate(trust.ca).ca).toBe(true);
  expect(trust.ca).not.toContain('PRIVATE KEY');
});

test('over TLS the local DNS server proves its name and answers, and asks the servers of the lab as ever', async () => {
  await act('resolver', 'flush');
  const before = await now();

  expect(await askOverStream(lab.resolverTls, NAME, trust)).toEqual([WEB_SERVER]);
  expect(await reported('tls', before)).toEqual(['dns.query', 'dns.response']);
  expect((await reported('udp', before)).length).toBeGreaterThanOrEqual(2);
});

test('over HTTPS the answer may be kept for as long as its TTL', async () => {
  const before = await now();
  const { addresses, cacheControl } = await askOverHttps(lab.resolverHttps, NAME, trust);

  expect(addresses).toEqual([WEB_SERVER]);
  expect(Number(/^max-age=(\d+)$/.exec(cacheControl)?.[1])).toBeGreaterThan(0);
  expect(await reported('https', before)).toEqual(['dns.query', 'dns.response']);
});

test('a neighbour reads the name in a question over TCP, and of one over TLS only whom it goes to', async () => {
  const plain = await listenIn(lab.resolver);
  const encrypted = await listenIn(lab.resolverTls);
  try {
    expect(await askOverStream(plain.place, NAME)).toEqual([WEB_SERVER]);
    expect(await askOverStream(encrypted.place, NAME, trust)).toEqual([WEB_SERVER]);
    expect(plain.heard()).toContain('someschool');
    expect(encrypted.heard()).not.toContain('someschool');
    expect(encrypted.heard()).toContain('resolver.topdown.org');
  } finally {
    await Promise.all([plain.close(), encrypted.close()]);
  }
});

test('who expects another server, or does not know the authority, says nothing to it', async () => {
  const other = { ...trust, servername: 'www.amazon.com' };
  await expect(askOverStream(lab.resolverTls, NAME, other)).rejects.toThrow(/does not match certificate/);
  await expect(askOverHttps(lab.resolverHttps, NAME, other)).rejects.toThrow(/does not match certificate/);
  await expect(askOverStream(lab.resolverTls, NAME, { ...trust, ca: '' })).rejects.toThrow(/certificate/);
});

test('after a restart the resolver is believed as before: nobody has to download a certificate again', async () => {
  await stopHost('resolver');
  await startHost('resolver');

  expect(await askOverStream(lab.resolverTls, NAME, trust)).toEqual([WEB_SERVER]);
  expect((await trustInLab()).ca).toBe(trust.ca);
});

/** The workstation's tools, none of which is told what to trust: its store of authorities has the lab's, and no other. */
if (lab.form === 'containers') {
  test.each([
    'kdig @resolver www.someschool.edu +short +tls-ca +tls-hostname=resolver.topdown.org',
    'kdig @resolver www.someschool.edu +short +https +tls-ca +tls-hostname=resolver.topdown.org',
    'dig @resolver www.someschool.edu +short +tls-ca +tls-hostname=resolver.topdown.org',
    'dig @resolver www.someschool.edu +short +https +tls-ca',
  ])('on the host client: %s', async (command) => {
    expect((await onClient(command)).trim()).toBe(WEB_SERVER);
  });

  test('on the host client curl finds a page by DNS over HTTPS', async () => {
    const page = await onClient('curl -s --doh-url https://resolver.topdown.org/dns-query http://www.someschool.edu/');
    expect(page).toContain('Someschool');
  });
}
