import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '#shared/host/clock.ts';
import { type Registry, RegistrySilent } from './client/registry.ts';
import { type Checked, checkName, checkParticulars, type Fault, type Terms } from './protocol/application.ts';
import type { Registration } from './protocol/registration.ts';
import type { Registrations } from './store/registrations.ts';

/** Octets of randomness in a holder's secret: nobody guesses 128 bits, so that a plain hash of it is enough. */
const SECRET_OCTETS = 16;

/** Why a registrar does not do what it is asked: codes that the page has words for in every language. */
export type RefusalCode =
  | 'faults'
  | 'takenHere'
  | 'takenInZone'
  | 'full'
  | 'registrySilent'
  | 'storeSilent'
  | 'notFound'
  | 'secretMissing'
  | 'secretWrong'
  | 'changedMeanwhile';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  /** What the words of the code have places for. */
  readonly about: { readonly name: string; readonly detail: string };
  readonly faults: readonly Fault[];

  constructor(code: RefusalCode, name: string, detail = '', faults: readonly Fault[] = []) {
    super(`${code} ${name} ${detail}`.trim());
    this.code = code;
    this.about = { name, detail };
    this.faults = faults;
  }
}

export type Availability =
  | { readonly name: string; readonly available: true; readonly because: string }
  | { readonly name: string; readonly available: false; readonly refusal: Refusal };

export interface RegistrarParts {
  readonly terms: Terms;
  readonly store: Registrations;
  readonly registry: Registry;
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
  async register(
    input: unknown,
    cause: string,
  ): Promise<{ registration: Registration; secret: string; because: string }> {
    const { terms, clock, store } = this.#parts;
    const checkedName = checkName((input as { name?: unknown } | null)?.name, terms);
    const checked = checkParticulars(input, terms);
    const name = 'value' in checkedName ? checkedName.value : '';
    if (!('value' in checkedName) || !('value' in checked)) {
      throw new Refusal('faults', name, '', [...faultsOf(checkedName), ...faultsOf(checked)]);
    }
    const because = await this.#freeBecause(name, cause);
    const secret = randomBytes(SECRET_OCTETS).toString('base64url');
    const now = clock.now();
    const registration: Registration = {
      ...{ name, status: 'pendingCreate', ...checked.value, createdAt: now, changedAt: now, revision: 1 },
      secretHash: hash(secret).toString('hex'),
    };
    // The look before this may be outdated; what decides is the one step in which the database enters the name.
    const entered = await this.#kept(store.create(registration));
    if (entered === 'taken') throw new Refusal('takenHere', name);
    if (entered === 'full') throw new Refusal('full', name);
    return { registration, secret, because };
  }

  /** @throws Refusal */
  async find(input: unknown): Promise<Registration> {
    const name = this.#name(input);
    const registration = await this.#kept(this.#parts.store.find(name));
    if (registration === null) throw new Refusal('notFound', name);
    return registration;
  }

  /** Gives a registration other particulars. @throws Refusal */
  async change(input: unknown, secret: string | null, particulars: unknown): Promise<Registration> {
    const registration = await this.#ownBy(input, secret);
    const checked = checkParticulars(particulars, this.#parts.terms);
    if (!('value' in checked)) throw new Refusal('faults', registration.name, '', checked.faults);
    const changed: Registration = {
      ...registration,
      ...checked.value,
      changedAt: this.#parts.clock.now(),
      revision: registration.revision + 1,
    };
    const done = await this.#kept(this.#parts.store.replace(changed));
    if (!done) throw new Refusal('changedMeanwhile', registration.name);
    return changed;
  }

  /** Gives a name up. @throws Refusal */
  async remove(input: unknown, secret: string | null): Promise<void> {
    const { name, revision } = await this.#ownBy(input, secret);
    if (!(await this.#kept(this.#parts.store.remove(name, revision)))) throw new Refusal('changedMeanwhile', name);
  }

  #name(input: unknown): string {
    const checked = checkName(input, this.#parts.terms);
    if ('value' in checked) return checked.value;
    throw new Refusal('faults', '', '', checked.faults);
  }

  /** Why the name is free. @throws Refusal when it is not */
  async #freeBecause(name: string, cause: string): Promise<string> {
    if ((await this.#kept(this.#parts.store.find(name))) !== null) throw new Refusal('takenHere', name);
    try {
      const inZone = await this.#parts.registry.ask(name, cause);
      if (inZone.kind === 'delegated') throw new Refusal('takenInZone', name, inZone.because);
      return inZone.because;
    } catch (error) {
      if (error instanceof RegistrySilent) throw new Refusal('registrySilent', name, error.message);
      throw error;
    }
  }

  async #ownBy(input: unknown, secret: string | null): Promise<Registration> {
    const registration = await this.find(input);
    if (secret === null || secret === '') throw new Refusal('secretMissing', registration.name);
    if (!timingSafeEqual(hash(secret), Buffer.from(registration.secretHash, 'hex'))) {
      throw new Refusal('secretWrong', registration.name);
    }
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

function faultsOf(checked: Checked<unknown>): readonly Fault[] {
  return 'faults' in checked ? checked.faults : [];
}

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
