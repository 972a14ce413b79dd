import { randomBytes } from 'node:crypto';
import type { MaildirFlags } from '../protocol/maildir-name.ts';
import type { ModseqEntry } from '../protocol/modseq-log.ts';
import type { UidList, UidRecord } from '../protocol/uid-list.ts';
import type { IndexedMessage, MailboxDifference } from './mailbox-difference.ts';
import type { MaildirFile } from './maildir.ts';
import { ModseqLog, type ToldState } from './modseq-log.ts';
import { Slices } from './slices.ts';
import { UidListFile } from './uid-list-file.ts';

/** What lasts about a mailbox beside its files: which file has which UID, and which state was told with which mod-sequence. */
export class MailboxRecords {
  readonly #list = new UidListFile();
  readonly #log = new ModseqLog();
  #uidValidity = 0;
  #uidNext = 1;
  /** The same, of what is on disk: UIDs that could not be written are not given again, and nobody is told of them. */
  #uidNextTold = 1;
  #guid = '';
  /** What another program has written into the list already, of the files that arrive now. */
  #foreign: ReadonlyMap<string, number> = new Map();

  get uidValidity(): number {
    return this.#uidValidity;
  }

  get uidNext(): number {
    return this.#uidNextTold;
  }

  get highestModseq(): number {
    return this.#log.highest;
  }

  /** The messages as they were told before the start, and whether there was a list of them. */
  async load(
    dir: string,
    newUidValidity: () => Promise<number>,
  ): Promise<{ messages: IndexedMessage[]; wasListed: boolean }> {
    const slices = new Slices();
    const listed = await this.#list.read(dir);
    const list = listed ?? (await newUidList(newUidValidity));
    const { told, expunged, uidMax } = await this.#log.open(dir, list.uidValidity, listed === null);
    this.#uidValidity = list.uidValidity;
    // The list may have lost lines that the log has still.
    this.#uidNext = Math.max(list.uidNext, uidMax + 1);
    this.#uidNextTold = this.#uidNext;
    this.#guid = list.guid;
    await slices.rest();
    // Of two lines for one base the later one counts; the earlier one was expunged.
    const lastOf = new Map(list.records.map((record) => [record.base, record]));
    const isThere = (record: UidRecord) => lastOf.get(record.base) === record && !expunged.has(record.uid);
    await slices.rest();
    const there = list.records.filter(isThere);
    await slices.rest();
    // A line of the list that was lost, and not because the message was expunged: a client may still have it.
    const uids = new Set(there.map(({ uid }) => uid));
    if ([...told.keys()].some((uid) => !uids.has(uid))) this.#log.forgetExpunged();
    await slices.rest();
    const bases = new Set(there.map(({ base }) => base));
    this.#list.forget(list.records.filter(({ base }) => !bases.has(base)).map(({ base }) => base));
    await slices.rest();
    return { messages: there.map((record) => loadedMessage(record, told.get(record.uid))), wasListed: listed !== null };
  }

