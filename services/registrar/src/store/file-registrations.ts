import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFileNow, syncFolderNow } from '#shared/host/durable-file.ts';
import type { Registration } from '../protocol/registration.ts';
import type { Registrations } from './registrations.ts';

const SUFFIX = '.json';

/**
 * The database of the embedded lab: a file for each registration in `folder`, named after it (its name is made of letters,
 * digits, hyphens and full stops). A file is written, brought to disk and put in place before anybody is told. That is done
 * without letting go of the thread, a few milliseconds: one of two that race then finds what the other has done.
 *
 * @throws Error that names the file when one cannot be read
 */
export function fileRegistrations(folder: string, registrationsMax: number): Registrations {
  mkdirSync(folder, { recursive: true });
  const byName = new Map(readAll(folder).map((registration) => [registration.name, registration]));

  const keep = (registration: Registration): void => {
    replaceFileNow(join(folder, `${registration.name}${SUFFIX}`), JSON.stringify(registration));
    byName.set(registration.name, registration);
  };

  return {
    find: async (name) => byName.get(name) ?? null,
    create: async (registration) => {
      if (byName.has(registration.name)) return 'taken';
      if (byName.size >= registrationsMax) return 'full';
      keep(registration);
      return 'created';
    },
    replace: async (registration) => {
      if (byName.get(registration.name)?.revision !== registration.revision - 1) return false;
      keep(registration);
      return true;
    },
    remove: async (name, revision) => {
      if (byName.get(name)?.revision !== revision) return false;
      rmSync(join(folder, `${name}${SUFFIX}`));
      syncFolderNow(folder);
      return byName.delete(name);
    },
    all: async function* () {
      yield* [...byName.values()];
    },
    count: async () => byName.size,
  };
}

function readAll(folder: string): Registration[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(SUFFIX));
  return files.map((file) => {
    const path = join(folder, file);
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as Registration;
    } catch (error) {
      throw new Error(
        `${path}: this registration cannot be read (${(error as Error).message}): mend or remove the file`,
      );
    }
  });
}
