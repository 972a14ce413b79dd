/**
 * One mail host in a process of its own, so that a test can kill it: `node mail-process.ts '{"address":...}'`. It says
 * "started" when it serves.
 */
import { pino } from 'pino';
import { LabClock } from '#shared/host/clock.ts';
import { readConfig } from '#shared/host/config.ts';
import { createHost } from '#shared/host/host.ts';
import { NameLookupError } from '#shared/host/names.ts';
import { ReportBuffer } from '#shared/host/report-buffer.ts';
import { ReportBus } from '#shared/host/report-bus.ts';
import { program } from '../../src/program.ts';

export interface MailProcessOptions {
  readonly name: string;
  readonly address: string;
  readonly dir: string;
  readonly stateDir: string;
  /** Mail hosts by the domains that they serve: name and address. */
  readonly domains: Readonly<Record<string, { readonly name: string; readonly address: string }>>;
  readonly environment: Readonly<Record<string, string>>;
}

const options = JSON.parse(process.argv[2] ?? '{}') as MailProcessOptions;
const { name, address, dir, stateDir, domains, environment } = options;
const bus = new ReportBus();
const authority = { dir: `${stateDir}/ca`, publicDir: `${stateDir}/ca` };
const host = createHost({
  name,
  program: name,
  address,
  net: address.split('.').slice(0, 2).join('.'),
  port: (standard) => standard,
  dir,
  stateDir,
  authority,
  clock: new LabClock(),
  names: {
    addresses: async (qname) => {
      const found = Object.values(domains).find((one) => one.name === qname);
      if (found === undefined) throw new NameLookupError(qname, 'A', 'name-error');
      return { addresses: [found.address], canonicalName: qname, exchange: 'test.0' };
    },
    mailExchanges: async (domain) => {
      const found = domains[domain];
      if (found === undefined) throw new NameLookupError(domain, 'MX', 'name-error');
      return [{ preference: 10, exchange: found.name }];
    },
    close: async () => {},
  },
  log: pino({ level: process.env.LOG_LEVEL ?? 'fatal' }, pino.destination(2)),
  openRedis: null,
  reports: new ReportBuffer(bus, () => {}),
  readMap: async () => ({ file: '', net: '', hosts: [] }),
  openReports: () => bus,
});
const running = await program.start(
  readConfig(program.config, environment, () => 'the test'),
  host,
);
process.stdout.write('started\n');
process.on('message', async (question) => {
  if (question === 'flush') await running.actions?.flush?.run({});
  process.send?.(await running.state());
});
