/**
 * TLS for every program of the lab: a certificate for the names of its host, of the lab's own authority. How keys travel,
 * and whom to tell to trust them, is in docs/decisions/0012-the-labs-own-certificate-authority.md.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { type Authority, CERTIFICATE_FILE, openAuthority } from './authority/authority.ts';
import { ConfigError } from './config.ts';
import { replaceFileNow } from './durable-file.ts';
import type { Host } from './host.ts';

/** What a server of TLS is made with; give it to `tls.createServer` and its like. */
export interface TlsServerOptions {
  /** The private key and the certificate, as PEM. */
  readonly key: string;
  readonly cert: string;
  /** RFC 9325, section 3.1.1: nothing older. */
  readonly minVersion: 'TLSv1.2';
}

/** How long a client may take for its handshake, in milliseconds: one that only connects holds no place for longer. */
export const HANDSHAKE_MS = 5_000;
/** A certificate that has less than this left is made anew at the next start, in milliseconds: a year. */
const LEFT_MS_MIN = 366 * 24 * 3600 * 1000;

/**
 * The key and the certificate of a host for its address and `names`: DNS names, and IPv4 addresses by which it is also
 * reached. They are made once and kept; a restart, or a lab whose clock is years ahead, uses the same.
 *
 * @throws ConfigError
 */
export async function openTls(host: Host, names: readonly string[]): Promise<TlsServerOptions> {
  const all = [...new Set([...names, host.address])];
  const refused = all.find((name) => !isCertifiable(name));
  if (refused !== undefined) throw new ConfigError(`No certificate can be made for "${refused}": give a DNS name`);
  const now = Date.now();
  const authority = await openAuthority(host.authority, now);
  const folder = join(host.authority.dir, 'hosts');
  const path = join(folder, `${host.name}.pem`);
  if (!existsSync(path) || !mayKeep(readFileSync(path, 'utf8'), authority, all, now)) {
    const { issue } = await import('./authority/x509.ts');
    const { key, certificate } = issue(authority, all, now);
    mkdirSync(folder, { recursive: true });
    replaceFileNow(path, key + certificate, 0o600);
  }
  const pem = readFileSync(path, 'utf8');
  const end = pem.indexOf('-----BEGIN CERTIFICATE-----');
  return { key: pem.slice(0, end), cert: pem.slice(end), minVersion: 'TLSv1.2' };
}

/** The certificate of the lab's authority, which clients trust, as PEM; null while no host has needed one. */
export function readAuthorityCertificate(host: Host): string | null {
  const path = join(host.authority.publicDir, CERTIFICATE_FILE);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

/** Whether a kept certificate is of this authority, for these names, and far from its end. */
function mayKeep(pem: string, authority: Authority, names: readonly string[], now: number): boolean {
  try {
    const kept = new X509Certificate(pem);
    return (
      kept.verify(authority.certificate.publicKey) &&
      kept.subjectAltName === names.map((name) => `${isIPv4(name) ? 'IP Address' : 'DNS'}:${name}`).join(', ') &&
      kept.validToDate.getTime() - now > LEFT_MS_MIN
    );
  } catch {
    return false;
  }
}

/** A DNS name, which may begin with a wildcard, or an IPv4 address. */
function isCertifiable(name: string): boolean {
  return /^(\*\.)?([a-z0-9_]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(name) && name.length <= 253;
}
