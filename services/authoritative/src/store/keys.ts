import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { nameKey } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { parseTsigKeys, type TsigKey } from '#shared/dns/tsig-key.ts';
import { ConfigError } from '#shared/host/config.ts';
import { type PolicyRule, parseUpdatePolicy } from '../protocol/update-policy.ts';
import { readText, shownPath } from './zone-files.ts';

/** The keys of a host, by `nameKey`, and what they are good for. */
export interface Access {
  readonly keys: ReadonlyMap<string, TsigKey>;
  readonly policy: readonly PolicyRule[];
}

/** Reads `keys/*.key` and `update-policy` of a host's folder. @throws ZoneFileError, ConfigError */
export function readAccess(hostDir: string): Access {
  const keys = new Map<string, TsigKey>();
  for (const path of keyFiles(join(hostDir, 'keys'))) {
    for (const key of parseTsigKeys(readText(path), shownPath(path))) {
      const name = nameKey(key.name);
      if (keys.has(name)) {
        throw new ConfigError(
          `${shownPath(path)}: there is a second key ${formatName(key.name)}: give it another name`,
        );
      }
      keys.set(name, key);
    }
  }
  const path = join(hostDir, 'update-policy');
  const policy = existsSync(path) ? parseUpdatePolicy(readText(path), shownPath(path)) : [];
  for (const { key } of policy) {
    if (keys.has(nameKey(key))) continue;
    const where = shownPath(join(hostDir, 'keys'));
    throw new ConfigError(`${shownPath(path)}: there is no key ${formatName(key)} in ${where}: put its file there`);
  }
  return { keys, policy };
}

function keyFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.key') && !name.startsWith('.'));
  return names.sort().map((name) => join(folder, name));
}
