/**
 * The proxy on several cores: each worker thread listens on the same port (the kernel deals the connections out, SO_REUSEPORT)
 * and has hits in memory of its own; the disk store, its index and what was declared out of date they have in common
 * (store-board.ts), so that what one has stored is a hit in another, and a purge reaches all before it is acknowledged.
 */
import type { Host } from '#shared/host/host.ts';
import { Threads } from '#shared/host/threads.ts';
import type { Config } from '../config.ts';
import type { Mode } from '../protocol/stored-response.ts';
import type { CacheDesk, OtherThreads } from './cache-desk.ts';
import type { Tally } from './cache-view.ts';
import type { ToMain, ToWorker, WorkerTask } from './worker-messages.ts';

export class ProxyWorkers implements OtherThreads {
  readonly #desk: CacheDesk;
  readonly #threads: Threads<ToWorker, ToMain>;
  #mode: Mode;

  /** @param memory the store's board, which the main thread has made */
  constructor(host: Host, config: Config, memory: SharedArrayBuffer, desk: CacheDesk) {
    const share = shareOf(config, config.WORKERS);
    this.#desk = desk;
    this.#mode = config.CACHE_MODE;
    this.#threads = new Threads(host, {
      count: config.WORKERS,
      module: new URL('./proxy-worker.ts', import.meta.url),
      what: 'worker of the proxy',
      task: (): Omit<WorkerTask, 'identity'> => ({ config: share, mode: this.#mode, memory }),
      answer: (question) => this.#answer(question),
    });
  }

  start(): Promise<void> {
    return this.#threads.start();
  }

  tallies(): Promise<readonly Tally[]> {
    return this.#threads.ask<Tally>({ do: 'tally' });
  }

  async setMode(mode: Mode): Promise<void> {
    this.#mode = mode;
    await this.#threads.ask({ do: 'mode', mode });
  }

  stop(): Promise<void> {
    return this.#threads.stop();
  }

  #answer(question: ToMain): unknown {
    switch (question.do) {
      case 'look':
        return this.#desk.look(question.from, question.count);
      case 'purge':
        return this.#desk.purge(question.url);
      case 'mode':
        return this.#desk.setMode(question.mode);
    }
  }
}

/** What each of the workers may take of what the proxy may take. */
function shareOf(config: Config, workers: number): Config {
  return {
    ...config,
    CACHE_BYTES: Math.floor(config.CACHE_BYTES / workers),
    CLIENT_CONNECTIONS: Math.ceil(config.CLIENT_CONNECTIONS / workers),
  };
}
