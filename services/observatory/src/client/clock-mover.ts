import type { HostOnMap } from '#shared/host/lab-map.ts';
import { type ControlClient, ControlFailure } from './control-client.ts';
import type { HealthWatch } from './health-watch.ts';

/** How long a host may take to move its clock: timers that fall due on the way do their work first. */
const TIMEOUT_MS = 10_000;
/** Longest answer, in octets. */
const ANSWER_BYTES_MAX = 16 * 1024;

/** How far a host may be behind the others before it is moved, in milliseconds: more than a message takes. */
const BEHIND_MS_MAX = 250;

/** What became of one movement of the lab's clock. */
export interface ClockMoved {
  /** Where the clocks stand that were moved, in milliseconds since 1970. */
  readonly labTime: number;
  readonly moved: readonly string[];
  readonly failed: readonly { readonly host: string; readonly error: string }[];
}

/**
 * Moves the clocks of all hosts to the same lab time. Every host is told where to go, not how far: hosts of an embedded
 * lab share one clock, which the first of them moves and the others find moved.
 */
export class ClockMover {
  readonly #hosts: readonly HostOnMap[];
  readonly #client: ControlClient;
  readonly #watch: HealthWatch;
  /** The movement before this one: two at once must add up. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(hosts: readonly HostOnMap[], client: ControlClient, watch: HealthWatch) {
    this.#hosts = hosts.filter(({ program }) => program !== null);
    this.#client = client;
    this.#watch = watch;
  }

  advance(ms: number): Promise<ClockMoved> {
    const move = this.#last.then(() => this.#advanceAll(ms));
    this.#last = move.catch(() => {});
    return move;
  }

  /** Moves the hosts that are behind: one that was started again has the machine's time, and the lab's is ahead of it. */
  catchUp(): Promise<void> {
    const labAheadMs = this.#watch.labAheadMs;
    const behind = this.#hosts.filter(({ name }) => {
      const own = this.#watch.of(name).labAheadMs;
      return own !== null && labAheadMs - own > BEHIND_MS_MAX;
    });
    if (behind.length === 0) return Promise.resolve();
    const move = this.#last.then(async () => {
      await Promise.all(behind.map((host) => this.#move(host, Date.now() + this.#watch.labAheadMs)));
    });
    this.#last = move.catch(() => {});
    return move;
  }

  async #advanceAll(ms: number): Promise<ClockMoved> {
    await this.#watch.lookAtAll();
    const moved = await this.#moveAllTo(Date.now() + this.#watch.labAheadMs + ms);
    await this.#watch.lookAtAll();
    return moved;
  }

  async #moveAllTo(until: number): Promise<ClockMoved> {
    const results = await Promise.all(
      this.#hosts.map(async (host) => ({ host: host.name, error: await this.#move(host, until) })),
    );
    const failed = results.flatMap(({ host, error }) => (error === null ? [] : [{ host, error }]));
    const moved = results.filter(({ error }) => error === null).map(({ host }) => host);
    return { labTime: until, moved, failed };
  }

  /** Null when it is done, otherwise what went wrong. */
  async #move(host: HostOnMap, until: number): Promise<string | null> {
    try {
      const { status, body } = await this.#client.ask(host.address, {
        method: 'POST',
        path: '/clock',
        body: JSON.stringify({ until }),
        timeoutMs: TIMEOUT_MS,
        bytesMax: ANSWER_BYTES_MAX,
      });
      const answer = JSON.parse(body.toString('utf8')) as { labTime?: unknown; error?: unknown };
      if (status !== 200 || typeof answer.labTime !== 'number') return String(answer.error ?? `status ${status}`);
      return null;
    } catch (error) {
      if (error instanceof ControlFailure) return error.message;
      return `its answer cannot be read: ${(error as Error).message}`;
    }
  }
}
