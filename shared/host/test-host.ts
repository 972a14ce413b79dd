import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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
  /** Last two octets of the address; the first two are `TEST_NET`. */
  readonly suffix?: string;
  /** The host's own folder; an empty one when absent. */
  readonly dir?: string;
  /** Names that the program may look up. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly mailExchanges?: Readonly<Record<string, readonly MailExchange[]>>;
}

/** The second octets that tests have: 127.100 to 127.227. The labs and benches that a person starts are below. */
const TEST_NET_FIRST = 100;
const TEST_NETS = 128;
/** The locks of this process; they are open as long as it lives, and end with it however it ends. */
const netLocks: DatabaseSync[] = [];

/**
 * Two octets of loopback that no other process of this machine has from `claimTestNet`: the files of a vitest run are run side by
 * side, several runs may be, and none may take the ports of another. A transaction of SQLite is the one lock of the kernel's that
 * Node has.
 */
export function claimTestNet(): string {
  const folder = join(tmpdir(), `topdown-test-nets-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true });
  // Not each process from the first: what the last one of a net left on its ports has time to go.
  for (let tried = 0; tried < TEST_NETS; tried++) {
    const net = `127.${TEST_NET_FIRST + ((process.pid + tried) % TEST_NETS)}`;
    const lock = new DatabaseSync(join(folder, net), { timeout: 0 });
    try {
      lock.exec('BEGIN EXCLUSIVE');
      netLocks.push(lock);
      return net;
    } catch {
      lock.close();
    }
  }
  throw new Error(`All ${TEST_NETS} networks for tests are taken: end what has the files in ${folder} open`);
}

/** The network of this test process. */
export const TEST_NET = claimTestNet();

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
