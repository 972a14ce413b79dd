import type { Cancel } from '#shared/host/clock.ts';
import type { Host } from '#shared/host/host.ts';
import { type Registry, RegistrySilent, type UpdateOutcome, type ZoneView } from './client/registry.ts';
import type { Delegation } from './protocol/delegation.ts';
import {
  type Registration,
  type RegistrationInput,
  step,
  type Trouble,
  takes,
  wantedOf,
  type ZoneChange,
} from './protocol/registration.ts';
import type { Swap } from './protocol/update-message.ts';
import { planUpdate } from './protocol/update-plan.ts';
import { statusReport } from './reports.ts';
import type { Registrations } from './store/registrations.ts';

/** Registrations that are brought into their zones at the same time; the others wait. */
const AT_ONCE_MAX = 20;
/** Writes of one input into the database: each time that somebody else was faster, it is read again. */
const WRITES_MAX = 20;
/** Pause before a try that the database did not let happen, in milliseconds of lab time. */
const STORE_PAUSE_MS = 1_000;

/**
 * Brings the zones of the top-level domains to what the registrations say, now or later: a registration whose zone does not
 * answer is tried again until it does. What is about to be sent is written down first, so that after a crash, or a lost
 * answer, the zone itself tells what became of it.
 */
export class ZoneKeeper {
  readonly #host: Host;
  readonly #store: Registrations;
  readonly #registry: Registry;
  readonly #alarms = new Map<string, Cancel>();
  /** The last try of each name that is not over: tries of one name follow each other. */
  readonly #turns = new Map<string, Promise<Registration | null>>();
  readonly #waiting: (() => void)[] = [];
  #atOnce = 0;
  #cancelTakeUp: Cancel = () => {};
  #isStopped = false;
  /** What is wrong with the key, as the last update heard it. */
  #keyTrouble: string | null = null;
  readonly #counts = { tries: 0, entered: 0, removed: 0, failed: 0 };

  constructor(host: Host, store: Registrations, registry: Registry) {
    this.#host = host;
    this.#store = store;
    this.#registry = registry;
  }

  /** Null while the servers of the zones believe our key. */
  get keyTrouble(): string | null {
    return this.#keyTrouble;
  }

