import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkServerIdentity, connect, createServer } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAuthority } from '../authority/authority.ts';
import { issue, makeAuthority } from '../authority/x509.ts';
import { createTestHost, type TestHost } from '../test-host.ts';
import { openTls, readAuthorityCertificate, type TlsServerOptions } from '../tls.ts';

const NAME = 'www.someschool.edu';
const YEAR_MS = 365 * 24 * 3600 * 1000;

let host: TestHost;

beforeEach(() => {
  host = createTestHost({ name: 'www', suffix: '71.1' });
});

afterEach(() => host.remove());

/** What a client that trusts `ca` says of a server with `tls` that it calls `servername`: null when all is well. */
function judge(tls: Pick<TlsServerOptions, 'key' | 'cert'>, ca: string, servername: string): Promise<string | null> {
  const server = createServer(tls, (socket) => socket.on('error', () => {}).end());
  return new Promise((resolve) => {
    server.on('tlsClientError', () => {});
    server.listen(0, host.address, () => {
      const { port } = server.address() as { port: number };
      // An address is no name for SNI, and is looked for among the addresses of the certificate.
      const identity = (_: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
        checkServerIdentity(servername, certificate);
      const client = connect({ host: host.address, port, ca, checkServerIdentity: identity }, () => done(null));
      client.on('error', (error) => done(error.message));
      const done = (verdict: string | null) => {
        client.destroy();
        server.close();
        resolve(verdict);
      };
    });
  });
}

test('a host gets a certificate that clients believe, for its names and for its address', async () => {
  const tls = await openTls(host, [NAME, '*.someschool.edu']);
  const ca = readAuthorityCertificate(host) ?? '';

  expect(await judge(tls, ca, NAME)).toBeNull();
  expect(await judge(tls, ca, 'ftp.someschool.edu')).toBeNull();
  expect(await judge(tls, ca, host.address)).toBeNull();
  expect(await judge(tls, ca, 'www.amazon.com')).toMatch(/does not match certificate/);
});

test('a client that does not know the authority does not believe it', async () => {
  const tls = await openTls(host, [NAME]);
  expect(await judge(tls, makeAuthority(Date.now()).certificate, NAME)).toMatch(
    /unable to verify the first certificate/,
  );
});

test('a restart finds the same authority and the same certificate; other names get a new one of the same authority', async () => {
  const first = await openTls(host, [NAME]);
  const ca = readAuthorityCertificate(host);

  expect(await openTls(host, [NAME])).toEqual(first);
  const other = await openTls(host, ['www.test.com']);
  expect(other.cert).not.toBe(first.cert);
  expect(readAuthorityCertificate(host)).toBe(ca);
});

test('when the authority is a new one, or a kept certificate is damaged, the host gets a new certificate', async () => {
  const first = await openTls(host, [NAME]);
  const kept = join(host.authority.dir, 'hosts', 'www.pem');
  writeFileSync(kept, 'damaged');
  const second = await openTls(host, [NAME]);
  expect(second.cert).not.toBe(first.cert);

  const { key, certificate } = makeAuthority(Date.now());
  writeFileSync(join(host.authority.dir, 'authority', 'key.pem'), key);
  writeFileSync(join(host.authority.dir, 'authority', 'certificate.pem'), certificate);
  const third = await openTls(host, [NAME]);
  expect(await judge(third, certificate, NAME)).toBeNull();
  expect(readAuthorityCertificate(host)).toBe(certificate);
});

test('processes that start at the same moment agree on one authority', async () => {
  const places = JSON.stringify(host.authority);
  const program = `
    import { openAuthority } from ${JSON.stringify(new URL('../authority/authority.ts', import.meta.url).href)};
    import ${JSON.stringify(new URL('../authority/x509.ts', import.meta.url).href)};
    while (Date.now() < Number(process.argv[1])) {}
    const { certificate } = await openAuthority(${places}, Date.now());
    process.stdout.write(certificate.fingerprint256);
  `;
  const begin = String(Date.now() + 400);
  const started = Array.from({ length: 4 }, () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, begin]),
  );
  const fingerprints = (await Promise.all(started)).map(({ stdout }) => stdout);

  expect(new Set(fingerprints).size).toBe(1);
  expect(fingerprints[0]).toBe(new X509Certificate(readAuthorityCertificate(host) ?? '').fingerprint256);
  expect(readdirSync(host.authority.dir).filter((name) => name.startsWith('.new-'))).toEqual([]);
});

test('the certificates say what they are for, in the words of RFC 5280', async () => {
  const { cert } = await openTls(host, [NAME]);
  const authority = new X509Certificate(readAuthorityCertificate(host) ?? '');
  const own = new X509Certificate(cert);

  expect([authority.ca, own.ca]).toEqual([true, false]);
  expect(own.checkIssued(authority) && own.verify(authority.publicKey)).toBe(true);
  // id-kp-serverAuth, and nothing else.
  expect([authority.keyUsage, own.keyUsage]).toEqual([['1.3.6.1.5.5.7.3.1'], ['1.3.6.1.5.5.7.3.1']]);
  expect(own.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  expect(own.serialNumber).not.toBe(authority.serialNumber);
  expect(own.validFromDate.getTime()).toBeLessThan(Date.now() - 23 * 3600 * 1000);
  expect(own.validToDate.getTime()).toBeGreaterThan(Date.now() + 20 * YEAR_MS);
  expect(authority.validToDate.getTime()).toBeGreaterThan(own.validToDate.getTime());
});

test('the authority cannot certify an address of the Internet: clients refuse what it says of one', async () => {
  const authority = await openAuthority(host.authority, Date.now());
  const { key, certificate } = issue(authority, ['192.0.2.1'], Date.now());
  expect(await judge({ key, cert: certificate }, authority.certificate.toString(), '192.0.2.1')).toBe(
    'permitted subtree violation',
  );
});

test('keys can be read by their owner only', async () => {
  await openTls(host, [NAME]);
  const modes = ['authority/key.pem', 'hosts/www.pem'].map((file) => statSync(join(host.authority.dir, file)).mode);
  expect(modes.map((mode) => mode & 0o777)).toEqual([0o600, 0o600]);
});

test('an authority that cannot be read or kept is told with its place and the remedy', async () => {
  await openTls(host, [NAME]);
  writeFileSync(join(host.authority.dir, 'authority', 'key.pem'), 'no key');
  await expect(openTls(host, [NAME])).rejects.toThrow(/authority is damaged .*remove that folder/);

  const file = join(host.stateDir, 'a-file');
  writeFileSync(file, '');
  const unkept = { ...host, authority: { dir: file, publicDir: file } };
  await expect(openTls(unkept, [NAME])).rejects.toThrow(/cannot be kept in .*a-file.*mount the volumes ca and trust/);
});

test.each(['', 'two words', 'a..b', '-a.com', 'a/b'])('no certificate is made for "%s"', async (name) => {
  await expect(openTls(host, [name])).rejects.toThrow(`No certificate can be made for "${name}": give a DNS name`);
  expect(existsSync(host.authority.dir)).toBe(false);
});

test('the public certificate is written whole and is no secret', async () => {
  await openTls(host, [NAME]);
  expect(readFileSync(join(host.authority.publicDir, 'ca.crt'), 'utf8')).not.toContain('PRIVATE');
});
