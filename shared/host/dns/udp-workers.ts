/**
 * DNS over UDP by several threads, for more cores: each worker has a socket of its own on the same address and port, and the
 * kernel deals the datagrams out to them. Workers only repeat answers (repeating-service.ts). The data has one authority, the
 * program in this thread: it answers every query that no worker can, and says which of its answers may be repeated.
 */
import { Worker } from 'node:worker_threads';
import type { Endpoint } from '../../report.ts';
import { Restart } from '../restart.ts';
import { type DatagramHost, DatagramService, REPORTS_OF_EXCHANGE, type UdpCounters } from './datagram-service.ts';
import type { LentAnswers } from './lent-answers.ts';
import type { UdpMode, UdpServer } from './open-udp.ts';
import type { Lease, Repetition, Respond } from './request.ts';
import { TALLIES_MAX, WorkerBoard, type WorkerLane } from './worker-board.ts';
import { type AnswerLabel, type FromWorker, type KeptTerms, Packer, type Parcel, unpack } from './worker-messages.ts';

/** How soon the workers hear that reports have room again, and what they did is counted, in milliseconds. */
const LOOK_MS = 25;

/** One worker's place: it stays when the worker is replaced. */
interface Place {
  readonly index: number;
  readonly lane: WorkerLane;
  readonly answers: Packer<AnswerLabel>;
  readonly restart: Restart;
  worker: Worker | undefined;
}

/** What worker threads there are, and who ends what was lent to them. */
export interface WorkerOptions {
  readonly mode: UdpMode;
  readonly workers: number;
  readonly lent?: LentAnswers | undefined;
}

export class UdpWorkers implements UdpServer {
  readonly #mode: UdpMode;
  readonly #lent: LentAnswers | undefined;
  readonly #host: DatagramHost;
  readonly #service: DatagramService;
  readonly #board: WorkerBoard;
  readonly #places: readonly Place[];
  /** What answers are counted as, in the order of the board's tallies. */
  readonly #tallies = new Map<string, { readonly tally: number; given: Lease['given'] }>();
  readonly #repeated: UdpCounters = { queries: 0, dropped: 0 };
  #look: NodeJS.Timeout | undefined;
  readonly #subscriptions: (() => void)[] = [];
  #isStopped = false;

  constructor({ mode, workers, lent }: WorkerOptions, here: Endpoint, respond: Respond, host: DatagramHost) {
    this.#mode = mode;
    this.#lent = lent;
    this.#host = host;
    this.#service = new DatagramService(here, respond, host, false);
    this.#board = new WorkerBoard(workers);
    this.#places = Array.from({ length: workers }, (_, index) => this.#placeOf(index));
  }

  get counters(): Readonly<UdpCounters> {
    this.#count();
    const { queries, dropped } = this.#service.counters;
    return { queries: queries + this.#repeated.queries, dropped: dropped + this.#repeated.dropped };
  }

  async start(): Promise<void> {
    const { clock } = this.#host;
    this.#board.aheadMs = clock.offsetMs;
    const onMoved = clock.onMoved((offsetMs) => {
      this.#board.aheadMs = offsetMs;
    });
    this.#subscriptions.push(onMoved, this.#lent?.onForget(() => this.#board.nextEpoch()) ?? (() => {}));
    try {
      await Promise.all(this.#places.map(({ restart }) => restart.start()));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const end of this.#subscriptions) end();
    clearInterval(this.#look);
    for (const { restart } of this.#places) restart.stop();
    await Promise.all(this.#places.map(({ worker }) => worker?.terminate()));
    this.#count();
  }

  #placeOf(index: number): Place {
    const place: Place = {
      index,
      lane: this.#board.lane(index),
      answers: new Packer((parcel, transfer) => place.worker?.postMessage(parcel, transfer)),
      // Meanwhile the kernel gives its clients to the others.
      restart: new Restart(
        () => this.#open(place),
        (failure) =>
          this.#host.log.error({ err: failure }, `worker ${index} of DNS over UDP ended; another one is started`),
      ),
      worker: undefined,
    };
    return place;
  }

  /** Starts a worker in `place`; rejects where it cannot have its socket. */
  #open(place: Place): Promise<void> {
    const { index: worker, lane } = place;
    const task = {
      memory: this.#board.memory,
      worker,
      mode: this.#mode,
      here: this.#service.here,
      net: this.#host.net,
    };
    const thread = new Worker(new URL('./udp-worker.ts', import.meta.url), { workerData: task, name: `dns-${worker}` });
    place.worker = thread;
    lane.clearWaiting();
    return new Promise((resolve, reject) => {
      let isRunning = false;
      let failure = new Error(`worker ${worker} of DNS over UDP ended by itself`);
      thread.on('message', (message: FromWorker) => {
        switch (message.kind) {
          case 'queries':
            return this.#answer(place, message.parcel);
          case 'warning':
            return this.#host.log.warn(message.text);
          case 'refused':
            failure = Object.assign(new Error(message.message), message.fields);
            return void thread.terminate();
          case 'started':
            isRunning = true;
            resolve();
        }
      });
      thread.on('error', (error: Error) => {
        failure = error;
      });
      thread.on('exit', () => {
        place.worker = undefined;
        if (isRunning) place.restart.ended(failure);
        else reject(failure);
      });
    });
  }

  #answer(place: Place, parcel: Parcel<Endpoint>): void {
    for (const [client, datagram] of unpack(parcel)) {
      this.#service.serve(datagram, client, (octets, to, gone, repetition) => {
        const kept = repetition === undefined ? undefined : this.#termsOf(repetition, datagram.length);
        if (kept === undefined) place.answers.put({ client: to }, octets);
        else place.answers.put({ client: to, kept }, datagram, octets);
        gone(true);
      });
    }
    place.lane.addWaiting(-parcel.labels.length);
    if (this.#look === undefined && this.#service.mayRepeat()) this.#letRepeat();
  }

  /** On which terms a worker may repeat the answer from now on; undefined where it may not. */
  #termsOf(repetition: Repetition, queryOctets: number): KeptTerms | undefined {
    const lease = repetition.lend?.();
    if (lease === undefined) return undefined;
    const { countedAs, given, rotations, until = Infinity, timesMax = Infinity } = lease;
    const known = this.#tallies.get(countedAs);
    if (known !== undefined) known.given = given;
    else if (this.#tallies.size >= TALLIES_MAX) return undefined;
    else this.#tallies.set(countedAs, { tally: this.#tallies.size, given });
    const { tally } = this.#tallies.get(countedAs)!;
    const { turn, expiresAt } = repetition;
    return { queryOctets, epoch: this.#board.epoch, turn, rotations, until, timesMax, tally, expiresAt };
  }

  /** Lets the workers repeat answers until reports have room again: then each query is to be reported. */
  #letRepeat(): void {
    if (this.#isStopped) return;
    this.#board.mayRepeat = true;
    this.#look = setInterval(() => {
      this.#count();
      if (this.#service.mayRepeat()) return;
      this.#board.mayRepeat = false;
      clearInterval(this.#look);
      this.#look = undefined;
    }, LOOK_MS);
    this.#look.unref();
  }

  /** Counts what the workers have done since the last time. */
  #count(): void {
    let repeated = 0;
    for (const { lane } of this.#places) {
      this.#repeated.dropped += lane.takeDropped();
      for (const { tally, given } of this.#tallies.values()) {
        const times = lane.takeRepeated(tally);
        if (times > 0) given(times);
        repeated += times;
      }
    }
    this.#repeated.queries += repeated;
    if (repeated > 0) this.#host.leaveOutReports(REPORTS_OF_EXCHANGE * repeated);
  }
}
