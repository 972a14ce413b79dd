import type { Clock } from '#shared/host/clock.ts';
import { asciiName, inAscii } from './ascii-names.ts';
import { type Registry, RegistrySilent, type ZoneView } from './client/registry.ts';
import type { ServerChecks } from './client/server-checks.ts';
import {
  type Checked,
  checkName,
  checkParticulars,
  type Fault,
  type Particulars,
  type Terms,
} from './protocol/application.ts';
import { isSameDelegation } from './protocol/delegation.ts';
import { dueTask, type Registration, type RegistrationInput, step, takes, wantedOf } from './protocol/registration.ts';
import { type ServerCheck, serves } from './protocol/server-check.ts';
import { Refusal } from './refusal.ts';
import { isSecretOf, newSecret, secretHash } from './secret.ts';
import type { Registrations } from './store/registrations.ts';
import type { ZoneKeeper } from './zone-keeper.ts';

/** How long a request waits for its name to come into the zone, in milliseconds; then it is answered as pending. */
const ZONE_WAIT_MS = 6_000;
/** Writes of one change: each time that the zone's side of the registration was written meanwhile, it is read again. */
const WRITES_MAX = 10;

export type Availability =
  | { readonly name: string; readonly available: true; readonly because: string }
  | { readonly name: string; readonly available: false; readonly refusal: Refusal };

/** What was done, and what was found at the name servers: no results where they were not asked. */
export interface Done {
  readonly registration: Registration;
  readonly because: string;
  readonly checks: readonly ServerCheck[];
}

/** The zone's side of a registration at this moment, or why it cannot be seen. */
export type ZoneNow = { readonly view: ZoneView } | { readonly silent: string };

export interface RegistrarParts {
  readonly terms: Terms;
  readonly store: Registrations;
  readonly registry: Registry;
  readonly serverChecks: ServerChecks;
  readonly keeper: ZoneKeeper;
  readonly clock: Clock;
}

/** What a registrar does: checks names, enters them, and lets their holders change and give them up. */
export class Registrar {
  readonly #parts: RegistrarParts;

  constructor(parts: RegistrarParts) {
    this.#parts = parts;
  }

  /** Whether a name is free: neither registered here nor in the registry's zone. @throws Refusal */
  async check(input: unknown, cause: string): Promise<Availability> {
    const name = this.#name(input);
    try {
      return { name, available: true, because: await this.#freeBecause(name, cause) };
    } catch (error) {
      const isTaken = error instanceof Refusal && (error.code === 'takenHere' || error.code === 'takenInZone');
      if (!isTaken) throw error;
      return { name, available: false, refusal: error };
    }
  }

  /** Registers a name; the secret is told here and never again. @throws Refusal */
  async register(input: unknown, cause: string): Promise<Done & { readonly secret: string }> {
    const { terms, clock, store } = this.#parts;
    const application = inAscii(input);
    const checkedName = checkName((application as { name?: unknown } | null)?.name, terms);
    const checked = checkParticulars(application, terms);
    const name = 'value' in checkedName ? checkedName.value : '';
    if (!('value' in checkedName) || !('value' in checked)) {
      throw new Refusal('faults', name, '', { faults: [...faultsOf(checkedName), ...faultsOf(checked)] });
    }
    const because = await this.#mayBeFreeBecause(name, cause);
    const checks = await this.#checkServers(name, checked.value, application, cause);
    const secret = newSecret();
    const now = clock.now();
    const registration: Registration = {
      ...{ name, status: 'pendingCreate', ...checked.value, createdAt: now, changedAt: now, revision: 1 },
      ...{ ours: [], task: dueTask(now), zoneChange: null },
      secretHash: secretHash(secret),
    };
    // The look before this may be outdated; what decides is the one step in which the database enters the name.
    const entered = await this.#kept(store.create(registration)).catch((error: unknown) => {
      void this.#parts.keeper.abandon(registration, cause);
      throw error;
    });
    if (entered === 'taken') throw new Refusal('takenHere', name);
    if (entered === 'full') throw new Refusal('full', name);
    return { registration: await this.#firstTry(registration, cause), secret, because, checks };
  }

  /** @throws Refusal */
  async find(input: unknown): Promise<Registration> {
    const name = this.#name(input);
    const registration = await this.#kept(this.#parts.store.find(name));
    if (registration === null) throw new Refusal('notFound', name);
    return registration;
  }

  /** All registrations, for searches. @throws Refusal */
  async *all(): AsyncIterable<Registration> {
    try {
      yield* this.#parts.store.all();
    } catch (error) {
      throw new Refusal('storeSilent', '', (error as Error).message);
    }
  }

