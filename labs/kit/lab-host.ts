import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { ZodType } from 'zod';
import { LabClock } from '#shared/host/clock.ts';
import { readConfig } from '#shared/host/config.ts';
import { createHost, type Host } from '#shared/host/host.ts';
import { NameLookupError, type Names } from '#shared/host/names.ts';
import type { Program, Running } from '#shared/host/program.ts';
import { ReportBuffer } from '#shared/host/report-buffer.ts';
import { ReportBus } from '#shared/host/report-bus.ts';
import type { ReportInput } from '#shared/report.ts';

/** Added to ports below 1024, which need a privilege: an experiment needs none. */
const PORT_OFFSET = 10_000;
const WELL_KNOWN_PORT_MAX = 1023;

export interface LabHostOptions {
  readonly name: string;
  /** The program that is to run on it. */
  readonly program: string;
  /** A loopback address of its own. */
  readonly address: string;
  /** Every name that its program may look up. */
  readonly names: Readonly<Record<string, string>>;
  /** Gets every report of the host, at the moment at which it is made. */
  readonly heard?: (report: ReportInput) => void;
}

/** Folders of hosts that are still there: an experiment that is broken off leaves none of its copies of a file behind. */
const folders = new Set<string>();

function openFolder(name: string): string {
  if (folders.size === 0) process.once('exit', removeFolders);
  const folder = mkdtempSync(join(tmpdir(), `topdown-lab-${name}-`));
  folders.add(folder);
  return folder;
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
  if (folders.size === 0) process.off('exit', removeFolders);
}

function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/** A host of an experiment: an address on loopback, a folder that ends with it, and reports that the experiment hears. */
export interface LabHost extends Host {
  /** Removes the folder and ends its timers. */
  remove(): void;
}

export function createLabHost({ name, program, address, names, heard }: LabHostOptions): LabHost {
  const folder = openFolder(name);
  const [dir, stateDir] = [join(folder, 'host'), join(folder, 'state')];
  mkdirSync(dir);
  mkdirSync(stateDir);
  const clock = new LabClock();
  const net = address.split('.').slice(0, 2).join('.');
  const bus = new ReportBus();
  const host = createHost({
    name,
    program,
    address,
    net,
    port: labPort,
    dir,
    stateDir,
    authority: { dir: join(folder, 'ca'), publicDir: join(folder, 'ca') },
    clock,
    names: knownNames(names),
    log: pino({ name, level: process.env.LOG_LEVEL ?? 'error' }, pino.destination(2)),
    openRedis: null,
    reports: new ReportBuffer(bus, () => {}),
    readMap: async () => ({ file: '', net, hosts: [] }),
    openReports: () => bus,
  });
  return {
    ...host,
    // Not by way of the stream: that leaves out what nobody could read, and an experiment counts.
    report: (report) => heard?.(typeof report === 'function' ? report() : report),
    hasRoomForReports: () => heard !== undefined,
    remove: () => {
      clock.stop();
      removeFolder(folder);
    },
  };
}

/** The port to use on every host of an experiment where the protocol says `standard`. */
export function labPort(standard: number): number {
  return standard > WELL_KNOWN_PORT_MAX ? standard : standard + PORT_OFFSET;
}

/** Starts `program` on `host` with what its environment would say. */
export function startOn<Config>(
  program: Program<Config>,
  host: Host,
  environment: Readonly<Record<string, string>>,
): Promise<Running> {
  const config = readConfig(program.config as ZodType<Config>, environment, () => `the experiment, ${host.name}`);
  return program.start(config, host);
}

function knownNames(known: Readonly<Record<string, string>>): Names {
  return {
    addresses: async (name) => {
      const address = known[name];
      if (address === undefined) throw new NameLookupError(name, 'A', 'name-error');
      return { addresses: [address], canonicalName: name, exchange: 'lab.0' };
    },
    mailExchanges: async (domain) => {
      throw new NameLookupError(domain, 'MX', 'no-data');
    },
    close: async () => {},
  };
}
