/**
 * A thread of the proxy that serves clients (proxy-workers.ts): a listening socket of its own on the port of all, memory of its
 * own for hits, and the disk store of all.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type HostQuestion, openThreadHost } from '#shared/host/thread-host.ts';
import { ThreadLine } from '#shared/host/thread-line.ts';
import type { ThreadOrder } from '#shared/host/threads.ts';
import { openStore } from '../store/open-store.ts';
import { type CacheView, tallyOf } from './cache-view.ts';
import { listenProxy, type ProxyServer } from './proxy-server.ts';
import { storePlan } from './store-plan.ts';
import { openWebCache } from './web-cache.ts';
import type { ToMain, ToWorker, WorkerTask } from './worker-messages.ts';

const task = workerData as WorkerTask;
const main = new ThreadLine<ToMain | HostQuestion>(parentPort as MessagePort, answer);
const { host, reports } = openThreadHost('proxy', task.identity, (question) => main.ask(question));
const store = openStore(storePlan(task.config, host), host.log, true, task.memory);
const cache = openWebCache(host, task.config, store);
cache.mode = task.mode;
cache.desk = {
  look: (from, count) => main.ask<CacheView>({ do: 'look', from, count }),
  purge: (url) => main.ask<number>({ do: 'purge', url }),
  setMode: (mode) => main.ask<void>({ do: 'mode', mode }),
};
let server: ProxyServer | null = null;

async function answer(question: ToWorker | ThreadOrder): Promise<unknown> {
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