  /** What the zone of the TLD has of a name at this moment. */
  async zoneNow(name: string, cause: string): Promise<ZoneNow> {
    try {
      return { view: await this.#parts.registry.look(name, cause) };
    } catch (error) {
      if (error instanceof RegistrySilent) return { silent: error.message };
      throw error;
    }
  }

  /** Gives a registration other particulars. @throws Refusal */
  async change(input: unknown, secret: string | null, particulars: unknown, cause: string): Promise<Done> {
    const registration = await this.#ownBy(input, secret);
    if (!takes(registration, 'change')) throw new Refusal('beingDeleted', registration.name);
    const application = inAscii(particulars);
    const checked = checkParticulars(application, this.#parts.terms);
    const { name } = registration;
    if (!('value' in checked)) throw new Refusal('faults', name, '', { faults: checked.faults });
    const isSameZone = isSameDelegation(wantedOf(registration), wantedOf({ ...registration, ...checked.value }));
    const checks = isSameZone ? [] : await this.#checkServers(name, checked.value, application, cause);
    const changed = await this.#write(registration, { kind: 'change', particulars: checked.value });
    const because = isSameZone ? 'the zone need not know' : 'the zone gets the new servers';
    return { registration: (await this.#brought(changed, cause)) ?? changed, because, checks };
  }

  /** Gives a name up; null when it is gone from the zone too, otherwise it waits for that. @throws Refusal */
  async remove(input: unknown, secret: string | null, cause: string): Promise<Registration | null> {
    const registration = await this.#ownBy(input, secret);
    const given = takes(registration, 'change') ? await this.#write(registration, { kind: 'giveUp' }) : registration;
    return this.#brought(given, cause);
  }

  /** Nobody has been told of the registration yet: where the zone turns out to be somebody else's, it never was. */
  async #firstTry(registration: Registration, cause: string): Promise<Registration> {
    const { name } = registration;
    const brought = (await this.#brought(registration, cause)) ?? registration;
    const trouble = brought.task?.trouble;
    if (trouble?.code !== 'conflict') return brought;
    if (!(await this.#kept(this.#parts.store.remove(name, brought.revision)))) return brought;
    throw new Refusal('takenInZone', name, trouble.detail);
  }

  /** The registration after a first try to bring it into its zone; as it was when that takes too long. */
  async #brought(registration: Registration, cause: string): Promise<Registration | null> {
    if (registration.task === null) return registration;
    const { promise: tooLong, resolve } = Promise.withResolvers<Registration>();
    const timer = setTimeout(() => resolve(registration), ZONE_WAIT_MS);
    // What is registered is kept; that the database has gone away since then delays the zone and nothing else.
    const brought = this.#parts.keeper.bring(registration.name, cause).catch(() => registration);
    return Promise.race([brought, tooLong]).finally(() => clearTimeout(timer));
  }

  /** Writes what the holder wants, over whatever the zone's side of his registration has become meanwhile. @throws Refusal */
  async #write(registration: Registration, input: RegistrationInput): Promise<Registration> {
    const { store, clock } = this.#parts;
    let held: Registration | null = registration;
    for (let writes = 0; writes < WRITES_MAX && held !== null; writes += 1) {
      if (!isSameWish(held, registration) || !takes(held, input.kind)) break;
      const next: Registration | null = step(held, input, clock.now());
      if (next !== null && (await this.#kept(store.replace(next)))) return next;
      held = await this.#kept(store.find(registration.name));
    }
    throw new Refusal('changedMeanwhile', registration.name);
  }

  /** What was found at the servers; nothing where the application says not to ask. @throws Refusal */
  async #checkServers(
    name: string,
    { nameServers }: Particulars,
    application: unknown,
    cause: string,
  ): Promise<readonly ServerCheck[]> {
    if ((application as { skipServerCheck?: unknown } | null)?.skipServerCheck === true) return [];
    const checks = await this.#parts.serverChecks.check(name, nameServers, cause);
    if (!checks.every(serves)) throw new Refusal('serversFail', name, '', { checks });
    return checks;
  }

  #name(input: unknown): string {
    const checked = checkName(asciiName(input), this.#parts.terms);
    if ('value' in checked) return checked.value;
    throw new Refusal('faults', '', '', { faults: checked.faults });
  }

  /** Why the name is free. @throws Refusal when it is not */
  async #freeBecause(name: string, cause: string): Promise<string> {
    if ((await this.#kept(this.#parts.store.find(name))) !== null) throw new Refusal('takenHere', name);
    try {
      const { inZone, because } = await this.#parts.registry.look(name, cause);
      if (inZone.kind !== 'absent') throw new Refusal('takenInZone', name, because);
      return because;
    } catch (error) {
      if (error instanceof RegistrySilent) throw new Refusal('registrySilent', name, error.message);
      throw error;
    }
  }

  /**
   * Like the above, but a zone that does not answer takes nothing away: the registration waits for it, and its update has
   * the prerequisite that the name is free.
   */
  async #mayBeFreeBecause(name: string, cause: string): Promise<string> {
    try {
      return await this.#freeBecause(name, cause);
    } catch (error) {
      if (error instanceof Refusal && error.code === 'registrySilent') return `it waits: ${error.about.detail}`;
      throw error;
    }
  }

  async #ownBy(input: unknown, secret: string | null): Promise<Registration> {
    const registration = await this.find(input);
    if (secret === null || secret === '') throw new Refusal('secretMissing', registration.name);
    if (!isSecretOf(registration.secretHash, secret)) throw new Refusal('secretWrong', registration.name);
    return registration;
  }

  /** What the database says; when it says nothing, that is no fault of the client. */
  async #kept<T>(asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      throw new Refusal('storeSilent', '', (error as Error).message);
    }
  }
}

/** Whether the holder has changed nothing between the two. */
function isSameWish(one: Registration, other: Registration): boolean {
  const [wish, otherWish] = [one, other].map(({ changedAt, registrant, nameServers }) =>
    JSON.stringify([changedAt, registrant, nameServers]),
  );
  return wish === otherWish;
}

function faultsOf(checked: Checked<unknown>): readonly Fault[] {
  return 'faults' in checked ? checked.faults : [];
}
