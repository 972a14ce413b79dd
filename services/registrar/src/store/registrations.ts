import type { Registration } from '../protocol/registration.ts';

/** The registrar's database. Every method is atomic, and what it has done lasts. */
export interface Registrations {
  find(name: string): Promise<Registration | null>;
  /** Enters a new registration, unless the name has one (`taken`) or there is no room (`full`). */
  create(registration: Registration): Promise<'created' | 'taken' | 'full'>;
  /** Puts `registration` in the place of the revision before it; false when that is not what is there. */
  replace(registration: Registration): Promise<boolean>;
  /** Removes the registration in this revision; false when that is not what is there. */
  remove(name: string, revision: number): Promise<boolean>;
  /** All registrations, in no order. What comes or goes meanwhile may be among them or not. */
  all(): AsyncIterable<Registration>;
  count(): Promise<number>;
}