  /**
   * Gives UIDs to files, in this order. Another program that keeps the same list may have given some already: those are taken
   * over, and none of its UIDs is given to another file.
   */
  async giveUids<Given extends { readonly file: MaildirFile }>(
    dir: string,
    files: readonly Given[],
  ): Promise<(Given & { uid: number })[]> {
    const foreign = await this.#readForeign(dir);
    const taken = files.flatMap((one) => {
      const uid = foreign.get(one.file.base);
      return uid === undefined ? [] : [{ ...one, uid }];
    });
    const others = files.filter(({ file }) => !foreign.has(file.base));
    taken.sort((one, other) => one.uid - other.uid);
    return [...taken, ...others.map((one) => ({ ...one, uid: this.#takeUid() }))];
  }

  /** UIDs that another program has given since the last look, by the bases of the files. */
  async #readForeign(dir: string): Promise<ReadonlyMap<string, number>> {
    this.#foreign = new Map();
    if (!this.#list.isForeign(dir)) return this.#foreign;
    const list = await this.#list.read(dir);
    if (list?.uidValidity !== this.#uidValidity) {
      this.#list.abandon();
      return this.#foreign;
    }
    const records = list.records.filter(({ uid }) => uid >= this.#uidNext);
    this.#foreign = new Map(records.map(({ base, uid }) => [base, uid]));
    this.#uidNext = Math.max(this.#uidNext, list.uidNext);
    return this.#foreign;
  }

  #takeUid(): number {
    this.#uidNext += 1;
    return this.#uidNext - 1;
  }

  takeModseq(): number {
    return this.#log.take();
  }

  /** By rising UID, what was expunged since; null when that is not known any more. */
  expungedSince(dir: string, modseq: number): Promise<number[] | null> {
    return this.#log.expungedSince(dir, modseq);
  }

  /** Puts what is different on disk. When this fails nothing of it may be told. */
  async write(dir: string, { messages, told, expunged }: MailboxDifference): Promise<void> {
    const { arrived, flagged, modseq } = told;
    this.#list.forget(expunged.map(({ base }) => base));
    const unlisted = arrived.filter(({ base, uid }) => this.#foreign.get(base) !== uid).map(recordOf);
    if (unlisted.length > 0) await this.#list.add(dir, unlisted, () => this.#uidList(messages));
    else if (this.#list.isLost) await this.#list.writeAnew(dir, this.#uidList(messages));
    const gone: ModseqEntry[] = expunged.length === 0 ? [] : [{ modseq, flags: null, uids: told.expunged }];
    const changes = [...gone, ...stateEntries([...flagged, ...arrived])];
    if (changes.length > 0 || this.#log.isDue) await this.#record(dir, changes, messages);
    this.#uidNextTold = this.#uidNext;
  }

  /** The same for messages that have other flags only. @param messages all of the mailbox, after the change */
  async writeStates(
    dir: string,
    changed: readonly IndexedMessage[],
    messages: readonly IndexedMessage[],
  ): Promise<void> {
    if (changed.length > 0) await this.#record(dir, stateEntries(changed), messages);
  }

  /** The size of a message was another one than was told. */
  writeSizes(dir: string, messages: readonly IndexedMessage[]): Promise<void> {
    return this.#list.writeAnew(dir, this.#uidList(messages));
  }

  async #record(dir: string, changes: readonly ModseqEntry[], after: readonly IndexedMessage[]): Promise<void> {
    // What the log forgets would be taken for a message that vanishes only at the next start, if the list still had it.
    if (this.#log.forgetsNext && this.#list.isStale(dir)) await this.#list.writeAnew(dir, this.#uidList(after));
    await this.#log.append(dir, this.#uidValidity, changes, () => stateEntries(after));
  }

  #uidList(messages: readonly IndexedMessage[]): UidList {
    const [uidValidity, uidNext, guid] = [this.#uidValidity, this.#uidNext, this.#guid];
    return { uidValidity, uidNext, guid, records: messages.map(recordOf) };
  }
}

/** Other UIDs than ever before: a UIDVALIDITY of its own (RFC 9051, section 2.3.1.1). */
async function newUidList(newUidValidity: () => Promise<number>): Promise<UidList> {
  return { uidValidity: await newUidValidity(), uidNext: 1, guid: randomBytes(16).toString('hex'), records: [] };
}

function recordOf({ uid, base, octets }: IndexedMessage): UidRecord {
  return { uid, base, crlfOctets: octets };
}

/** A message as it was told before the start; a mod-sequence of 0 says that its state was not told. */
function loadedMessage({ uid, base, crlfOctets }: UidRecord, told: ToldState | undefined): IndexedMessage {
  const state = told ?? { flags: '', modseq: 0 };
  return { uid, base, octets: crlfOctets ?? -1, file: '', isNew: false, ...state };
}

/** The states of messages as lines of the log, by rising mod-sequence. */
function stateEntries(messages: readonly IndexedMessage[]): ModseqEntry[] {
  const entries = new Map<string, { modseq: number; flags: MaildirFlags; uids: number[] }>();
  for (const { uid, modseq, flags } of messages) {
    const key = `${modseq} ${flags}`;
    const entry = entries.get(key);
    if (entry === undefined) entries.set(key, { modseq, flags, uids: [uid] });
    else entry.uids.push(uid);
  }
  return [...entries.values()].sort((one, other) => one.modseq - other.modseq);
}
