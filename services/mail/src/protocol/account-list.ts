/**
 * The list of a host's accounts, in the form of Dovecot's passwd-file: `alice:{PLAIN}wonderland`, optionally followed by
 * uid, gid and full name (`alice:{PLAIN}wonderland:::Alice Liddell`). Passwords of the lab are published on purpose, so
 * the one scheme is PLAIN.
 */
import { FileFault } from '#shared/file-fault.ts';

export interface Account {
  readonly name: string;
  readonly password: string;
  readonly fullName: string;
}

const LINES_MAX = 10_000;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const SCHEME = '{PLAIN}';
const FULL_NAME_FIELD = 4;

/** @throws FileFault */
export function parseAccountList(text: string): Map<string, Account> {
  const accounts = new Map<string, Account>();
  for (const [index, line] of text.split(/\r?\n/).slice(0, LINES_MAX).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const account = parseAccount(line, index + 1);
    if (accounts.has(account.name))
      throw new FileFault(index + 1, `${account.name} is there twice: remove one of them`);
    accounts.set(account.name, account);
  }
  return accounts;
}

function parseAccount(line: string, lineNumber: number): Account {
  const [name = '', secret = '', ...rest] = line.split(':');
  if (!NAME.test(name)) {
    throw new FileFault(lineNumber, `"${name}" is no account name: use small letters, digits, ".", "_" and "-"`);
  }
  if (!secret.startsWith(SCHEME) || secret.length === SCHEME.length) {
    throw new FileFault(lineNumber, `the password of ${name} cannot be read: write ${name}:${SCHEME}password`);
  }
  const fullName = rest[FULL_NAME_FIELD - 2] ?? '';
  return { name, password: secret.slice(SCHEME.length), fullName: fullName.trim() };
}
