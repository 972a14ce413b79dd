import { closeSync, openSync, readdirSync, readFileSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Octets in which the trace of the last server stands. */
const HEAD_OCTETS = 4_096;

/** A message in a mailbox, by the identity that the server gave it when it came. */
export interface Stored {
  readonly id: string;
  readonly account: string;
  readonly path: string;
  /** Whose message it is: the seed that the client said with HELO; null where that was changed. */
  readonly seed: number | null;
  /** Whom it came from. */
  readonly client: string | null;
}

/** The messages that came by SMTP, in the mailboxes of these accounts. */
export function storedMessages(stateDir: string, accounts: readonly string[]): Stored[] {
  return accounts.flatMap((account) =>
    filesOf(join(stateDir, 'mail', account)).flatMap((path) => {
      const [head = ''] = headOf(path).split(/\r?\n\r?\n/);
      const received = /^Received:(.*(?:\r?\n[ \t].*)*)/m.exec(head)?.[1] ?? '';
      const id = / with (?:UTF8)?E?SMTPS?A? id ([^\s;]+)/.exec(received)?.[1];
      const seed = /from c(\d+)\.example/.exec(received)?.[1];
      const client = / \(\[([\d.]+)\]\)/.exec(received)?.[1] ?? null;
      return id === undefined ? [] : [{ id, account, path, client, seed: seed === undefined ? null : Number(seed) }];
    }),
  );
}

/** What all messages of these accounts say: a message that went elsewhere comes back in the report of its failure. */
export function storedText(stateDir: string, accounts: readonly string[]): string {
  return accounts
    .flatMap((account) => filesOf(join(stateDir, 'mail', account)).map((path) => readFileSync(path, 'latin1')))
    .join('\n');
}

/** Names of all files of the queue: those of a message have its identity in them. */
export function queueFiles(stateDir: string): readonly string[] {
  return readdirSync(join(stateDir, 'queue'), { recursive: true, encoding: 'utf8' });
}

/** Throws all messages of these accounts away, as another program may. */
export function emptyMailboxes(stateDir: string, accounts: readonly string[]): void {
  for (const account of accounts) {
    for (const path of filesOf(join(stateDir, 'mail', account))) rmSync(path, { force: true });
  }
}

function filesOf(maildir: string): string[] {
  return ['new', 'cur'].flatMap((part) => readdirSync(join(maildir, part)).map((file) => join(maildir, part, file)));
}

function headOf(path: string): string {
  const octets = Buffer.alloc(HEAD_OCTETS);
  try {
    const file = openSync(path, 'r');
    const length = readSync(file, octets, 0, HEAD_OCTETS, 0);
    closeSync(file);
    return octets.toString('latin1', 0, length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
