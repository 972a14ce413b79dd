/**
 * A thread of the proxy that serves clients (proxy-workers.ts): a listening socket of its own on the port of all, memory of its
 * own for hits, and the disk store of all. Names are looked up, and reports and log lines told, by the main thread.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import { LabClock } from '#shared/host/clock.ts';
import { createHost, type Host } from '#shared/host/host.ts';
import { type NameFailure, NameLookupError, type Names } from '#shared/host/names.ts';
import { ReportBuffer } from '#shared/host/report-buffer.ts';
import { openStore } from '../store/open-store.ts';
import { type CacheView, tallyOf } from './cache-view.ts';
import { listenProxy, type ProxyServer } from './proxy-server.ts';
import { storePlan } from './store-plan.ts';
import { ThreadLine } from './thread-line.ts';
import { openWebCache } from './web-cache.ts';
import type { ToMain, ToWorker, WorkerTask } from './worker-messages.ts';

const task = workerData as WorkerTask;
const main = new ThreadLine<ToMain>(parentPort as MessagePort, answer);
const { host, reports } = openWorkerHost();
const store = openStore(storePlan(task.config, host), host.log, true, task.memory);
const cache = openWebCache(host, task.config, store);
cache.mode = task.mode;
cache.desk = {
  look: (from, count) => main.ask<CacheView>({ do: 'look', from, count }),
  purge: (url) => main.ask<number>({ do: 'purge', url }),
  setMode: (mode) => main.ask<void>({ do: 'mode', mode }),
};
let server: ProxyServer | null = null;

async function answer(question: ToWorker): Promise<unknown> {
  switch (question.do) {
    case 'start':
      server = await listenProxy(cache, host.port(task.config.PROXY_PORT), {}, true);
      return null;
    case 'tally':
      return tallyOf(cache, store, server?.tunnels() ?? 0, server?.connections() ?? 0);
    case 'mode':
      cache.mode = question.mode;
      return null;
    case 'stop':
      cache.origins.close();
      await server?.close();
      await store.close();
      await reports.close();
      return null;
  }
}

function openWorkerHost(): { host: Host; reports: ReportBuffer } {
  const { name, address, net, lowPortsBy, dir, stateDir, logLevel } = task;
  const ahead = new Float64Array(task.ahead);
  const log = pino({ name, level: logLevel }, { write: (line) => void main.ask({ do: 'log', line }) });
  const sink = {
    write: async (reports: ReportsOfSink) => main.ask<void>({ do: 'reports', reports }),
    close: async () => {},
  };
  const reports = new ReportBuffer(sink, (error) => log.warn({ reason: error.message }, 'reports wait'));
  const host = createHost({
    ...{ name, address, net, dir, stateDir, log, reports },
    program: 'proxy',
    port: (standard) => (standard < 1024 ? standard + lowPortsBy : standard),
    authority: { dir: '', publicDir: '' },
    clock: new LabClock(() => Date.now() + ahead[0]!),
    names: namesOfMain(),
    openRedis: null,
    readMap: () => Promise.reject(new Error('the map is for the main thread')),
    openReports: () => {
      throw new Error('reports are read by the observatory');
    },
  });
  return { host, reports };
}

type ReportsOfSink = Parameters<ConstructorParameters<typeof ReportBuffer>[0]['write']>[0];

function namesOfMain(): Names {
  return {
    addresses: async (name, cause) => {
      try {
        return await main.ask({ do: 'addresses', name, cause });
      } catch (error) {
        const { failure } = error as { failure?: NameFailure };
        throw failure === undefined ? error : new NameLookupError(name, 'A', failure);
      }
    },
    mailExchanges: () => Promise.reject(new Error('a proxy asks for no mail exchange')),
    close: async () => {},
  };
}
