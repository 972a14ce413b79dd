import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { pino } from 'pino';
import { GATEWAY_SUFFIX, isLabAddress } from '../lab-net.ts';
import { LabClock } from './clock.ts';
import { ConfigError, readConfig } from './config.ts';
import { startControl } from './control.ts';
import { createHost, type Host } from './host.ts';
import { createNames } from './lookup.ts';
import type { Program, Running } from './program.ts';
import { LazyRedis, lazyReportSink } from './redis.ts';
import { ReportBuffer } from './report-buffer.ts';
import { redisReportSource } from './report-stream.ts';
import { nameserverIn } from './resolv-conf.ts';
import { sayWhatIsWrong } from './start-error.ts';

/** How long a program may take to stop before the process ends all the same, in milliseconds. */
const STOP_MS_MAX = 2_000;
/** Where a host's local DNS server is written down (resolver(5)). */
const RESOLV_CONF = '/etc/resolv.conf';
/** Where docker-compose.yml and the folders are, seen from here. */
const ROOT = new URL('../../', import.meta.url).pathname;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs one program as a process of its own, as in a container: reads its configuration, starts it, serves the control
 * API, and stops it at SIGTERM. The exit code is 0 after a clean stop; otherwise one sentence says what is wrong.
 */
export async function run<Config>(program: Program<Config>, environment: Environment): Promise<void> {
  try {
    const config = readConfig(program.config, environment, () => 'environment');
    const { host, redis, close } = openHost(program.name, environment);
    if (program.needsRedis) await redis.ready();
    const running = await program.start(config, host);
    const stopControl = await startControl(host, program.name, running);
    host.log.info({ program: program.name }, 'started');
    reloadAtSignal(host, running);
    stopAtSignal(host, async () => {
      await stopControl();
      await running.stop();
      await close();
    });
  } catch (error) {
    const whose = `docker-compose.yml, service ${hostName(environment)}`;
    process.stderr.write(`${whose}: ${sayWhatIsWrong(error)}\n`);
    process.exit(1);
  }
}

function hostName(environment: Environment): string {
  return environment.HOSTNAME ?? 'host';
}

interface OpenHost {
  readonly host: Host;
  readonly redis: LazyRedis;
  readonly close: () => Promise<void>;
}

function openHost(program: string, environment: Environment): OpenHost {
  const name = hostName(environment);
  const net = environment.LAB_NET ?? '10.53';
  const address = ownAddress(net);
  const log = pino({ name, level: environment.LOG_LEVEL ?? 'info', base: { host: name } });
  const redisUrl = environment.REDIS_URL;
  if (redisUrl === undefined) throw new ConfigError("REDIS_URL is not set: give the address of the lab's Redis");
  const redis = new LazyRedis(redisUrl, log);
  const reports = new ReportBuffer(lazyReportSink(redis), (error) =>
    log.warn(
      { reason: error.message },
      `Reports wait: Redis at ${redisUrl} does not take them. Start the service redis`,
    ),
  );
  const names = createNames({ resolver: { address: ownNameserver(), port: 53 }, localAddress: address });
  const clock = new LabClock();
  const host = createHost({
    name,
    program,
    address,
    net,
    port: (standard) => standard,
    dir: environment.HOST_DIR ?? '/host',
    stateDir: environment.STATE_DIR ?? '/state',
    authority: { dir: environment.CA_DIR ?? '/ca', publicDir: environment.TRUST_DIR ?? '/trust' },
    clock,
    names,
    log,
    openRedis: () => redis.open(),
    reports,
    // Loaded where it is asked for: the parser of the compose file would weigh on every other host.
    readMap: async () => (await import('./lab-map.ts')).readLabMap(`${ROOT}docker-compose.yml`, environment),
    openReports: () => redisReportSource(redis.open().duplicate()),
  });
  const close = async () => {
    clock.stop();
    await names.close();
    await reports.close();
    redis.close();
  };
  return { host, redis, close };
}

/** The address of this machine inside the lab's network. */
function ownAddress(net: string): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const own = all.find(({ address }) => isLabAddress(address, net) && address !== `${net}.${GATEWAY_SUFFIX}`);
  if (own !== undefined) return own.address;
  throw new ConfigError(`This host has no address in ${net}.0.0/16: give it one in docker-compose.yml, or set LAB_NET`);
}

/** The local DNS server of this host, as every other program on it finds it. */
function ownNameserver(): string {
  const address = nameserverIn(readFileSync(RESOLV_CONF, 'utf8'));
  if (address !== undefined) return address;
  throw new ConfigError(`${RESOLV_CONF} names no nameserver: mount one of infra/image/resolv there`);
}

/** A program that has nothing to read again does not listen: SIGHUP ends it, as it ends any process. */
function reloadAtSignal(host: Host, running: Running): void {
  if (running.reload === undefined) return;
  process.on('SIGHUP', () => {
    host.log.info('SIGHUP: the files are read again');
    running.reload?.().catch((error: Error) => host.log.error(error, 'the files could not be read again'));
  });
}

function stopAtSignal(host: Host, stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    host.log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(0), STOP_MS_MAX).unref();
    stop().then(
      () => process.exit(0),
      (error: Error) => {
        host.log.error(error, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
