/**
 * Hostile messages at every DNS listener: nothing may crash, hang or grow. Between them a sensible query is asked again and
 * again, and has to be answered.
 *
 *   npm run bench -- dns-fuzz [how many, a million by default]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { queryFor } from '#shared/dns/message.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';
import { type Fuzzed, fuzzTcp, fuzzUdp } from '#shared/host/dns/test/fuzz.ts';
import { figure } from './figure.ts';
import { residentMb, type Server, startOurs } from './processes.ts';

const NET = '127.62';
const CLIENT = `${NET}.100.2`;
const MESSAGES = 1_000_000;
/** Messages before the memory is read for the first time: until then a program fills what it keeps. */
const WARM_UP_PART = 0.2;
/** How much more memory the rest may take, in megabytes: what a garbage collector leaves lying about. */
const GROWTH_MB_MAX = 40;

export async function benchDnsFuzz(): Promise<void> {
  const messages = Number(process.argv[3] ?? MESSAGES);
  const folder = mkdtempSync(join(tmpdir(), 'topdown-fuzz-dns-'));
  writeHosts(folder);
  // With little room for garbage, what stays in memory is what is kept.
  const environment = { NODE_OPTIONS: '--max-semi-space-size=2 --max-old-space-size=48' };
  const servers: Server[] = [];
  try {
    for (const udp of ['plain', 'batched']) {
      const given = {
        program: 'authoritative',
        port: 53,
        address: `${NET}.3.${servers.length + 1}`,
        folder: join(folder, 'root'),
      };
      servers.push(
        await startOurs(`authoritative, ${udp}`, { ...given, environment: { ...environment, DNS_UDP: udp } }),
      );
    }
    const given = { program: 'resolver', address: `${NET}.3.9`, port: 53, folder: join(folder, 'resolver') };
    servers.push(await startOurs('resolver', { ...given, environment }));
    for (const server of servers) {
      await fuzz(server, 'UDP', messages, fuzzUdp);
      await fuzz(server, 'TCP', messages, fuzzTcp);
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A root that knows of nothing, and a resolver that asks it. */
function writeHosts(folder: string): void {
  mkdirSync(join(folder, 'root', 'zones'), { recursive: true });
  mkdirSync(join(folder, 'resolver'), { recursive: true });
  const zone = `$TTL 60\n. SOA a. b. 1 3600 900 604800 5\n. NS a.\na. A ${NET}.3.1\nexample. TXT here\n`;
  writeFileSync(join(folder, 'root', 'zones', 'root.zone'), zone);
  writeFileSync(join(folder, 'resolver', 'named.root'), `. 3600000 NS a.\na. 3600000 A ${NET}.3.1\n`);
}

async function fuzz(server: Server, transport: string, messages: number, send: typeof fuzzUdp): Promise<void> {
  const question = { qname: ['example'], qtype: TYPE.TXT, qclass: CLASS.IN };
  const canary = encodeMessage(queryFor(question, { id: 0, rd: true, edns: null }));
  const begun = performance.now();
  await send(server, canary, Math.ceil(messages * WARM_UP_PART), CLIENT);
  const before = residentMb(server.pid);
  const { sent, canaries, answers }: Fuzzed = await send(server, canary, messages, CLIENT);
  const seconds = (performance.now() - begun) / 1000;
  const unit = transport === 'UDP' ? 'answers' : 'octets of answers';
  process.stdout.write(
    `${server.name}, ${transport}: ${sent} hostile messages, ${answers} ${unit}, ${canaries} canaries answered, ${seconds.toFixed(0)} s\n`,
  );
  figure('  resident memory after the first part', before, 'MB', null);
  figure('  growth since', residentMb(server.pid) - before, 'MB', GROWTH_MB_MAX);
}
