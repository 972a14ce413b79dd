import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { figure, median } from '../figure.ts';
import { type Server, startOurs } from '../processes.ts';
import { startNamedResolver, startNsd, startUnbound, type ZoneOnDisk } from './daemons.ts';
import { inTurns, printLoads } from './load.ts';
import { askOnce } from './question.ts';
import { writeMixedQuestions, writeMixedZone, writeZone } from './zones.ts';

/** Names that are resolved from nothing: each below a top-level domain of its own. */
const COLD_NAMES = 300;
/** Names resolved before the clock runs: a resolver runs for weeks, and ours is compiled while it runs. */
const COLD_WARM_UP = 500;
const COLD_GOAL = 3;
const ANSWER_MS_MAX = 5_000;

/** Our resolver beside Unbound and BIND: answers from the cache, and answers that take root, TLD and authoritative server. */
export async function benchResolver(folder: string, net: string, environment: Record<string, string>): Promise<void> {
  const servers = startTree(folder, net);
  const hints = join(folder, 'host', 'named.root');
  writeZone(join(folder, 'host'), 'unused', '');
  writeFileSync(hints, `. 3600000 NS a.root.\na.root. 3600000 A ${net}.20.1\n`);
  const questions = join(folder, 'questions');
  writeMixedQuestions(questions, 'd.t0', 'without referrals');
  const ours = (name: string, address: string, mode: string) =>
    startOurs(name, {
      program: 'resolver',
      port: 53,
      address,
      folder: join(folder, 'host'),
      environment: { ...environment, DNS_UDP: mode, CACHE_ENTRIES: '100000' },
    });
  try {
    const plain = await ours('ours, plain', `${net}.4.1`, 'plain');
    const unbound = startUnbound(join(folder, 'unbound'), `${net}.4.2`, hints);
    const batched = await ours('ours, batched', `${net}.4.3`, 'batched');
    const named = startNamedResolver(join(folder, 'named'), hints);
    servers.push(plain, unbound, batched, named);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await cold(plain, unbound);
    const loads = await inTurns([plain, unbound, batched, named], questions, `${net}.100.1`);
    printLoads('Resolver: answers from the cache', loads, unbound, 0.8);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** Root, TLD and authoritative servers, each NSD: top-level domains t0, t1 ... with one domain d in each. */
function startTree(folder: string, net: string): Server[] {
  const domains = Array.from({ length: COLD_NAMES + COLD_WARM_UP }, (_, at) => `t${at}`);
  const soa = (mname: string) => `$TTL 3600\n@ IN SOA ${mname} hostmaster. 1 3600 900 604800 300\n@ IN NS ${mname}\n`;
  const delegations = domains.map((tld) => `${tld}. IN NS ns.${tld}.\nns.${tld}. IN A ${net}.20.2\n`).join('');
  const root = writeZone(join(folder, 'root'), '.', `${soa('a.root.')}a.root. IN A ${net}.20.1\n${delegations}`);
  const tlds = domains.map((tld) =>
    writeZone(join(folder, 'tld'), tld, `${soa('ns')}ns IN A ${net}.20.2\nd IN NS ns.d\nns.d IN A ${net}.20.3\n`),
  );
  const own: ZoneOnDisk[] = domains
    .slice(1)
    .map((tld) => writeZone(join(folder, 'own'), `d.${tld}`, `${soa('ns')}ns IN A ${net}.20.3\nwww IN A 192.0.2.1\n`));
  own.push(writeMixedZone(join(folder, 'own'), 'd.t0'));
  return [
    startNsd(join(folder, 'root'), `${net}.20.1`, [root]),
    startNsd(join(folder, 'tld'), `${net}.20.2`, tlds),
    startNsd(join(folder, 'own'), `${net}.20.3`, own),
  ];
}

async function cold(ours: Server, unbound: Server): Promise<void> {
  const times = new Map<Server, number[]>([
    [ours, []],
    [unbound, []],
  ]);
  for (let at = 1; at < COLD_NAMES + COLD_WARM_UP; at += 1) {
    for (const server of at % 2 === 0 ? [ours, unbound] : [unbound, ours]) {
      const begun = performance.now();
      const isAnswered = await askOnce(server, `www.d.t${at}`, ANSWER_MS_MAX);
      if (at < COLD_WARM_UP) continue;
      if (!isAnswered) throw new Error(`${server.name} does not resolve www.d.t${at}`);
      times.get(server)!.push(performance.now() - begun);
    }
  }
  const [one, other] = [median(times.get(ours)!), median(times.get(unbound)!)];
  process.stdout.write('\nResolver: root, TLD and authoritative server asked for a name, nothing known\n');
  figure('Unbound, median', other, 'ms', null);
  figure('ours, median', one, 'ms', null);
  figure('ours by Unbound', one / other, 'x', COLD_GOAL);
}
