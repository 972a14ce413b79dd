/** Threads of a program that share its work: each is started again when it ended by itself. */
import { Worker } from 'node:worker_threads';
import type { Host } from './host.ts';
import { Restart } from './restart.ts';
import { answerHostQuestion, type HostQuestion, type ThreadIdentity } from './thread-host.ts';
import { ThreadLine } from './thread-line.ts';

/** What every thread is asked: to begin, which fails where it cannot listen, and to end. */
export type ThreadOrder = { readonly do: 'start' } | { readonly do: 'stop' };

export interface ThreadsOptions<FromThread> {
  readonly count: number;
  /** The module that a thread runs. */
  readonly module: URL;
  /** What a thread is, for the log: `worker of the proxy`. */
  readonly what: string;
  /** What a thread that begins now is started with, besides the host's identity. */
  task(): object;
  /** Answers a question of the thread in place `index`. */
  answer(question: FromThread, index: number): unknown;
  /** The thread in place `index` has ended by itself: what it had begun stays as it is. */
  ended?(index: number): void;
}

interface Place<ToThread> {
  readonly index: number;
  thread: Worker | null;
  line: ThreadLine<ToThread | ThreadOrder> | null;
  readonly restart: Restart;
}

export class Threads<ToThread extends { readonly do: string }, FromThread extends { readonly do: string }> {
  readonly #host: Host;
  readonly #options: ThreadsOptions<FromThread>;
  readonly #ahead: Float64Array;
  readonly #identity: ThreadIdentity;
  readonly #places: readonly Place<ToThread>[];
  #unsubscribe = () => {};

  constructor(host: Host, options: ThreadsOptions<FromThread>) {
    const ahead = new SharedArrayBuffer(8);
    const { name, address, net, dir, stateDir } = host;
    this.#host = host;
    this.#options = options;
    this.#ahead = new Float64Array(ahead);
    const lowPortsBy = host.port(80) - 80;
    this.#identity = { name, address, net, dir, stateDir, ahead, lowPortsBy, logLevel: host.log.level };
    this.#places = Array.from({ length: options.count }, (_, index) => this.#placeOf(index));
  }

  /** Starts all. Rejects where one cannot begin; none runs then. */
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

  /** Asks all; gives the answers of those that are there. */
  async ask<Value>(question: ToThread): Promise<Value[]> {
    const answers = this.#places.map(({ line }) => line?.ask<Value>(question).catch(() => null));
    return (await Promise.all(answers)).filter((answer) => answer !== null && answer !== undefined);
  }

  /** Tells all, but not the one in place `except`. */
  tell(news: ToThread, except?: number): void {
    for (const { line, index } of this.#places) if (index !== except) line?.tell(news);
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

  #placeOf(index: number): Place<ToThread> {
    const { log } = this.#host;
    const place: Place<ToThread> = {
      index,
      thread: null,
      line: null,
      // Meanwhile the kernel gives its clients to the others.
      restart: new Restart(
        () => this.#open(place),
        (failure) => log.error({ err: failure }, `${this.#options.what} ${index} ended; another one is started`),
      ),
    };
    return place;
  }

  /** Starts a thread in `place`; rejects where it cannot begin. */
  async #open(place: Place<ToThread>): Promise<void> {
    const { module, what, task } = this.#options;
    const name = `${this.#host.name}-${place.index}`;
    const thread = new Worker(module, { workerData: { ...task(), identity: this.#identity }, name });
    const line = new ThreadLine<ToThread | ThreadOrder>(thread, (question: FromThread | HostQuestion) =>
      this.#answer(question, place.index),
    );
    let failure = new Error(`${what} ${place.index} ended by itself`);
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
    void ended.then(() => {
      this.#options.ended?.(place.index);
      place.restart.ended(failure);
    });
  }

  #answer(question: FromThread | HostQuestion, index: number): unknown {
    return isOfHost(question)
      ? answerHostQuestion(this.#host, question)
      : this.#options.answer(question as FromThread, index);
  }
}

const HOST_QUESTIONS: readonly string[] = ['addresses', 'reports', 'log'] satisfies HostQuestion['do'][];

function isOfHost(question: { readonly do: string }): question is HostQuestion {
  return HOST_QUESTIONS.includes(question.do);
}
