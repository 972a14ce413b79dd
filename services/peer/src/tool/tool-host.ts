import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { pino } from 'pino';
import { LabClock } from '#shared/host/clock.ts';
import { createHost, type Host } from '#shared/host/host.ts';
import { createNames } from '#shared/host/lookup.ts';
import { ReportBuffer } from '#shared/host/report-buffer.ts';
import { ReportBus } from '#shared/host/report-bus.ts';
import { nameserverIn } from '#shared/host/resolv-conf.ts';
import { isLabAddress, RESOLVER_SUFFIX } from '#shared/lab-net.ts';
import { UsageError } from './usage.ts';

/** The embedded lab, where there is no other. */
const EMBEDDED_NET = '127.53';
/** Workstations of the lab have the addresses 100.x: the first that is free is taken. */
const WORKSTATIONS_MAX = 200;
/** What the embedded lab adds to ports below 1024 where they may not be bound. */
const PORT_OFFSET = 10_000;
const PRIVILEGED_PORTS = 1024;
/** The third octet of local DNS servers in the plan of addresses. */
const [RESOLVERS] = RESOLVER_SUFFIX.split('.');
const RESOLV_CONF = '/etc/resolv.conf';

export interface ToolHostOptions {
  /** The address to use; one of the lab's workstations when absent. */
  readonly from: string | undefined;
  /** The local DNS server; that of this machine or of the lab when absent. */
  readonly dns: string | undefined;
  /** The port for other peers. */
  readonly port: number;
  readonly stateDir: string;
}

/** A host of the lab for the time that a command runs. It tells no reports. @throws Error with a sentence */
export async function openToolHost(options: ToolHostOptions): Promise<{ host: Host; close(): Promise<void> }> {
  const address = await ownAddress(options.from, options.port);
  const net = prefixOf(address);
  const offset = net.startsWith('127.') && !(await mayBind(address, 1)) ? PORT_OFFSET : 0;
  const port = (standard: number) => (standard < PRIVILEGED_PORTS ? standard + offset : standard);
  const resolver = { address: options.dns ?? nameserverOf(net), port: port(53) };
  const names = createNames({ resolver, localAddress: address });
  const clock = new LabClock();
  const bus = new ReportBus();
  const reports = new ReportBuffer(bus, () => {});
  const host = createHost({
    name: 'torrent',
    program: 'peer',
    address,
    net,
    port,
    dir: options.stateDir,
    stateDir: options.stateDir,
    authority: { dir: options.stateDir, publicDir: options.stateDir },
    clock,
    names,
    log: pino({ level: 'silent' }),
    openRedis: null,
    reports,
    readMap: async () => ({ file: '', net, hosts: [] }),
    openReports: () => bus,
  });
  const close = async () => {
    clock.stop();
    await names.close();
    await reports.close();
  };
  return { host, close };
}

async function ownAddress(from: string | undefined, port: number): Promise<string> {
  if (from !== undefined) {
    if (!/^(\d{1,3}\.){3}\d{1,3}$/.test(from)) throw new UsageError(`--from "${from}" is no IPv4 address`);
    if (await mayBind(from, port)) return from;
    throw new Error(`Port ${port} of ${from} cannot be used: is it an address of this machine, and is the port free?`);
  }
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const own = all.find((one) => isInLab(one.address));
  const net = own === undefined ? EMBEDDED_NET : prefixOf(own.address);
  if (own !== undefined && (await mayBind(own.address, port))) return own.address;
  for (let nth = 1; nth <= WORKSTATIONS_MAX && net.startsWith('127.'); nth++) {
    if (await mayBind(`${net}.100.${nth}`, port)) return `${net}.100.${nth}`;
  }
  throw new Error(`This machine has no free address in ${net}.0.0/16: give one by --from, or another port by --port`);
}

/** The local DNS server that this machine uses, if it is one of the lab; otherwise the lab's own. */
function nameserverOf(net: string): string {
  const known = ownNameserver();
  return known !== undefined && isLabAddress(known, net) ? known : `${net}.${RESOLVER_SUFFIX}`;
}

/** Whether this machine is in a lab, in a container: then its local DNS server is beside it, where the lab's plan has them. */
function isInLab(address: string): boolean {
  const nameserver = ownNameserver() ?? '';
  return /^[\d.]+$/.test(nameserver) && nameserver.startsWith(`${prefixOf(address)}.${RESOLVERS}.`);
}

function ownNameserver(): string | undefined {
  return existsSync(RESOLV_CONF) ? nameserverIn(readFileSync(RESOLV_CONF, 'utf8')) : undefined;
}

function prefixOf(address: string): string {
  return address.split('.').slice(0, 2).join('.');
}

function mayBind(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, address, () => probe.close(() => resolve(true)));
  });
}
