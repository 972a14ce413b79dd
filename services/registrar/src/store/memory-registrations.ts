import type { Registration } from '../protocol/registration.ts';
import type { Registrations } from './registrations.ts';

/** The database of the embedded lab: lasts as long as the program. */
export function memoryRegistrations(registrationsMax: number): Registrations {
  const byName = new Map<string, Registration>();
  return {
    find: async (name) => byName.get(name) ?? null,
    create: async (registration) => {
      if (byName.has(registration.name)) return 'taken';
      if (byName.size >= registrationsMax) return 'full';
      byName.set(registration.name, registration);
      return 'created';
    },
    replace: async (registration) => {
      if (byName.get(registration.name)?.revision !== registration.revision - 1) return false;
      byName.set(registration.name, registration);
      return true;
    },
    remove: async (name, revision) => byName.get(name)?.revision === revision && byName.delete(name),
    count: async () => byName.size,
  };
}