  get counts(): object {
    return { ...this.#counts, waiting: this.#alarms.size };
  }

  /** Takes up every registration that waits for its zone: at the start, or as soon as the database answers. */
  async takeUp(): Promise<void> {
    try {
      for await (const { name, task } of this.#store.all()) if (task !== null) this.#wake(name, 0);
    } catch (error) {
      this.#host.log.warn(`What waits for its zone is not known: ${(error as Error).message}`);
      if (!this.#isStopped) this.#cancelTakeUp = this.#host.clock.after(STORE_PAUSE_MS, () => void this.takeUp());
    }
  }

  /** Tries everything that waits, now. */
  retryAll(): number {
    const names = [...this.#alarms.keys()];
    for (const name of names) this.#wake(name, 0);
    return names.length;
  }

  /**
   * Gives up a registration that nobody has been told of: the database did not say that it has it, and may have it all the
   * same. Goes on until the database answers.
   */
  async abandon(registration: Registration, cause: string): Promise<void> {
    const { name, secretHash } = registration;
    try {
      const held = await this.#store.find(name);
      if (held?.secretHash !== secretHash) return;
      await this.#write(name, { kind: 'giveUp' }, cause);
      this.#wake(name, 0);
    } catch (error) {
      this.#host.log.warn(`${name} may be registered although nobody was told: ${(error as Error).message}`);
      if (!this.#isStopped) this.#host.clock.after(STORE_PAUSE_MS, () => void this.abandon(registration, cause));
    }
  }

  /** Tries to bring one name into its zone, and gives the registration after that; null when it is gone. */
  bring(name: string, cause: string): Promise<Registration | null> {
    const turn = (this.#turns.get(name) ?? Promise.resolve(null))
      .catch(() => null)
      .then(() => this.#withSlot(() => this.#try(name, cause)));
    this.#turns.set(name, turn);
    return turn.finally(() => {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    });
  }

  /** Resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTakeUp();
    for (const cancel of this.#alarms.values()) cancel();
    this.#alarms.clear();
    await Promise.allSettled(this.#turns.values());
  }

  #wake(name: string, delayMs: number): void {
    this.#alarms.get(name)?.();
    if (this.#isStopped) return;
    const cancel = this.#host.clock.after(delayMs, () => {
      this.#alarms.delete(name);
      this.bring(name, this.#host.newExchange()).catch((error: Error) => {
        this.#host.log.warn(`${name} waits for the database: ${error.message}`);
      });
    });
    this.#alarms.set(name, cancel);
  }

  async #withSlot<T>(work: () => Promise<T>): Promise<T> {
    if (this.#atOnce < AT_ONCE_MAX) this.#atOnce += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The slot goes to who waits longest, without being free in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#atOnce -= 1;
      else next();
    }
  }

  async #try(name: string, cause: string): Promise<Registration | null> {
    if (this.#isStopped) return null;
    try {
      const held = await this.#store.find(name);
      if (held === null || held.task === null) return held;
      const input = await this.#attempt(held, cause);
      const next = input === null ? await this.#store.find(name) : await this.#write(name, input, cause);
      if (next !== null && next.task !== null) this.#wake(name, next.task.dueAt - this.#host.clock.now());
      return next;
    } catch (error) {
      this.#wake(name, STORE_PAUSE_MS);
      throw error;
    }
  }

  /** One look and, where it is needed, one update; null when another registrar is at it. */
  async #attempt(held: Registration, cause: string): Promise<RegistrationInput | null> {
    const wanted = wantedOf(held);
    this.#counts.tries += 1;
    const seen = await this.#look(held.name, cause);
    if (seen instanceof RegistrySilent) return failure('silent', seen.message);
    const plan = planUpdate(seen.inZone, wanted, held.ours);
    // What stands there and is not ours is left alone: for a name that is given up, nothing remains to be done.
    if (plan.kind === 'conflict' && wanted !== null) return failure('conflict', plan.because);
    if (plan.kind !== 'update') return finished(wanted, null);

    const marked = step(held, { kind: 'try', puts: wanted }, this.#host.clock.now());
    if (marked === null || !(await this.#store.replace(marked))) return null;
    const outcome = await this.#swap({ name: held.name, seen: plan.seen, wanted }, { cause, because: plan.because });
    if (outcome.kind !== 'done') return this.#failureOf(outcome, marked.ours.length > held.ours.length ? wanted : null);
    this.#keyTrouble = null;
    const after = await this.#look(held.name, cause);
    const serialAfter = after instanceof RegistrySilent ? null : after.serial;
    const serials = { serialBefore: seen.serial, serialAfter };
    return finished(wanted, { at: this.#host.clock.now(), ...serials, before: plan.seen, after: wanted });
  }

  async #look(name: string, cause: string): Promise<ZoneView | RegistrySilent> {
    return orSilence(this.#registry.look(name, cause));
  }

  async #swap(swap: Swap, told: { cause: string; because: string }): Promise<UpdateOutcome> {
    const outcome = await orSilence(this.#registry.swap(swap, told));
    return outcome instanceof RegistrySilent ? { kind: 'lost', because: outcome.message } : outcome;
  }

  /** `added` is what this try alone may have put into the zone. */
  #failureOf(outcome: Exclude<UpdateOutcome, { kind: 'done' }>, added: Delegation | null): RegistrationInput {
    switch (outcome.kind) {
      case 'raced':
        return failure('conflict', outcome.because, added);
      case 'refused':
        return failure('refused', outcome.because, added);
      case 'unverified':
        this.#keyTrouble = outcome.because;
        return failure('key', outcome.because);
      case 'lost':
        return failure('silent', outcome.because);
    }
  }

  /** Writes what has happened over whatever the registration is now: its holder may have changed it meanwhile. */
  async #write(name: string, input: RegistrationInput, cause: string): Promise<Registration | null> {
    for (let writes = 0; writes < WRITES_MAX; writes += 1) {
      const held = await this.#store.find(name);
      if (held === null || !takes(held, input.kind)) return held;
      const next = step(held, input, this.#host.clock.now());
      const isWritten = await (next === null ? this.#store.remove(name, held.revision) : this.#store.replace(next));
      if (!isWritten) continue;
      this.#tell(name, held, next, cause);
      return next;
    }
    throw new Error(`${name} is changed all the time: ${WRITES_MAX} writes came too late`);
  }

  #tell(name: string, held: Registration, next: Registration | null, cause: string): void {
    if (next?.task?.trouble != null) this.#counts.failed += 1;
    else if (next === null) this.#counts.removed += 1;
    else this.#counts.entered += 1;
    this.#host.report(
      statusReport({ name, before: held.status, after: next, cause, exchange: this.#host.newExchange() }),
    );
  }
}

async function orSilence<T>(asked: Promise<T>): Promise<T | RegistrySilent> {
  return asked.catch((error: unknown) => {
    if (error instanceof RegistrySilent) return error;
    throw error;
  });
}

function failure(code: Trouble['code'], detail: string, takesBack: Delegation | null = null): RegistrationInput {
  return { kind: 'failed', trouble: { code, detail }, takesBack };
}

/** The zone is as it is wanted. */
function finished(wanted: Delegation | null, zoneChange: ZoneChange | null): RegistrationInput {
  return wanted === null ? { kind: 'removed' } : { kind: 'entered', delegation: wanted, zoneChange };
}
