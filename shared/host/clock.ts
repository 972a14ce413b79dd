import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * The lab's clock. It runs with the machine's, but can be moved forward, so that five days of a mail queue or an hour
 * of a TTL pass in an instant. Programs take their time and their timers from here and from nowhere else.
 */

/** Ends a timer; calling it twice does no harm. */
export type Cancel = () => void;

export interface Clock {
  /** Lab time in milliseconds since 1970. */
  now(): number;
  /** Calls `effect` once, when `delayMs` of lab time have passed. */
  after(delayMs: number, effect: () => void): Cancel;
  /** Calls `effect` each time that `periodMs` of lab time have passed. */
  every(periodMs: number, effect: () => void): Cancel;
}

/** Longest delay that a timer of Node takes (a signed 32-bit count of milliseconds). */
const TIMER_DELAY_MS_MAX = 2 ** 31 - 1;

interface Timer {
  due: number;
  readonly effect: () => void;
  readonly periodMs: number | null;
}

/**
 * A clock that can be moved forward. Timers that fall due on the way fire in the order of their times.
 *
 * The hosts of an embedded lab share one clock. An effect therefore runs in the context of who asked for it, and an
 * exception that it lets escape is an uncaught one of that host: the other timers, and who moves the clock, go on.
 */
export class LabClock implements Clock {
  #offsetMs = 0;
  readonly #timers = new Set<Timer>();
  readonly #onMoved = new Set<(offsetMs: number) => void>();
  readonly #machineNow: () => number;
  #alarm: NodeJS.Timeout | undefined;

  constructor(machineNow: () => number = Date.now) {
    this.#machineNow = machineNow;
  }

  now(): number {
    return this.#machineNow() + this.#offsetMs;
  }

  /** How far lab time is ahead of the machine's, in milliseconds. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  after(delayMs: number, effect: () => void): Cancel {
    return this.#start({ due: this.now() + delayMs, effect: ofCaller(effect), periodMs: null });
  }

  every(periodMs: number, effect: () => void): Cancel {
    return this.#start({ due: this.now() + periodMs, effect: ofCaller(effect), periodMs: Math.max(1, periodMs) });
  }

  /**
   * Moves the clock forward by `ms` and fires what falls due, in order, each at its own time. What is due every second and
   * misses a year fires once, as a program does that wakes from a long sleep.
   */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`Cannot move the clock by ${ms} ms: it only goes forward`);
    // The offset moves by exactly `ms`, whatever the machine's clock does meanwhile.
    const goalOffsetMs = this.#offsetMs + ms;
    const goal = () => this.#machineNow() + goalOffsetMs;
    for (let next = this.#earliest(); next !== undefined && next.due <= goal(); next = this.#earliest()) {
      const dueOffsetMs = next.due - this.#machineNow();
      this.#offsetMs = Math.max(this.#offsetMs, Math.min(dueOffsetMs, goalOffsetMs));
      this.#fire(next, goal());
    }
    this.#offsetMs = Math.max(this.#offsetMs, goalOffsetMs);
    for (const effect of this.#onMoved) effect(this.#offsetMs);
    this.#setAlarm();
  }

  /** Calls `effect` whenever the clock was moved, with how far it is ahead now: for who tells the time in another thread. */
  onMoved(effect: (offsetMs: number) => void): Cancel {
    this.#onMoved.add(effect);
    return () => {
      this.#onMoved.delete(effect);
    };
  }

  /** Ends every timer. */
  stop(): void {
    this.#timers.clear();
    clearTimeout(this.#alarm);
  }

  #start(timer: Timer): Cancel {
    this.#timers.add(timer);
    this.#setAlarm();
    return () => {
      if (this.#timers.delete(timer)) this.#setAlarm();
    };
  }

  #earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (first === undefined || timer.due < first.due) first = timer;
    return first;
  }

  #fire(timer: Timer, until: number): void {
    if (timer.periodMs === null) this.#timers.delete(timer);
    else timer.due += timer.periodMs * (Math.floor((until - timer.due) / timer.periodMs) + 1);
    timer.effect();
  }

  #setAlarm(): void {
    clearTimeout(this.#alarm);
    const next = this.#earliest();
    if (next === undefined) return;
    const delayMs = Math.min(TIMER_DELAY_MS_MAX, Math.max(0, next.due - this.now()));
    this.#alarm = setTimeout(() => this.#ring(), delayMs);
  }

  #ring(): void {
    for (let next = this.#earliest(); next !== undefined && next.due <= this.now(); next = this.#earliest()) {
      this.#fire(next, this.now());
    }
    this.#setAlarm();
  }
}

/** `effect` in the caller's context; what it throws is thrown again outside of the clock. */
function ofCaller(effect: () => void): () => void {
  return AsyncLocalStorage.bind(() => {
    try {
      effect();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  });
}
