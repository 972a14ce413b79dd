/**
 * The certificate authority of a lab: a key and a certificate in a folder that only hosts which speak TLS have, made by the
 * first of them that needs it, and the certificate alone in a folder that everybody may read.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';
import { replaceFileNow } from '../durable-file.ts';

/** Where the authority of a lab is. */
export interface AuthorityPlaces {
  /** Its own folder: its key, and the certificates of hosts with their keys. */
  readonly dir: string;
  /** Where everybody finds its certificate. */
  readonly publicDir: string;
}

export interface Authority {
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
}

/** The authority's certificate in the public folder: what a client is told to trust. */
export const CERTIFICATE_FILE = 'ca.crt';

/** The authority of the lab, made where there is none yet. @throws ConfigError */
export async function openAuthority({ dir, publicDir }: AuthorityPlaces, now: number): Promise<Authority> {
  const home = join(dir, 'authority');
  if (!existsSync(home)) await makeAt(home, dir, now).catch(cannotKeepIn(dir));
  const authority = readAuthority(home);
  publish(authority.certificate.toString(), publicDir);
  return authority;
}

function cannotKeepIn(folder: string): (error: Error) => never {
  return (error) => {
    throw new ConfigError(
      `The lab's certificate authority cannot be kept in ${folder}: ${error.message}: ` +
        'mount the volumes ca and trust, as docker-compose.yml does for the resolver',
    );
  };
}

/**
 * Several hosts may start at once, each with no authority to be seen. Each makes one aside and gives it its name in one
 * step; that fails for all but the first, who then take the first one's.
 */
async function makeAt(home: string, dir: string, now: number): Promise<void> {
  mkdirSync(dir, { recursive: true });
  const aside = mkdtempSync(join(dir, '.new-'));
  try {
    const { makeAuthority } = await import('./x509.ts');
    const { key, certificate } = makeAuthority(now);
    replaceFileNow(join(aside, 'key.pem'), key, 0o600);
    replaceFileNow(join(aside, 'certificate.pem'), certificate, 0o644);
    renameSync(aside, home);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
  }
}

function publish(certificate: string, publicDir: string): void {
  const path = join(publicDir, CERTIFICATE_FILE);
  if (existsSync(path) && readFileSync(path, 'utf8') === certificate) return;
  try {
    mkdirSync(publicDir, { recursive: true });
    replaceFileNow(path, certificate, 0o644);
  } catch (error) {
    cannotKeepIn(publicDir)(error as Error);
  }
}

function readAuthority(home: string): Authority {
  try {
    const certificate = new X509Certificate(readFileSync(join(home, 'certificate.pem')));
    const key = createPrivateKey(readFileSync(join(home, 'key.pem')));
    if (!certificate.checkPrivateKey(key)) throw new Error('key and certificate do not belong together');
    return { key, certificate };
  } catch (error) {
    throw new ConfigError(
      `The lab's certificate authority in ${home} is damaged (${(error as Error).message}): ` +
        'remove that folder, and start again; every host then gets a new certificate',
    );
  }
}
