/**
 * The proxy on several cores: each worker thread listens on the same port (the kernel deals the connections out, SO_REUSEPORT)
 * and has hits in memory of its own; the disk store, its index and what was declared out of date they have in common
 * (store-board.ts), so that what one has stored is a hit in another, and a purge reaches all before it is acknowledged.
 */
import { Worker } from 'node:worker_threads';
import type { Host } from '#shared/host/host.ts';
import { Restart } from '#shared/host/restart.ts';
import type { Config } from '../config.ts';
import type { Mode } from '../protocol/stored-response.ts';
import type { CacheDesk, OtherThreads } from './cache-desk.ts';
import type { Tally } from './cache-view.ts';
import { ThreadLine } from './thread-line.ts';
import type { ToMain, ToWorker, WorkerTask } from './worker-messages.ts';

interface Place {
  readonly index: number;
  thread: Worker | null;
  line: ThreadLine<ToWorker> | null;
  readonly restart: Restart;
}

export class ProxyWorkers implements OtherThreads {
  readonly #host: Host;
  readonly #task: Omit<WorkerTask, 'mode'>;
  readonly #desk: CacheDesk;
  readonly #ahead: Float64Array;
  readonly #places: readonly Place[];
  #mode: Mode;
  #unsubscribe = () => {};

  /** @param memory the store's board, which the main thread has made */
  constructor(host: Host, config: Config, memory: SharedArrayBuffer, desk: CacheDesk) {
    const workers = config.WORKERS;
    const ahead = new SharedArrayBuffer(8);
    this.#host = host;
    this.#desk = desk;
    this.#mode = config.CACHE_MODE;
    this.#ahead = new Float64Array(ahead);
    this.#task = {
      config: shareOf(config, workers),
      ...{ memory, ahead },
      ...{ name: host.name, address: host.address, net: host.net, dir: host.dir, stateDir: host.stateDir },
      lowPortsBy: host.port(80) - 80,
      logLevel: host.log.level,
    };
    this.#places = Array.from({ length: workers }, (_, index) => this.#placeOf(index));
  }

  async start(): Promise<void> {
    const { clock } = this.#host;
    this.#ahead[0] = clock.offsetMs;
    this.#unsubscribe = clock.onMoved((offsetMs) => {
      this.#ahead[0] = offsetMs;
    });
    try {
      await Promise.all(this.#places.map(({ restart }) => restart.start()));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async tallies(): Promise<readonly Tally[]> {
    const tallies = this.#places.map(({ line }) => line?.ask<Tally>({ do: 'tally' }).catch(() => null));
    return (await Promise.all(tallies)).filter((tally) => tally !== null && tally !== undefined);
  }

  async setMode(mode: Mode): Promise<void> {
    this.#mode = mode;
    await Promise.all(this.#places.map(({ line }) => line?.ask({ do: 'mode', mode }).catch(() => {})));
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    for (const { restart } of this.#places) restart.stop();
    await Promise.all(
      this.#places.map(async ({ line, thread }) => {
        await line?.ask({ do: 'stop' }).catch(() => {});
        await thread?.terminate();
      }),
    );
  }

  #placeOf(index: number): Place {
    const { log } = this.#host;
    const place: Place = {
      index,
      thread: null,
      line: null,
      // Meanwhile the kernel gives its clients to the others.
      restart: new Restart(
        () => this.#open(place),
        (failure) => log.error({ err: failure }, `worker ${index} of the proxy ended; another one is started`),
      ),
    };
    return place;
  }

  /** Starts a worker in `place`; rejects where it cannot listen. */
  async #open(place: Place): Promise<void> {
    const task: WorkerTask = { ...this.#task, mode: this.#mode };
    const thread = new Worker(new URL('./proxy-worker.ts', import.meta.url), {
      workerData: task,
      name: `proxy-${place.index}`,
    });
    const line = new ThreadLine<ToWorker>(thread, (question: ToMain) => this.#answer(question));
    let failure = new Error(`worker ${place.index} of the proxy ended by itself`);
    thread.on('error', (error: Error) => {
      failure = error;
    });
    const ended = new Promise<void>((resolve) => {
      thread.on('exit', () => {
        place.thread = null;
        place.line = null;
        line.end(failure);
        resolve();
      });
    });
    Object.assign(place, { thread, line });
    try {
      await line.ask({ do: 'start' });
    } catch (error) {
      await thread.terminate();
      throw error;
    }
    void ended.then(() => place.restart.ended(failure));
  }

  #answer(question: ToMain): unknown {
    switch (question.do) {
      case 'addresses':
        return this.#host.names.addresses(question.name, question.cause);
      case 'look':
        return this.#desk.look(question.from, question.count);
      case 'purge':
        return this.#desk.purge(question.url);
      case 'mode':
        return this.#desk.setMode(question.mode);
      case 'reports':
        for (const report of question.reports) this.#host.report(report);
        return null;
      case 'log':
        return this.#log(question.line);
    }
  }

  #log(line: string): void {
    const { level, msg, time: _time, pid: _pid, hostname: _hostname, name: _name, ...rest } = JSON.parse(line);
    const { log } = this.#host;
    if (level >= 50) log.error(rest, msg);
    else if (level >= 40) log.warn(rest, msg);
    else log.info(rest, msg);
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
