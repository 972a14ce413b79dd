import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileFault } from '#shared/file-fault.ts';
import { ConfigError } from '#shared/host/config.ts';
import { parseAccountList } from '../protocol/account-list.ts';
import { parseAliasList } from '../protocol/alias-list.ts';
import { destinationsOf, type MailDirectory } from '../protocol/mail-directory.ts';

/** Reads `accounts` and `aliases` of a host's folder. @throws ConfigError that names file, line and remedy */
export async function readDirectory(dir: string, domains: readonly string[]): Promise<MailDirectory> {
  const accounts = await readList(join(dir, 'accounts'), parseAccountList);
  const aliases = await readList(join(dir, 'aliases'), parseAliasList);
  const directory = { domains, accounts, aliases };
  for (const name of aliases.keys()) {
    if (destinationsOf(name, directory).length === 0) {
      throw new ConfigError(
        `${join(dir, 'aliases')}: ${name} leads to nobody: name an account of ${join(dir, 'accounts')}`,
      );
    }
  }
  // RFC 5321, section 4.5.1: mail to postmaster is never refused.
  if (destinationsOf('postmaster', directory).length === 0) {
    throw new ConfigError(
      `${join(dir, 'aliases')}: nobody gets the mail of postmaster: add the line "postmaster: account"`,
    );
  }
  return directory;
}

async function readList<List>(path: string, parse: (text: string) => List): Promise<List> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new ConfigError(`Cannot read ${path} (${error.message}): write one line for each account or alias`);
  });
  try {
    return parse(text);
  } catch (error) {
    throw error instanceof FileFault ? new ConfigError(`${path}:${error.line}: ${error.message}`) : error;
  }
}
