import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Logger, pino } from 'pino';
import { LabClock } from '#shared/host/clock.ts';
import { type HostOnMap, type LabMap, MapError, readLabMap } from '#shared/host/lab-map.ts';
import { createNames } from '#shared/host/lookup.ts';
import type { Names } from '#shared/host/names.ts';
import { ReportBus } from '#shared/host/report-bus.ts';
import { GATEWAY_SUFFIX, RESOLVER_SUFFIX } from '#shared/lab-net.ts';
import type { ReportSource } from '#shared/report.ts';
import { watchForCrashes } from './crash.ts';
import { EmbeddedHost } from './embedded-host.ts';
import { LabMail, MAIL_API_PORT } from './lab-mail.ts';
import { portOffset } from './port-offset.ts';
import { publishPorts } from './publish.ts';
import { takeStateFolder } from './state-folder.ts';

/** The repository: where docker-compose.yml, services/ and infra/ are. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The prefix of an embedded lab: loopback addresses, which Linux and Windows have without being told. */
export const EMBEDDED_NET = '127.53';

export interface LabOptions {
  /** Two octets that all addresses of this lab begin with; give each lab of a machine its own. Default `127.53`. */
  readonly net?: string;
  /** Groups to start (`dns`, `web`, `mail`, `p2p`, `sockets`, `lab`); all when absent. DNS comes with every group. */
  readonly only?: readonly string[];
  /** Where hosts keep what must last; of one running lab at a time. Default: a new folder that `stop` removes. */
  readonly stateDir?: string;
  /** Whether to forget what an earlier run kept in `stateDir`. */
  readonly fresh?: boolean;
  /** The address of this machine on which the map's published ports are offered (observatory 8080, proxy 3128 ...): none when absent. */
  readonly publish?: string;
  /** The map; its hosts' files are in `infra/hosts` beside it. Default: the lab's own docker-compose.yml. */
  readonly map?: string;
  /** Called when all hosts of a group are up. */
  readonly onGroup?: (group: string, hosts: readonly string[], elapsedMs: number) => void;
  /** Level of the log on standard error: `warn` by default. */
  readonly logLevel?: string;
}

/** A running lab in this process. */
export interface Lab {
  readonly net: string;
  readonly map: LabMap;
  /** How much is added to ports below 1024: 0, or 10000 where this user may not bind them. */
  readonly portOffset: number;
  readonly hosts: readonly EmbeddedHost[];
  /** The host that docker-compose.yml calls `name`. @throws RangeError with the names that there are */
  host(name: string): EmbeddedHost;
  /** The addresses (`A`) or mail exchanges (`MX`) of a name, through the lab's local DNS server. */
  resolve(name: string, type?: 'A' | 'MX'): Promise<readonly string[]>;
  /** The mail of a domain such as `crepes.fr`. @throws RangeError with the domains that there are */
  mail(domain: string): LabMail;
  /** Every report of every host, from now on; each comes a moment after what it tells. */
  readonly reports: ReportSource;
  /** Moves the lab's clock forward on all hosts. */
  advanceClock(ms: number): void;
  /** Stops all hosts, frees all ports; once is enough, twice does no harm. */
  stop(): Promise<void>;
}

