import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { median } from '../figure.ts';
import { cpuSeconds, type Server } from '../processes.ts';

const execute = promisify(execFile);

/** Sockets that dnsperf asks from, and questions that it leaves unanswered at once. */
const CLIENTS = 8;
const OUTSTANDING = 200;
/** Seconds of one run, and rounds in which every server has its turn. */
const RUN_S = 3;
const ROUNDS = 3;
const WARM_S = 2;
/** CPU time for a query, at most, by that of the other server. */
const CPU_MAX = 1.5;
/** Seconds of load before each run that do not count: a host tells the beginning of a load to the observatory, all of it. */
const LEAD_S = 1;

/** Letters of the longest name of a server. */
const NAME_WIDTH = 24;

export interface Load {
  readonly queriesPerS: number;
  readonly microsPerQuery: number;
  readonly lost: number;
}

/** Asks `server` the questions of `file` for so many seconds from the address `from`. */
async function load(server: Server, file: string, from: string, seconds = RUN_S): Promise<Load> {
  const words = [
    '-s',
    server.address,
    '-p',
    String(server.port),
    '-d',
    file,
    '-l',
    String(seconds),
    '-c',
    String(CLIENTS),
  ];
  const local = server.address === '127.0.0.1' ? [] : ['-a', from];
  const before = cpuSeconds(server.pid);
  const { stdout } = await execute('dnsperf', [...words, ...local, '-q', String(OUTSTANDING), '-t', '2', '-W']);
  const cpu = cpuSeconds(server.pid) - before;
  const number = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1] ?? Number.NaN);
  const completed = number(/Queries completed:\s+(\d+)/);
  return {
    queriesPerS: number(/Queries per second:\s+([\d.]+)/),
    microsPerQuery: (cpu * 1e6) / completed,
    lost: number(/Queries lost:\s+(\d+)/),
  };
}

/** The servers in turns, round after round, so that what else the machine does meets all alike; the medians of each. */
export async function inTurns(
  servers: readonly Server[],
  file: string,
  from: string,
): Promise<ReadonlyMap<Server, Load>> {
  const loads = new Map<Server, Load[]>(servers.map((server) => [server, []]));
  for (const server of servers) await load(server, file, from, WARM_S);
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = round % 2 === 0 ? servers : servers.toReversed();
    for (const server of order) {
      await load(server, file, from, LEAD_S);
      loads.get(server)!.push(await load(server, file, from));
    }
  }
  return new Map([...loads].map(([server, runs]) => [server, summary(runs)]));
}

function summary(runs: readonly Load[]): Load {
  return {
    queriesPerS: median(runs.map((run) => run.queriesPerS)),
    microsPerQuery: median(runs.map((run) => run.microsPerQuery)),
    lost: runs.reduce((sum, run) => sum + run.lost, 0),
  };
}

/** One line for each server, and for each of ours how it stands to `reference`: per second of CPU time, and of the clock. */
export function printLoads(
  title: string,
  loads: ReadonlyMap<Server, Load>,
  reference: Server,
  perCoreMin: number | null,
): void {
  process.stdout.write(`\n${title}\n`);
  const other = loads.get(reference)!;
  for (const [server, one] of loads) {
    const perCore = other.microsPerQuery / one.microsPerQuery;
    const compared =
      server.name.startsWith('ours') &&
      `   per core ${verdict(perCore, perCoreMin, 'at least')} x ${reference.name}; CPU ${verdict(1 / perCore, perCoreMin === null ? null : CPU_MAX, 'at most')} x; by the clock ${(one.queriesPerS / other.queriesPerS).toFixed(2)} x`;
    process.stdout.write(
      `${server.name.padEnd(NAME_WIDTH)} ${one.queriesPerS.toFixed(0).padStart(8)} queries/s ${one.microsPerQuery.toFixed(1).padStart(6)} µs CPU each ${String(one.lost).padStart(5)} lost${compared || ''}\n`,
    );
  }
}

function verdict(value: number, goal: number | null, direction: 'at least' | 'at most'): string {
  if (goal === null) return value.toFixed(2);
  const isMet = direction === 'at least' ? value >= goal : value <= goal;
  return `${value.toFixed(2)} (goal ${direction} ${goal}: ${isMet ? 'met' : 'MISSED'})`;
}
