/**
 * One of our programs as a process of its own, on a loopback address of its own: what `shared/host/run.ts` does in a
 * container, where the address is that of the container's network.
 *
 *   node bench/host-process.ts authoritative 127.62.1.1 FOLDER
 *
 * Its reports go to the Redis at REDIS_URL. It says "started" and ends at SIGTERM.
 */
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { LabClock } from '#shared/host/clock.ts';
import { readConfig } from '#shared/host/config.ts';
import { createHost } from '#shared/host/host.ts';
import { createNames } from '#shared/host/lookup.ts';
import type { Program } from '#shared/host/program.ts';
import { LazyRedis, lazyReportSink } from '#shared/host/redis.ts';
import { ReportBuffer } from '#shared/host/report-buffer.ts';
import { redisReportSource } from '#shared/host/report-stream.ts';

const [name = '', address = '', folder = ''] = process.argv.slice(2);
const net = address.split('.').slice(0, 2).join('.');
const { program } = (await import(fileURLToPath(new URL(`../services/${name}/src/program.ts`, import.meta.url)))) as {
  program: Program<unknown>;
};
const log = pino({ name, level: process.env.LOG_LEVEL ?? 'warn' }, pino.destination(2));
const redis = new LazyRedis(process.env.REDIS_URL ?? 'redis://127.0.0.1:1', log);
const host = createHost({
  name,
  program: name,
  address,
  net,
  port: (standard) => standard,
  dir: folder,
  stateDir: `${folder}/state`,
  authority: { dir: `${folder}/ca`, publicDir: `${folder}/ca` },
  clock: new LabClock(),
  names: createNames({ resolver: { address, port: 53 }, localAddress: address }),
  log,
  openRedis: () => redis.open(),
  reports: new ReportBuffer(lazyReportSink(redis), () => {}),
  readMap: async () => ({ file: '', net, hosts: [] }),
  openReports: () => redisReportSource(redis.open().duplicate()),
});
const running = await program.start(
  readConfig(program.config, process.env, () => 'the benchmark'),
  host,
);
process.stdout.write('started\n');
process.on('SIGTERM', () => {
  void running.stop().then(() => process.exit(0));
});
process.on('message', (question) => void answer(question as Question));

/** Nothing asks for the state. */
interface Question {
  readonly action?: string;
  readonly input?: unknown;
}

/** What the control API of a host would answer. */
async function answer({ action, input }: Question): Promise<void> {
  try {
    const asked = action === undefined ? running.state() : running.actions?.[action]?.run(input);
    process.send?.({ answer: await asked });
  } catch (error) {
    process.send?.({ refused: (error as Error).message });
  }
}
