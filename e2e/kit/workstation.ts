import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Capture, type Vantage } from '#shared/host/test/kit/capture.ts';
import { lab } from './lab-under-test.ts';

/**
 * A browser on the workstation that goes to servers itself, without the institution's cache: curl, with the local DNS server
 * of the lab and no other. Where the lab is embedded, curl gets a resolv.conf of its own, which takes root.
 */

const execute = promisify(execFile);
/** Longest time for one page, in milliseconds. */
const PAGE_MS_MAX = 30_000;
/** Mounts the file $0 as resolv.conf, for this command alone, and runs the rest. */
const WITH_RESOLV_CONF = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';

const vantage: Vantage =
  lab.form === 'containers'
    ? { networkInterface: 'eth0', through: ['docker', 'exec', `${lab.project}-client-1`] }
    : { networkInterface: 'lo', through: [] };

/** Captures what the workstation sends and receives, as far as `filter` (in the language of tcpdump) lets it through. */
export function captureOnClient(filter: string): Promise<Capture> {
  return Capture.start(filter, vantage);
}

/** Opens a page as the workstation does, and gives its status. */
export async function browse(url: string): Promise<number> {
  const curl = ['curl', '--silent', '--output', '/dev/null', '--write-out', '%{http_code}', url];
  if (lab.form === 'containers') return statusFrom(...vantage.through, ...curl);
  const folder = await mkdtemp(join(tmpdir(), 'topdown-browser-'));
  const resolvConf = join(folder, 'resolv.conf');
  try {
    await writeFile(resolvConf, `nameserver ${lab.net}.4.1\n`);
    return await statusFrom('unshare', '--mount', 'sh', '-c', WITH_RESOLV_CONF, resolvConf, ...curl);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function statusFrom(...[file = '', ...words]: string[]): Promise<number> {
  const { stdout } = await execute(file, words, { timeout: PAGE_MS_MAX });
  return Number(stdout);
}
