import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { ZodType } from 'zod';
import type { Report } from '../report.ts';
import { LabClock } from './clock.ts';
import { readConfig } from './config.ts';
import { createHost, type Host } from './host.ts';
import type { Addresses, MailExchange, Names } from './names.ts';
import { NameLookupError } from './names.ts';
import type { Program, Running } from './program.ts';
import { ReportBuffer } from './report-buffer.ts';
import { ReportBus } from './report-bus.ts';

/** A host for the test of one program: real sockets on a loopback address, a folder of its own, collected reports. */
export interface TestHost extends Host {
  readonly reported: Report[];
  /** Removes the host's folder and ends its timers. */
  remove(): Promise<void>;
}

export interface TestHostOptions {
  readonly name?: string;
  /** Last two octets of the address; the first two belong to the test process. */
  readonly suffix?: string;
  /** The host's own folder; an empty one when absent. */
  readonly dir?: string;
  /** Names that the program may look up. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly mailExchanges?: Readonly<Record<string, readonly MailExchange[]>>;
}

/** Workers that one vitest run may have, and runs at the same time that are kept apart most of the time. */
const WORKERS_MAX = 8;
const RUNS_MAX = 12;

/** The prefix of this test process: vitest runs several at once, and none may take the ports of another. */
export const TEST_NET = `127.${100 + (process.ppid % RUNS_MAX) * WORKERS_MAX + (Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS_MAX)}`;

export function createTestHost(options: TestHostOptions = {}): TestHost {
  const name = options.name ?? 'host';
  const folder = mkdtempSync(join(tmpdir(), `topdown-${name}-`));
  const reported: Report[] = [];
  const bus = new ReportBus();
  bus.subscribe((report) => reported.push(report));
  const clock = new LabClock();
  const host = createHost({
    name,
    program: name,
    address: `${TEST_NET}.${options.suffix ?? '0.2'}`,
    net: TEST_NET,
    port: (standard) => standard,
    dir: options.dir ?? folder,
    stateDir: folder,
    authority: { dir: join(folder, 'ca'), publicDir: join(folder, 'ca') },
    clock,
    names: knownNames(options),
    log: pino({ level: process.env.LOG_LEVEL ?? 'silent' }),
    openRedis: null,
    reports: new ReportBuffer(bus, () => {}),
    readMap: async () => ({ file: 'docker-compose.yml', net: TEST_NET, hosts: [] }),
    openReports: () => bus,
  });
  const remove = async () => {
    clock.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...host, reported, remove };
}

/** Starts `program` on `host` with what its environment would say. */
export function startOn<Config>(
  program: Program<Config>,
  host: Host,
  environment: Readonly<Record<string, string>> = {},
): Promise<Running> {
  return program.start(
    readConfig(program.config as ZodType<Config>, environment, () => 'the test'),
    host,
  );
}

function knownNames(options: TestHostOptions): Names {
  return {
    addresses: async (name): Promise<Addresses> => {
      const addresses = /^[\d.]+$/.test(name) ? [name] : options.names?.[name];
      if (addresses === undefined) throw new NameLookupError(name, 'A', 'name-error');
      return { addresses, canonicalName: name, exchange: 'test.0' };
    },
    mailExchanges: async (domain) => {
      const exchanges = options.mailExchanges?.[domain];
      if (exchanges === undefined) throw new NameLookupError(domain, 'MX', 'no-data');
      return exchanges;
    },
    close: async () => {},
  };
}
