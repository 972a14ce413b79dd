import { randomBytes } from 'node:crypto';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '#shared/host/durable-file.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { compareBases, formatMaildirName, type MaildirFlags } from '../protocol/maildir-name.ts';
import { formatUidList, parseUidList, UID_MAX, type UidList, type UidRecord } from '../protocol/uid-list.ts';
import { ifGone } from './file-pieces.ts';
import { FolderTouch } from './folder-touch.ts';
import { listMaildir, type MaildirFile, makeMaildir, measureFile } from './maildir.ts';

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

/** What a look has found different from the one before. */
interface Difference {
  readonly list: UidList;
  /** Whether there was a list of UIDs before. */
  readonly wasListed: boolean;
  readonly expunged: readonly number[];
  readonly flagged: readonly { readonly uid: number; readonly flags: MaildirFlags }[];
  readonly arrived: readonly number[];
}

/** Mailboxes keep the list of their UIDs in this file, in Dovecot's format. */
const UID_LIST = 'dovecot-uidlist';

/** What is known of a Maildir: which file is which UID. Its methods are called in turn, by the mailbox that has it. */
export class MailboxIndex {
  dir: string;
  readonly #newUidValidity: () => Promise<number>;
  readonly #touch = new FolderTouch();
  #uids: UidList | null = null;
  #files = new Map<string, MaildirFile>();

  constructor(dir: string, newUidValidity: () => Promise<number>) {
    this.dir = dir;
    this.#newUidValidity = newUidValidity;
  }

  /** Whether there was a look. */
  get isKnown(): boolean {
    return this.#uids !== null;
  }

  /** By rising UID. */
  get records(): readonly UidRecord[] {
    return this.#uids?.records ?? [];
  }

  /** Brings the list of UIDs up to date with the folders. The list is on disk before anyone learns a UID. */
  async look(): Promise<Difference> {
    await makeMaildir(this.dir);
    const listed = this.#uids ?? (await this.#readUidList());
    const before = listed ?? (await this.#newUidList());
    await this.#touch.remember(this.dir);
    let files = await listMaildir(this.dir);
    // While another program renames a file a listing may miss it: only a second look makes sure that it is gone.
    if (before.records.some(({ base }) => !files.has(base))) files = new Map([...(await listMaildir(this.dir))]);
    const kept = before.records.filter(({ base }) => files.has(base));
    const hasRoom = before.uidNext + files.size < UID_MAX;
    const list = hasRoom ? { ...before, records: kept } : await this.#newUidList();
    const arrived = await this.#giveUids(list, files);
    const after: UidList = { ...list, uidNext: list.uidNext + arrived.length, records: [...list.records, ...arrived] };
    const isChanged = this.#uids === null || arrived.length > 0 || kept.length < before.records.length;
    if (isChanged) await replaceFile(join(this.dir, UID_LIST), formatUidList(after));
    const filesBefore = this.#files;
    this.#uids = after;
    this.#files = files;
    const keptUids = new Set(list.records.map(({ uid }) => uid));
    return {
      list: after,
      wasListed: listed !== null,
      expunged: before.records.filter(({ uid }) => !keptUids.has(uid)).map(({ uid }) => uid),
      flagged: this.#flaggedSince(filesBefore, list.records),
      arrived: arrived.map(({ uid }) => uid),
    };
  }

  /** Whether another program may have changed something since the last look. */
  isTouched(): Promise<boolean> {
    return this.#touch.isTouched(this.dir).catch(ifGone(false));
  }

  stored({ uid, base, crlfOctets }: UidRecord): StoredMessage {
    const file = this.#files.get(base);
    return { uid, octets: crlfOctets, flags: file?.flags ?? '', isNew: file?.folder === 'new' };
  }

  /** Records stand in the order of their UIDs. */
  recordOf(uid: number): UidRecord | undefined {
    let low = 0;
    let high = this.records.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const record = this.records[middle]!;
      if (record.uid === uid) return record;
      if (record.uid < uid) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  fileOf(uid: number): MaildirFile | undefined {
    const record = this.recordOf(uid);
    return record === undefined ? undefined : this.#files.get(record.base);
  }

  path({ folder, file }: MaildirFile): string {
    return join(this.dir, folder, file);
  }

  /** False when the file is no longer where it was. */
  async moveToCur(file: MaildirFile, flags: MaildirFlags): Promise<boolean> {
    const moved: MaildirFile = { ...file, folder: 'cur', file: formatMaildirName(file.base, flags), flags };
    if ((await rename(this.path(file), this.path(moved)).catch(ifGone(null))) === null) return false;
    this.#files.set(file.base, moved);
    return true;
  }

  #flaggedSince(filesBefore: ReadonlyMap<string, MaildirFile>, records: readonly UidRecord[]) {
    return records.flatMap(({ uid, base }) => {
      const flags = this.#files.get(base)?.flags ?? '';
      return flags === (filesBefore.get(base)?.flags ?? flags) ? [] : [{ uid, flags }];
    });
  }

  async #giveUids(list: UidList, files: ReadonlyMap<string, MaildirFile>): Promise<UidRecord[]> {
    const known = new Set(list.records.map(({ base }) => base));
    const strangers = [...files.values()].filter(({ base }) => !known.has(base));
    const arrived: UidRecord[] = [];
    for (const file of strangers.sort((one, other) => compareBases(one.base, other.base))) {
      const crlfOctets = file.crlfOctets ?? (await measureFile(this.path(file)).catch(ifGone(null)));
      if (crlfOctets !== null) arrived.push({ uid: list.uidNext + arrived.length, base: file.base, crlfOctets });
    }
    return arrived;
  }

  /** Null when there is none that can be read. */
  async #readUidList(): Promise<UidList | null> {
    try {
      return parseUidList(await readFile(join(this.dir, UID_LIST), 'utf8'));
    } catch (error) {
      const isLost = (error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof ProtocolViolation;
      if (isLost) return null;
      throw error;
    }
  }

  /** Other UIDs than ever before: a UIDVALIDITY of its own (RFC 9051, section 2.3.1.1). */
  async #newUidList(): Promise<UidList> {
    const uidValidity = await this.#newUidValidity();
    return { uidValidity, uidNext: 1, guid: randomBytes(16).toString('hex'), records: [] };
  }
}