/**
 * Starts the lab of docker-compose.yml inside this process, on loopback addresses.
 *
 * @throws an Error whose message says what is wrong and what to do; nothing is left running then.
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const net = options.net ?? EMBEDDED_NET;
  const map = readLabMap(options.map ?? join(ROOT, 'docker-compose.yml'), {
    ...process.env,
    LAB_NET: net,
    LAB_PUBLISH: options.publish ?? '127.0.0.1',
  });
  const chosen = chosenHosts(map, options.only);
  const offset = await portOffset(`${net}.${GATEWAY_SUFFIX}`);
  const port = (standard: number) => (standard < 1024 ? standard + offset : standard);
  const log = pino({ level: options.logLevel ?? 'warn' }, pino.destination(2));
  const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), 'topdown-'));
  const leaveFolder =
    options.stateDir === undefined
      ? () => rmSync(stateDir, { recursive: true, force: true })
      : await takeStateFolder(stateDir, options.fresh ?? false);
  const bus = new ReportBus();
  const clock = new LabClock();
  const openNames = (localAddress: string, resolver = `${net}.${RESOLVER_SUFFIX}`): Names =>
    createNames({ resolver: { address: resolver, port: port(53) }, localAddress });

  const shared = {
    net,
    map,
    port,
    stateDir,
    bus,
    clock,
    log,
    openNames,
    root: ROOT,
    hostsDir: join(dirname(map.file), 'infra', 'hosts'),
  };
  const hosts = chosen.map((onMap) => new EmbeddedHost(onMap, shared));
  const unwatch = watchForCrashes(hosts, log);
  const names = openNames(`${net}.${GATEWAY_SUFFIX}`);
  let unpublish: () => Promise<void> = async () => {};
  const end = async () => {
    await unpublish();
    await Promise.all(hosts.map((host) => host.stop()));
    unwatch();
    await names.close();
    clock.stop();
    leaveFolder();
  };
  let ended: Promise<void> | null = null;
  const stop = () => {
    ended ??= end();
    return ended;
  };

  try {
    await startGroups(hosts, options.onGroup);
    if (options.publish !== undefined) unpublish = await publishPorts(hosts, `${net}.${GATEWAY_SUFFIX}`, port);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    net,
    map,
    portOffset: offset,
    hosts,
    host: (name) => named(hosts, name),
    resolve: async (name, type = 'A') =>
      type === 'A'
        ? (await names.addresses(name)).addresses
        : (await names.mailExchanges(name)).map(({ preference, exchange }) => `${preference} ${exchange}`),
    mail: mailOf(hosts),
    reports: bus,
    advanceClock: (ms) => clock.advance(ms),
    stop,
  };
}

function chosenHosts(map: LabMap, only: readonly string[] | undefined): HostOnMap[] {
  const startable = map.hosts.filter((host) => host.program !== null);
  const groups = new Set(startable.map((host) => host.group));
  const unknown = only?.find((group) => !groups.has(group));
  if (unknown !== undefined) {
    throw new MapError(`There is no group "${unknown}" in ${map.file}: choose among ${[...groups].join(', ')}`);
  }
  const wanted = only === undefined ? groups : new Set(['dns', 'lab', ...only]);
  return startable.filter((host) => wanted.has(host.group));
}

async function startGroups(hosts: readonly EmbeddedHost[], onGroup: LabOptions['onGroup']): Promise<void> {
  const begun = performance.now();
  const groups = Map.groupBy(hosts, (host) => host.group);
  const failure = new AbortController();
  const startGroup = async ([group, members]: [string, EmbeddedHost[]]) => {
    await Promise.all(members.map((host) => host.start()));
    await Promise.all(members.map((host) => host.healthy(failure.signal)));
    onGroup?.(
      group,
      members.map((host) => host.name),
      performance.now() - begun,
    );
  };
  try {
    await Promise.all([...groups].map(startGroup));
  } catch (error) {
    failure.abort();
    throw error;
  }
}

/** Gives the same object for the same server, so that its memory of what was waited for is one. */
function mailOf(hosts: readonly EmbeddedHost[]): (domain: string) => LabMail {
  const domains = new Map<string, LabMail>();
  for (const { program, address, onMap } of hosts) {
    if (program !== 'mail') continue;
    const mail = new LabMail(`http://${address}:${MAIL_API_PORT}`);
    const names = (onMap.environment.MAIL_DOMAIN ?? '').split(/[\s,]+/).filter((name) => name !== '');
    for (const name of names) domains.set(name.toLowerCase(), mail);
  }
  return (domain) => {
    const mail = domains.get(domain.toLowerCase());
    if (mail !== undefined) return mail;
    const there = domains.size === 0 ? 'none: start the group mail' : [...domains.keys()].join(', ');
    throw new RangeError(`There is no mail domain "${domain}" in this lab: ${there}`);
  };
}

function named(hosts: readonly EmbeddedHost[], name: string): EmbeddedHost {
  const host = hosts.find((candidate) => candidate.name === name);
  if (host !== undefined) return host;
  throw new RangeError(
    `There is no host "${name}" in this lab: ${hosts.map((candidate) => candidate.name).join(', ')}`,
  );
}

export { LabMail } from './lab-mail.ts';
export type { EmbeddedHost, Logger };
