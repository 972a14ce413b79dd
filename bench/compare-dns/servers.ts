import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestHost, startOn } from '#shared/host/test-host.ts';
import type { Endpoint } from '#shared/report.ts';
import { program } from '../../services/authoritative/src/program.ts';
import { exchangeUdp } from './exchange.ts';

const ZONES = fileURLToPath(new URL('zones/', import.meta.url));
/** NSD and BIND, outside of all labs. BIND listens on addresses of interfaces only: on loopback that is this one. */
const NSD: Endpoint = { address: '127.64.200.2', port: 53 };
const NAMED: Endpoint = { address: '127.0.0.1', port: 15_364 };
/** How long a server may take until it answers, in milliseconds. */
const START_MS_MAX = 10_000;

/** The three servers with the same zones: ours, and the two that it is held against. */
export interface Servers {
  readonly topdown: Endpoint;
  readonly nsd: Endpoint;
  readonly named: Endpoint;
  stop(): Promise<void>;
}

/** Starts all three. @throws Error where nsd or named is not installed, or one does not answer */
export async function startServers(): Promise<Servers> {
  const folder = mkdtempSync(join(tmpdir(), 'topdown-compare-'));
  const zones = readdirSync(ZONES)
    .filter((file) => file.endsWith('.zone'))
    .map((file) => file.slice(0, -'.zone'.length));
  const host = createTestHost({ name: 'authoritative', suffix: '200.1' });
  cpSync(ZONES, join(host.dir, 'zones'), { recursive: true });
  const running = await startOn(program, host, { ROTATE_ANSWERS: 'false', RATE_LIMIT_PER_S: '0' });
  const daemons = [startNsd(folder, zones), startNamed(folder, zones)];
  const stop = async () => {
    await Promise.all(daemons.map(ended));
    await running.stop();
    await host.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([NSD, NAMED].map(untilItAnswers));
  } catch (error) {
    await stop();
    throw error;
  }
  return { topdown: host.endpoint(53), nsd: NSD, named: NAMED, stop };
}

/** NSD with a name for its version hidden and answers as small as they may be. */
function startNsd(folder: string, zones: readonly string[]): ChildProcess {
  const path = join(folder, 'nsd.conf');
  const server = `server:\n  ip-address: ${NSD.address}\n  port: ${NSD.port}\n  username: ""\n  zonesdir: "${ZONES}"\n  pidfile: "${folder}/nsd.pid"
  zonelistfile: "${folder}/zone.list"\n  xfrdfile: "${folder}/xfrd.state"\n  xfrdir: "${folder}"\n  database: ""\n  hide-version: yes\n  hide-identity: yes
  minimal-responses: yes\n  ipv4-edns-size: 1232\n  rrl-ratelimit: 0\n  refuse-any: yes\n  server-count: 1\nremote-control:\n  control-enable: no\n`;
  const blocks = zones.map(
    (zone) => `zone:\n  name: "${zone}"\n  zonefile: "${zone}.zone"\n  provide-xfr: 0.0.0.0/0 NOKEY\n`,
  );
  writeFileSync(path, server + blocks.join(''));
  return spawn('nsd', ['-d', '-c', path], { stdio: 'ignore' });
}

function startNamed(folder: string, zones: readonly string[]): ChildProcess {
  const path = join(folder, 'named.conf');
  mkdirSync(join(folder, 'named'));
  const options = `options { directory "${ZONES}"; pid-file none; session-keyfile "${folder}/session.key"; managed-keys-directory "${folder}/named";
  listen-on port ${NAMED.port} { ${NAMED.address}; }; listen-on-v6 { none; }; recursion no; minimal-responses no-auth; minimal-any yes;
  version none; hostname none; server-id none; max-udp-size 1232; check-names primary ignore; allow-transfer { any; }; notify no;
  rrset-order { order none; }; dnssec-validation no; empty-zones-enable no; check-integrity no; send-cookie no; answer-cookie no; };
controls {};\n`;
  const blocks = zones.map((zone) => `zone "${zone}" { type primary; file "${zone}.zone"; };\n`);
  writeFileSync(path, options + blocks.join(''));
  execFileSync('named-checkconf', [path], { stdio: 'inherit' });
  return spawn('named', ['-f', '-c', path, '-n', '1'], { stdio: 'ignore' });
}

async function ended(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.pid === undefined) return;
  const exit = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  await exit;
}

async function untilItAnswers(server: Endpoint): Promise<void> {
  const soaOfOther = Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5, ...Buffer.from('other'), 0, 0, 6, 0, 1]);
  const deadline = performance.now() + START_MS_MAX;
  for (;;) {
    const reply = await exchangeUdp(server, soaOfOther, 200);
    if (reply !== null && (reply[3]! & 0x0f) === 0) return;
    if (performance.now() > deadline) throw new Error(`no server answers at ${server.address}: is it installed?`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
