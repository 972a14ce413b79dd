import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile, syncFolder } from '#shared/host/durable-file.ts';
import { folderOf, INBOX, isInferior, nameOfFolder, superiorsOf } from '../protocol/imap/mailbox-name.ts';
import { copyMessages } from './copy-messages.ts';
import type { Mailbox } from './mailbox.ts';
import { makeMaildir } from './maildir.ts';

/** Mailboxes, and subscribed names, that one account may have. */
const MAILBOXES_MAX = 1000;
/** One name in each line, as Dovecot writes it. */
const SUBSCRIPTIONS = 'subscriptions';
/** A deleted mailbox has this name until its files are removed. */
const DELETED = 'deleted-';

/** Why a mailbox cannot be created, deleted or renamed. */
export class FolderFault extends Error {
  override readonly name = 'FolderFault';
  readonly kind: 'exists' | 'missing' | 'limit' | 'inbox';

  constructor(kind: FolderFault['kind'], sentence: string) {
    super(sentence);
    this.kind = kind;
  }
}

/** The mailboxes of one account beside its INBOX: the folders of a Maildir++. Names have passed `parseMailboxName`. */
export class AccountFolders {
  readonly #dir: string;
  readonly #inbox: Mailbox;
  readonly #openMailbox: (dir: string) => Mailbox;
  readonly #mailboxes = new Map<string, Mailbox>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(dir: string, inbox: Mailbox, openMailbox: (dir: string) => Mailbox) {
    this.#dir = dir;
    this.#inbox = inbox;
    this.#openMailbox = openMailbox;
  }

  async list(): Promise<string[]> {
    const folders = await readdir(this.#dir, { withFileTypes: true });
    const names = folders.flatMap((entry) => (entry.isDirectory() ? (nameOfFolder(entry.name) ?? []) : []));
    return [INBOX, ...names];
  }

  /** The one object for a mailbox; null when there is none of that name. */
  async mailbox(name: string): Promise<Mailbox | null> {
    if (name === INBOX) return this.#inbox;
    if (!(await this.list()).includes(name)) return null;
    const known = this.#mailboxes.get(name) ?? this.#openMailbox(this.#path(name));
    this.#mailboxes.set(name, known);
    return known;
  }

  create(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const there = await this.list();
      if (there.includes(name)) throw new FolderFault('exists', 'There is a mailbox of this name');
      // RFC 3501, section 6.3.3: the superior names are created too.
      const missing = [...superiorsOf(name), name].filter((one) => !there.includes(one));
      await this.#make(missing, there.length);
    });
  }

  /** Removes the mailbox and its messages; what is below it stays. */
  delete(name: string): Promise<void> {
    return this.#inTurn(async () => {
      if (name === INBOX) throw new FolderFault('inbox', 'INBOX cannot be deleted');
      const mailbox = await this.mailbox(name);
      if (mailbox === null) throw new FolderFault('missing', 'There is no mailbox of this name');
      const remains = join(this.#dir, `${DELETED}${process.hrtime.bigint()}`);
      await mailbox.remove(async () => {
        await rename(this.#path(name), remains);
        await syncFolder(this.#dir);
      });
      this.#mailboxes.delete(name);
      await rm(remains, { recursive: true, force: true });
    });
  }

  /** Renames a mailbox and all that is below it. */
  rename(from: string, to: string): Promise<void> {
    return this.#inTurn(async () => {
      const there = await this.list();
      if (there.includes(to)) throw new FolderFault('exists', 'There is a mailbox of the new name');
      const moved = there.filter((name) => name === from || isInferior(name, from));
      if (moved.length === 0) throw new FolderFault('missing', 'There is no mailbox of this name');
      const newName = (name: string) => to + name.slice(from.length);
      const taken = moved.map(newName).find((name) => there.includes(name));
      if (taken !== undefined) throw new FolderFault('exists', `There is a mailbox ${taken}`);
      const superiors = superiorsOf(to).filter((one) => !there.includes(one));
      await this.#make(superiors, there.length);
      for (const name of moved) await this.#move(name, newName(name));
    });
  }

  /** RFC 3501, section 6.3.5: renaming INBOX moves its messages to a new mailbox; what is below INBOX stays. */
  async renameInbox(to: string): Promise<void> {
    await this.create(to);
    const mailbox = (await this.mailbox(to)) as Mailbox;
    const { messages } = await this.#inbox.messages();
    await mailbox.addKeywords(this.#inbox.keywords.filter((keyword) => keyword !== ''));
    await copyMessages(
      this.#inbox,
      mailbox,
      messages.map(({ uid }) => uid),
    );
    await this.#inbox.expunge(messages.map(({ uid }) => uid));
  }

  async subscriptions(): Promise<string[]> {
    const text = await readFile(join(this.#dir, SUBSCRIPTIONS), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    return text.split('\n').filter((line) => line !== '');
  }

  setSubscribed(name: string, isSubscribed: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const others = (await this.subscriptions()).filter((one) => one !== name);
      if (isSubscribed && others.length >= MAILBOXES_MAX)
        throw new FolderFault('limit', `No more than ${MAILBOXES_MAX} names can be subscribed`);
      const names = isSubscribed ? [...others, name] : others;
      await replaceFile(join(this.#dir, SUBSCRIPTIONS), names.map((one) => `${one}\n`).join(''));
    });
  }

  async #make(names: readonly string[], there: number): Promise<void> {
    if (there + names.length > MAILBOXES_MAX)
      throw new FolderFault('limit', `An account has ${MAILBOXES_MAX} mailboxes at most`);
    for (const name of names) {
      const dir = this.#path(name);
      await mkdir(dir, { mode: 0o700 });
      await makeMaildir(dir);
      // Maildir++ marks folders that are no Maildirs of their own with this file.
      await (await open(join(dir, 'maildirfolder'), 'w', 0o600)).close();
      // The numbers of the mailbox are on disk before anybody sees it.
      await this.#openMailbox(dir).messages();
    }
    await syncFolder(this.#dir);
  }

  async #move(from: string, to: string): Promise<void> {
    const work = async () => {
      await rename(this.#path(from), this.#path(to));
      await syncFolder(this.#dir);
      return this.#path(to);
    };
    const known = this.#mailboxes.get(from);
    if (known === undefined) await work();
    else {
      await known.move(work);
      this.#mailboxes.delete(from);
      this.#mailboxes.set(to, known);
    }
  }

  #path(name: string): string {
    return join(this.#dir, folderOf(name));
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** Removes what a deletion that was cut off has left. */
export async function sweepDeleted(dir: string): Promise<void> {
  for (const entry of await readdir(dir)) {
    if (entry.startsWith(DELETED)) await rm(join(dir, entry), { recursive: true, force: true });
  }
}
