import { randomBytes } from 'node:crypto';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { ToCrlf } from '../protocol/line-ends.ts';
import { compareBases, formatMaildirName, type MaildirFlags, sortFlags } from '../protocol/maildir-name.ts';
import { formatUidList, parseUidList, UID_MAX, type UidList, type UidRecord } from '../protocol/uid-list.ts';
import { FilePieces, removeFile, replaceFile, syncFolder } from './durable-file.ts';
import { deliverToMaildir, listMaildir, type MaildirFile, makeMaildir, measureFile } from './maildir.ts';

/** One message of a mailbox, as readers see it. */
export interface StoredMessage {
  readonly uid: number;
  /** Size with CRLF line ends: what POP3 and IMAP tell. */
  readonly octets: number;
  /** Maildir letters, sorted: D draft, F flagged, P passed, R replied, S seen, T trashed. */
  readonly flags: MaildirFlags;
  /** No program has taken it out of `new` yet (IMAP calls it recent). */
  readonly isNew: boolean;
}

/** What happened to a mailbox, for those who watch it. */
export type MailboxChange =
  | { readonly kind: 'arrived'; readonly uid: number }
  | { readonly kind: 'flagged'; readonly uid: number; readonly flags: MaildirFlags }
  | { readonly kind: 'expunged'; readonly uid: number };

/** What a mailbox needs of its surroundings. */
export interface MailboxSurroundings {
  /** Lab time in milliseconds. */
  now(): number;
  /** A base for a file name, different at each call. */
  uniqueBase(): string;
}

/** Mailboxes keep the list of their UIDs in this file, in Dovecot's format. */
const UID_LIST = 'dovecot-uidlist';

/**
 * A mailbox: a Maildir with UIDs. There is one object for each mailbox of the host, shared by all sessions (POP3, webmail,
 * delivery, later IMAP); what changes it is done in turn, is on disk before anyone is told, and is told to all who watch.
 * Messages that another program puts into the Maildir, moves or removes are found at the next `messages()`.
 */
export class Mailbox {
  readonly #dir: string;
  readonly #surroundings: MailboxSurroundings;
  #uids: UidList | null = null;
  #files = new Map<string, MaildirFile>();
  #turn: Promise<unknown> = Promise.resolve();
  #isLocked = false;
  readonly #watchers = new Set<(change: MailboxChange) => void>();

  constructor(dir: string, surroundings: MailboxSurroundings) {
    this.#dir = dir;
    this.#surroundings = surroundings;
  }

  /** The messages at this moment by rising UID, and the numbers that give the UIDs their meaning. */
  messages(): Promise<{ uidValidity: number; uidNext: number; messages: readonly StoredMessage[] }> {
    return this.#inTurn(async () => {
      const { uidValidity, uidNext, records } = await this.#look();
      return { uidValidity, uidNext, messages: records.map((record) => this.#stored(record)) };
    });
  }

