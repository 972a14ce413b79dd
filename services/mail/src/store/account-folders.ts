import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile, syncFolder } from '#shared/host/durable-file.ts';
import { folderOf, INBOX, isInferior, nameOfFolder, superiorsOf } from '../protocol/imap/mailbox-name.ts';
import { DEFAULT_MAILBOXES, type SpecialUse } from '../protocol/special-use.ts';
import { ifGone, noRoom } from './file-pieces.ts';
import type { Mailbox } from './mailbox.ts';
import { makeMaildir } from './maildir.ts';
import { SpecialUseFile } from './special-use-file.ts';

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
  readonly #uses: SpecialUseFile;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(dir: string, inbox: Mailbox, openMailbox: (dir: string) => Mailbox) {
    this.#dir = dir;
    this.#inbox = inbox;
    this.#openMailbox = openMailbox;
    this.#uses = new SpecialUseFile(dir);
  }

  /** Makes the mailboxes that every account has, and subscribes to those that it makes. */
  open(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#uses.read();
      const there = await this.list();
      const missing = [...DEFAULT_MAILBOXES.keys()].filter((name) => !there.includes(name));
      if (missing.length === 0) return;
      for (const name of missing) await this.#makeFolder(name);
      await syncFolder(this.#dir);
      await this.#subscribe(missing);
    });
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
    const known = this.#mailboxes.get(name);
    if (known !== undefined) return known;
    // It may have been deleted or renamed since it was listed; a mailbox that is opened makes its folder.
    if (!existsSync(this.#path(name))) return null;
    const opened = this.#openMailbox(this.#path(name));
    this.#mailboxes.set(name, opened);
    return opened;
  }

  /** What a mailbox is for (RFC 6154, section 2); null for one like others. */
  specialUse(name: string): SpecialUse | null {
    return this.#uses.useOf(name) ?? DEFAULT_MAILBOXES.get(name) ?? null;
  }

  /** @param use what the mailbox is to be for (RFC 6154, section 3) */
  create(name: string, use: SpecialUse | null = null): Promise<void> {
    return this.#inTurn(() => this.#create(name, async () => this.#uses.set(name, use)));
  }

  /** Removes the mailbox and its messages; what is below it stays. */
  delete(name: string): Promise<void> {
    return this.#inTurn(async () => {
      if (name === INBOX) throw new FolderFault('inbox', 'INBOX cannot be deleted');
      const mailbox = await this.mailbox(name);
      if (mailbox === null) throw new FolderFault('missing', 'There is no mailbox of this name');
      await this.#remove(name, mailbox, { sparesMessages: false });
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
      await this.#make(superiors, there.length, async () => {
        for (const name of moved) await this.#move(name, newName(name));
      });
    });
  }

  /** RFC 3501, section 6.3.5: renaming INBOX moves its messages to a new mailbox; what is below INBOX stays. */
  renameInbox(to: string): Promise<void> {
    return this.#inTurn(() => this.#create(to, async (mailbox) => void (await this.#inbox.move('all', mailbox))));
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
      await this.#writeSubscriptions(isSubscribed ? [...others, name] : others);
    });
  }

  async #subscribe(names: readonly string[]): Promise<void> {
    await this.#writeSubscriptions([...new Set([...(await this.subscriptions()), ...names])]);
  }

  #writeSubscriptions(names: readonly string[]): Promise<void> {
    return replaceFile(join(this.#dir, SUBSCRIPTIONS), names.map((one) => `${one}\n`).join(''));
  }

  /** @param work what makes the new mailbox what it is to be; when it fails there is none */
  async #create(name: string, work: (mailbox: Mailbox) => Promise<void>): Promise<void> {
    const there = await this.list();
    if (there.includes(name)) throw new FolderFault('exists', 'There is a mailbox of this name');
    // RFC 3501, section 6.3.3: the superior names are created too.
    const missing = [...superiorsOf(name), name].filter((one) => !there.includes(one));
    await this.#make(missing, there.length, () => work(this.#mailboxes.get(name)!));
  }

  /** Makes mailboxes for `work`, and takes them back when it fails. */
  async #make(names: readonly string[], there: number, work: () => Promise<void>): Promise<void> {
    if (there + names.length > MAILBOXES_MAX)
      throw new FolderFault('limit', `An account has ${MAILBOXES_MAX} mailboxes at most`);
    const made: (readonly [name: string, mailbox: Mailbox])[] = [];
    try {
      for (const name of names) made.push([name, await this.#makeMailbox(name)]);
      await syncFolder(this.#dir);
      await work();
    } catch (error) {
      // What somebody has put a message into meanwhile stays. What cannot be taken back is told no better than why it should be.
      for (const [name, mailbox] of made.reverse())
        await this.#remove(name, mailbox, { sparesMessages: true }).catch(() => {});
      throw error;
    }
  }

  /** Who asks for the mailbox as soon as its folder is there gets the one object, which gives it its numbers. */
  async #makeMailbox(name: string): Promise<Mailbox> {
    const mailbox = this.#openMailbox(this.#path(name));
    this.#mailboxes.set(name, mailbox);
    try {
      await this.#makeFolder(name);
      const { isRecorded } = await mailbox.messages();
      if (!isRecorded) throw noRoom('The numbers of the new mailbox cannot be recorded: the disk takes nothing');
      return mailbox;
    } catch (error) {
      // Another program may have made one of that name.
      const isOurs = (error as NodeJS.ErrnoException).code !== 'EEXIST';
      if (isOurs) await this.#remove(name, mailbox, { sparesMessages: true }).catch(() => {});
      this.#mailboxes.delete(name);
      throw error;
    }
  }

  /** Takes a mailbox away, if it is to be spared for its messages only when it has none. */
  async #remove(name: string, mailbox: Mailbox, { sparesMessages }: { sparesMessages: boolean }): Promise<void> {
    const remains = join(this.#dir, `${DELETED}${process.hrtime.bigint()}`);
    const isRemoved = await mailbox.remove(async () => {
      if (sparesMessages && (await hasMessages(this.#path(name)))) return false;
      await rename(this.#path(name), remains);
      await syncFolder(this.#dir);
      return true;
    });
    if (!isRemoved) return;
    this.#mailboxes.delete(name);
    await this.#uses.set(name, null);
    await rm(remains, { recursive: true, force: true });
  }

  async #makeFolder(name: string): Promise<void> {
    const dir = this.#path(name);
    await mkdir(dir, { mode: 0o700 });
    await makeMaildir(dir);
    // Maildir++ marks folders that are no Maildirs of their own with this file.
    await (await open(join(dir, 'maildirfolder'), 'w', 0o600)).close();
  }

  async #move(from: string, to: string): Promise<void> {
    const use = this.#uses.useOf(from);
    const mailbox = this.#mailboxes.get(from) ?? this.#openMailbox(this.#path(from));
    // Under either name there is one object: of two, each would give the same UIDs.
    this.#mailboxes.set(from, mailbox).set(to, mailbox);
    await mailbox.relocate(async () => {
      try {
        await rename(this.#path(from), this.#path(to));
      } catch (error) {
        this.#mailboxes.delete(to);
        throw error;
      }
      this.#mailboxes.delete(from);
      return this.#path(to);
    });
    await syncFolder(this.#dir);
    await this.#uses.set(from, null);
    await this.#uses.set(to, use);
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

async function hasMessages(dir: string): Promise<boolean> {
  const listed = ['new', 'cur'].map((folder) => readdir(join(dir, folder)).catch(ifGone([])));
  return (await Promise.all(listed)).some((files) => files.length > 0);
}

/** Removes what a deletion that was cut off has left. */
export async function sweepDeleted(dir: string): Promise<void> {
  for (const entry of await readdir(dir)) {
    if (entry.startsWith(DELETED)) await rm(join(dir, entry), { recursive: true, force: true });
  }
}
