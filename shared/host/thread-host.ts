/**
 * A host in a thread of its program (threads.ts): the same address and the same lab time. Names are looked up, and reports and
 * log lines told, by the main thread.
 */
import { pino } from 'pino';
import type { Report } from '../report.ts';
import { LabClock } from './clock.ts';
import { createHost, type Host } from './host.ts';
import { type NameFailure, NameLookupError, type Names } from './names.ts';
import { ReportBuffer } from './report-buffer.ts';

/** Who the host is. */
export interface ThreadIdentity {
  readonly name: string;
  readonly address: string;
  readonly net: string;
  /** What is added to ports below 1024. */
  readonly lowPortsBy: number;
  readonly dir: string;
  readonly stateDir: string;
  readonly logLevel: string;
  /** How far lab time is ahead of the machine's, in milliseconds: one number that the main thread writes. */
  readonly ahead: SharedArrayBuffer;
}

/** What a thread asks of the main thread for its host. */
export type HostQuestion =
  | { readonly do: 'addresses'; readonly name: string; readonly cause: string | undefined }
  | { readonly do: 'reports'; readonly reports: readonly Report[] }
  | { readonly do: 'log'; readonly line: string };

type Ask = <Value>(question: HostQuestion) => Promise<Value>;

/** The host as a thread has it, and its reports, which are to be closed last. */
export function openThreadHost(
  program: string,
  identity: ThreadIdentity,
  ask: Ask,
): { host: Host; reports: ReportBuffer } {
  const { name, address, net, lowPortsBy, dir, stateDir, logLevel } = identity;
  const ahead = new Float64Array(identity.ahead);
  const log = pino({ name, level: logLevel }, { write: (line) => void ask({ do: 'log', line }) });
  const sink = {
    write: async (reports: readonly Report[]) => ask<void>({ do: 'reports', reports }),
    close: async () => {},
  };
  const reports = new ReportBuffer(sink, (error) => log.warn({ reason: error.message }, 'reports wait'));
  const host = createHost({
    ...{ program, name, address, net, dir, stateDir, log, reports },
    port: (standard) => (standard < 1024 ? standard + lowPortsBy : standard),
    authority: { dir: '', publicDir: '' },
    clock: new LabClock(() => Date.now() + ahead[0]!),
    names: namesOfMain(ask),
    openRedis: null,
    readMap: () => Promise.reject(new Error('the map is for the main thread')),
    openReports: () => {
      throw new Error('reports are read by the observatory');
    },
  });
  return { host, reports };
}

function namesOfMain(ask: Ask): Names {
  return {
    addresses: async (name, cause) => {
      try {
        return await ask({ do: 'addresses', name, cause });
      } catch (error) {
        const { failure } = error as { failure?: NameFailure };
        throw failure === undefined ? error : new NameLookupError(name, 'A', failure);
      }
    },
    mailExchanges: () => Promise.reject(new Error('mail exchanges are for the main thread')),
    close: async () => {},
  };
}

/** What the main thread does with such a question. */
export function answerHostQuestion(host: Host, question: HostQuestion): unknown {
  switch (question.do) {
    case 'addresses':
      return host.names.addresses(question.name, question.cause);
    case 'reports':
      for (const report of question.reports) host.report(report);
      return null;
    case 'log':
      return writeLog(host, question.line);
  }
}

function writeLog({ log }: Host, line: string): void {
  const { level, msg, time: _time, pid: _pid, hostname: _hostname, name: _name, ...rest } = JSON.parse(line);
  if (level >= 50) log.error(rest, msg);
  else if (level >= 40) log.warn(rest, msg);
  else if (level >= 30) log.info(rest, msg);
  else log.debug(rest, msg);
}