  /** The octets of a message with CRLF line ends, or null when it is gone. The file is open when this resolves. */
  read(uid: number): Promise<FilePieces | null> {
    return this.#inTurn(async () => {
      for (const isSecondTry of [false, true]) {
        if (isSecondTry || this.#uids === null) await this.#look();
        const path = this.#pathOf(uid);
        if (path === null) return null;
        const handle = await open(path, 'r').catch(ifGone(null));
        const converter = new ToCrlf();
        if (handle !== null) return new FilePieces(handle, (piece) => converter.convert(piece));
      }
      return null;
    });
  }

  /** Adds a message, durable when this resolves. Its UID is given at the next `messages()`, or at once when someone watches. */
  append(message: AsyncIterable<Uint8Array>, { flags = '', arrivedAt = this.#surroundings.now() } = {}): Promise<void> {
    // Written outside of the turn: a slow writer holds up nobody, and each delivery has its own name.
    return (async () => {
      await makeMaildir(this.#dir);
      await deliverToMaildir(this.#dir, message, { base: this.#surroundings.uniqueBase(), flags, arrivedAt });
      if (this.#watchers.size > 0) await this.messages();
    })();
  }

  /** Sets the flags of a message to what `change` makes of them; the file moves to `cur`. False when it is gone. */
  setFlags(uid: number, change: (flags: MaildirFlags) => MaildirFlags): Promise<boolean> {
    return this.#inTurn(async () => {
      for (const isSecondTry of [false, true]) {
        if (isSecondTry || this.#uids === null) await this.#look();
        const file = this.#fileOf(uid);
        if (file === undefined) return false;
        const flags = sortFlags(change(file.flags));
        if (file.folder === 'cur' && flags === file.flags) return true;
        const moved: MaildirFile = { ...file, folder: 'cur', file: formatMaildirName(file.base, flags), flags };
        if ((await rename(this.#path(file), this.#path(moved)).catch(ifGone(null))) === null) continue;
        this.#files.set(file.base, moved);
        if (flags !== file.flags) this.#tell({ kind: 'flagged', uid, flags });
        return true;
      }
      return false;
    });
  }

  /** Removes messages; those that are gone already are no fault. Durable when this resolves. */
  expunge(uids: readonly number[]): Promise<void> {
    return this.#inTurn(async () => {
      // Flags that another program changed have moved files: look again before removing them.
      await this.#look();
      for (const uid of uids) {
        const path = this.#pathOf(uid);
        if (path !== null) await removeFile(path);
      }
      if (uids.length > 0) await Promise.all(['new', 'cur'].map((folder) => syncFolder(join(this.#dir, folder))));
      await this.#look();
    });
  }

  /** The exclusive lock of a POP3 session (RFC 1939, section 4): what releases it, or null while another session has it. */
  lockMaildrop(): (() => void) | null {
    if (this.#isLocked) return null;
    this.#isLocked = true;
    let isHeld = true;
    return () => {
      if (isHeld) this.#isLocked = false;
      isHeld = false;
    };
  }

  /** Calls `watch` for every change from now on; returns what ends it. */
  subscribe(watch: (change: MailboxChange) => void): () => void {
    this.#watchers.add(watch);
    return () => this.#watchers.delete(watch);
  }

  /** When a message arrived (IMAP's INTERNALDATE), in milliseconds; null when it is gone. */
  async arrivedAt(uid: number): Promise<number | null> {
    const path = this.#pathOf(uid);
    return path === null ? null : stat(path).then(({ mtimeMs }) => mtimeMs, ifGone(null));
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Brings the list of UIDs up to date with the folders. The list is on disk before anyone learns a UID. */
  async #look(): Promise<UidList> {
    await makeMaildir(this.#dir);
    const before = this.#uids ?? (await this.#readUidList());
    let files = await listMaildir(this.#dir);
    // While another program renames a file a listing may miss it: only a second look makes sure that it is gone.
    if (before.records.some(({ base }) => !files.has(base))) files = new Map([...(await listMaildir(this.#dir))]);
    const kept = before.records.filter(({ base }) => files.has(base));
    const hasRoom = before.uidNext + files.size < UID_MAX;
    const list = hasRoom ? { ...before, records: kept } : this.#newUidList();
    const known = new Set(list.records.map(({ base }) => base));
    const strangers = [...files.values()]
      .filter(({ base }) => !known.has(base))
      .sort((a, b) => compareBases(a.base, b.base));
    const arrived = await this.#giveUids(list, strangers);
    const after: UidList = { ...list, uidNext: list.uidNext + arrived.length, records: [...list.records, ...arrived] };
    const isChanged = this.#uids === null || arrived.length > 0 || kept.length < before.records.length;
    if (isChanged) await replaceFile(join(this.#dir, UID_LIST), formatUidList(after));
    const flaggedBefore = this.#files;
    this.#uids = after;
    this.#files = files;
    this.#tellDifference(before.records, list.records, arrived, flaggedBefore);
    return after;
  }

  async #giveUids(list: UidList, strangers: readonly MaildirFile[]): Promise<UidRecord[]> {
    const arrived: UidRecord[] = [];
    for (const file of strangers) {
      const crlfOctets = file.crlfOctets ?? (await measureFile(this.#path(file)).catch(ifGone(null)));
      if (crlfOctets !== null) arrived.push({ uid: list.uidNext + arrived.length, base: file.base, crlfOctets });
    }
    return arrived;
  }

  async #readUidList(): Promise<UidList> {
    try {
      return parseUidList(await readFile(join(this.#dir, UID_LIST), 'utf8'));
    } catch (error) {
      const isLost = (error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof ProtocolViolation;
      if (isLost) return this.#newUidList();
      throw error;
    }
  }

  /** Other UIDs than ever before: a UIDVALIDITY of its own (RFC 9051, section 2.3.1.1), for which the time serves. */
  #newUidList(): UidList {
    const uidValidity = Math.floor(this.#surroundings.now() / 1000);
    return { uidValidity, uidNext: 1, guid: randomBytes(16).toString('hex'), records: [] };
  }

  #tellDifference(
    before: readonly UidRecord[],
    kept: readonly UidRecord[],
    arrived: readonly UidRecord[],
    filesBefore: ReadonlyMap<string, MaildirFile>,
  ): void {
    if (this.#watchers.size === 0) return;
    const keptUids = new Set(kept.map(({ uid }) => uid));
    for (const { uid } of before) if (!keptUids.has(uid)) this.#tell({ kind: 'expunged', uid });
    for (const { uid, base } of kept) {
      const flags = this.#files.get(base)?.flags ?? '';
      if (flags !== (filesBefore.get(base)?.flags ?? flags)) this.#tell({ kind: 'flagged', uid, flags });
    }
    for (const { uid } of arrived) this.#tell({ kind: 'arrived', uid });
  }

  #tell(change: MailboxChange): void {
    for (const watch of this.#watchers) watch(change);
  }

  #stored({ uid, base, crlfOctets }: UidRecord): StoredMessage {
    const file = this.#files.get(base);
    return { uid, octets: crlfOctets, flags: file?.flags ?? '', isNew: file?.folder === 'new' };
  }

  #fileOf(uid: number): MaildirFile | undefined {
    const record = this.#uids?.records.find((one) => one.uid === uid);
    return record === undefined ? undefined : this.#files.get(record.base);
  }

  #pathOf(uid: number): string | null {
    const file = this.#fileOf(uid);
    return file === undefined ? null : this.#path(file);
  }

  #path({ folder, file }: MaildirFile): string {
    return join(this.#dir, folder, file);
  }
}

/** Turns "there is no such file" into a value; every other error stays one. */
function ifGone<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return (error) => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
}
