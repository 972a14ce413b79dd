import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from '../figure.ts';
import { cpuSeconds, type Server } from '../processes.ts';

const execute = promisify(execFile);

/** Clients at once, all in one thread: on a machine of two cores the server has the other one. */
const CONNECTIONS = 64;
/** The requests are texts made at the start: one, or one for each number that stands for `%d`. The figures come as one line. */
const SCRIPT = `
local texts, at = {}, 0
function init(args)
  wrk.headers["Host"] = args[2]
  for number = 1, tonumber(args[3]) do
    wrk.path = args[1]:gsub("%%d", tostring(number))
    texts[number] = wrk.format()
  end
end
function request()
  at = at % #texts + 1
  return texts[at]
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d\\n", summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
end
`;

/** What wrk asks for: the target may have `%d` in it, for which 1 to `documents` is put. */
export interface Asked {
  readonly target: string;
  readonly host: string;
  readonly documents: number;
}

/** How long to measure: seconds of a run, seconds before it that do not count, and rounds in which every server has its turn. */
export interface Pace {
  readonly runS: number;
  readonly leadS: number;
  readonly rounds: number;
}

/** One run of one server. */
export interface Load {
  readonly perS: number;
  readonly perCpuS: number;
  readonly errors: number;
}

/** Writes the script of wrk into `folder`. */
export function writeScript(folder: string): string {
  const path = join(folder, 'request.lua');
  writeFileSync(path, SCRIPT);
  return path;
}

async function load(server: Server, script: string, asked: Asked, seconds: number): Promise<Load> {
  const words = ['-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, '-s', script];
  const told = [asked.target, asked.host, String(asked.documents)];
  const before = cpuSeconds(server.pid);
  const { stdout } = await execute('wrk', [...words, `http://${server.address}:${server.port}/`, '--', ...told]);
  const cpu = cpuSeconds(server.pid) - before;
  const [, requests, micros, errors] = /RESULT (\d+) (\d+) (\d+)/.exec(stdout) ?? [];
  return { perS: (Number(requests) * 1e6) / Number(micros), perCpuS: Number(requests) / cpu, errors: Number(errors) };
}

/** The servers in turns, round after round, so that what else the machine does meets all alike: the runs of each. */
export async function inTurns(
  servers: readonly Server[],
  script: string,
  asked: Asked,
  pace: Pace,
): Promise<ReadonlyMap<Server, readonly Load[]>> {
  const loads = new Map<Server, Load[]>(servers.map((server) => [server, []]));
  for (const server of servers) await load(server, script, asked, pace.leadS);
  for (let round = 0; round < pace.rounds; round += 1) {
    for (const server of servers) {
      await load(server, script, asked, pace.leadS);
      loads.get(server)!.push(await load(server, script, asked, pace.runS));
    }
  }
  return loads;
}

/** What ours is to reach of another server's requests per second of CPU time. */
export interface Goal {
  readonly name: string;
  readonly atLeast: number;
}

/** One line for each server, with medians and, in brackets, the least and the most; below, how the first one stands to the others. */
export function printLoads(title: string, loads: ReadonlyMap<Server, readonly Load[]>, goals: readonly Goal[]): void {
  process.stdout.write(`\n${title}\n`);
  for (const [server, runs] of loads) {
    const errors = runs.reduce((sum, run) => sum + run.errors, 0);
    const perS = spread(runs.map((run) => run.perS));
    const perCpuS = spread(runs.map((run) => run.perCpuS));
    const failed = errors > 0 ? `   ${errors} FAILED` : '';
    process.stdout.write(
      `${server.name.padEnd(10)} ${perS} requests/s   ${perCpuS} requests per CPU second${failed}\n`,
    );
  }
  const [[ours, own] = [undefined, []], ...others] = loads;
  const middle = (runs: readonly Load[]) => median(runs.map((run) => run.perCpuS));
  for (const [server, runs] of others) {
    const ratio = middle(own) / middle(runs);
    const goal = goals.find(({ name }) => name === server.name)?.atLeast;
    const verdict = goal === undefined ? '' : `   goal ≥ ${goal}: ${ratio >= goal ? 'met' : 'MISSED'}`;
    process.stdout.write(`  ${ours!.name} by ${server.name}, per CPU second: ${ratio.toFixed(2)}${verdict}\n`);
  }
}

function spread(values: readonly number[]): string {
  const number = (value: number) => value.toFixed(0);
  const range = `(${number(Math.min(...values))} to ${number(Math.max(...values))})`;
  return `${number(median(values)).padStart(7)} ${range.padEnd(18)}`;
}
