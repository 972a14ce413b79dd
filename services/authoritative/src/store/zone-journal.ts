import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import type { Name } from '#shared/dns/name.ts';
import { formatHostname, formatName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { syncFolder } from '#shared/host/durable-file.ts';
import { applyDifference, type Difference, History } from '../protocol/difference.ts';
import type { Zone } from '../protocol/zone.ts';
import { type JournalDisk, JournalFile } from './journal-file.ts';
import type { JournalEntry, Signature } from './journal-text.ts';
import { type FileEdition, keepZone, readKeptZone, recordMoved } from './kept-zone.ts';
import { NotedSignatures } from './noted-signatures.ts';

/** Octets of a journal after which the zone is kept anew, and octets of it that are then left for secondaries. */
export const JOURNAL_OCTETS_MAX = 1024 * 1024;
const JOURNAL_OCTETS_LEFT = JOURNAL_OCTETS_MAX / 2;
/** Records of past differences that are held for secondaries. */
export const HISTORY_RECORDS_MAX = 5_000;
/** Changes that `GET /state` shows, and records of each. */
const SHOWN_CHANGES_MAX = 5;
const SHOWN_RECORDS_MAX = 20;

/** What a journal needs of its host. */
export interface JournalHost {
  readonly stateDir: string;
  readonly net: string;
  readonly log: Logger;
}

/** The zone that updates are made to, and the edition of the zone file that it goes back to. */
export interface Base {
  readonly zone: Zone;
  readonly fileEdition: FileEdition;
}

/**
 * What has come to a zone by UPDATE: the zone as it was kept (`journal/NAME.zone` in the host's state), each update since
 * then (`journal/NAME.journal`), and signatures of those that were forgotten (`journal/NAME.signatures`). They begin with the
 * first update; the zone's own file is never written.
 *
 * `append`, `forget` and `setAside` are called one at a time.
 */
export class ZoneJournal {
  readonly origin: Name;
  readonly history: History;
  readonly #host: JournalHost;
  readonly #keptPath: string;
  readonly #journalPath: string;
  readonly #file: JournalFile;
  readonly #noted: NotedSignatures;
  #shown: JournalEntry[] = [];
  /** Of each entry the serial before it, the octet at which it begins, and the signature. */
  #index: { readonly from: number; readonly start: number; readonly signature: Signature }[] = [];
  #fileEdition: FileEdition | null = null;
  /** The serial of the kept zone. */
  #keptSerial = 0;
  #octetsMax = JOURNAL_OCTETS_MAX;
  /** Whether what is on the disk has addresses of another network. */
  #isMoved = false;
  #keeping: Promise<void> = Promise.resolve();
  #isKeeping = false;
  #trouble: string | null = null;

  constructor(origin: Name, host: JournalHost, disk?: JournalDisk) {
    this.origin = origin;
    this.history = new History(HISTORY_RECORDS_MAX);
    this.#host = host;
    const name = origin.length === 0 ? 'root' : encodeURIComponent(formatHostname(origin).toLowerCase());
    this.#keptPath = join(host.stateDir, 'journal', `${name}.zone`);
    this.#journalPath = join(host.stateDir, 'journal', `${name}.journal`);
    this.#file = new JournalFile(this.#journalPath, origin, host.net, disk);
    this.#noted = new NotedSignatures(join(host.stateDir, 'journal', `${name}.signatures`));
  }

  /** The edition of the zone file that the updates were made to; null while there are none. */
  get fileEdition(): FileEdition | null {
    return this.#fileEdition;
  }

  /** The signatures of updates, of all that may still be good. */
  get signatures(): readonly Signature[] {
    return [...this.#noted.all, ...this.#index.map(({ signature }) => signature)];
  }

  /** Why updates are not taken, where they are not. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Whether the journal has grown so long that the zone should be kept anew. */
  get isLong(): boolean {
    return !this.#isKeeping && this.#file.octets > this.#octetsMax;
  }

  /**
   * The zone as updates have left it; undefined where there were none.
   *
   * @throws Error where what is kept is damaged
   */
  async load(): Promise<Zone | undefined> {
    this.#noted.load();
    const kept = readKeptZone(this.#keptPath, this.origin, this.#host.net);
    if (kept === undefined) {
      if (existsSync(this.#journalPath)) await this.#moveAway('it has no kept zone beside it');
      return undefined;
    }
    const journal = this.#file.read((octets) => this.#sayCut(octets));
    const net = journal?.net ?? this.#host.net;
    const entries = (journal?.entries ?? []).map((entry) => ({
      ...entry,
      difference: differenceMoved(entry.difference, net, this.#host.net),
    }));
    const zone = replayed(kept.zone, entries);
    for (const entry of entries) this.#note(entry, entry.start);
    this.#isMoved = net !== this.#host.net;
    this.#fileEdition = kept.fileEdition;
    this.#keptSerial = kept.zone.soa.serial;
    return zone;
  }

  /** The zone file has been edited, and says the same as before: the next time when the zone is kept, that is noted. */
  knowFile(edition: FileEdition): void {
    if (this.#fileEdition !== null) this.#fileEdition = edition;
  }

  /** Keeps entries that lead on from `base`. Rejects where they could not be kept, and then none was. */
  async append(entries: readonly JournalEntry[], base: Base): Promise<void> {
    try {
      if (this.#fileEdition === null || this.#isMoved) await this.#begin(base);
      const starts = await this.#file.append(entries);
      for (const [at, entry] of entries.entries()) this.#note(entry, starts[at]!);
      this.#trouble = null;
    } catch (error) {
      this.#trouble = `updates of ${formatName(this.origin)} are not taken: ${(error as Error).message}`;
      throw error;
    }
  }

  /** Keeps `zone` anew, while updates go on; `forget` then shortens the journal. */
  async keep(zone: Zone): Promise<void> {
    if (this.#fileEdition === null) return;
    this.#isKeeping = true;
    // A disk that refuses is asked again when the journal has grown by as much.
    this.#octetsMax = this.#file.octets + JOURNAL_OCTETS_LEFT;
    const keeping = keepZone(this.#keptPath, { zone, fileEdition: this.#fileEdition }, this.#host.net);
    this.#keeping = keeping.then(
      () => {
        this.#keptSerial = zone.soa.serial;
      },
      () => {},
    );
    await this.#keeping;
    this.#isKeeping = false;
    await keeping;
  }

  /** Forgets entries that the kept zone holds, the oldest first, until the journal is short. */
  async forget(): Promise<void> {
    const end = this.#file.octets;
    const held = this.#index.findIndex(({ from }) => from === this.#keptSerial);
    const last = held === -1 ? this.#index.length : held;
    const short = this.#index.findIndex(({ start }) => end - start <= JOURNAL_OCTETS_LEFT);
    const first = Math.min(last, short === -1 ? this.#index.length : short);
    const from = this.#index[first]?.start ?? end;
    await this.#noteSignatures(first);
    const moved = (await this.#file.forgetBefore(from)) - from;
    this.#index = this.#index.slice(first).map((entry) => ({ ...entry, start: entry.start + moved }));
    this.#octetsMax = JOURNAL_OCTETS_MAX;
  }

  /** Ends the journal: the zone file is the zone again. What was kept is moved out of the way, and its path returned. */
  async setAside(): Promise<string> {
    await this.#keeping;
    const aside = `${this.#journalPath}.aside`;
    await this.#noteSignatures(this.#index.length);
    await this.#file.setAside(aside);
    await rm(this.#keptPath, { force: true });
    await syncFolder(dirname(this.#keptPath));
    this.#fileEdition = null;
    this.#trouble = null;
    this.#isMoved = false;
    this.#index = [];
    this.#shown = [];
    this.history.clear();
    return aside;
  }

  /** What a person wants to see of it. */
  state(): object {
    return {
      zone: formatName(this.origin),
      octets: this.#file.octets,
      updates: this.#index.length,
      file: this.#journalPath,
      lastChanges: this.#shown.toReversed().map(describe),
    };
  }

  async close(): Promise<void> {
    await this.#keeping;
    await this.#file.close();
  }

  /** The kept zone comes before the first entry: an entry is of no use without it. */
  async #begin(base: Base): Promise<void> {
    const fileEdition = this.#fileEdition ?? base.fileEdition;
    await keepZone(this.#keptPath, { zone: base.zone, fileEdition }, this.#host.net);
    await this.#noteSignatures(this.#index.length);
    if (this.#isMoved) await this.#file.forgetBefore(this.#file.octets);
    this.#isMoved = false;
    this.#index = [];
    this.#fileEdition = fileEdition;
    this.#keptSerial = base.zone.soa.serial;
  }

  /** Notes the signatures of the first `count` entries, before these are forgotten. */
  #noteSignatures(count: number): Promise<void> {
    const forgotten = this.#index.slice(0, count).map(({ signature }) => signature);
    return this.#noted.note(forgotten, Math.floor(Date.now() / 1000));
  }

  #note(entry: JournalEntry, start: number): void {
    this.#index.push({ from: entry.difference.from, start, signature: entry.signature });
    this.history.push(entry.difference);
    this.#shown.push(entry);
    if (this.#shown.length > SHOWN_CHANGES_MAX) this.#shown.shift();
  }

  #sayCut(octets: number): void {
    this.#host.log.warn(
      `${this.#journalPath}: the last ${octets} octets were cut off: an update was being written that was never acknowledged, and no whole one is behind it`,
    );
  }

  async #moveAway(because: string): Promise<void> {
    this.#host.log.error(`${this.#journalPath} is left aside: ${because}`);
    await rename(this.#journalPath, `${this.#journalPath}.aside`);
  }
}

/** The kept zone after the entries that follow it. @throws Error where they do not lead on from it */
function replayed(kept: Zone, entries: readonly JournalEntry[]): Zone {
  const { serial } = kept.soa;
  const first = entries.findIndex(({ difference }) => difference.from === serial);
  const last = entries.at(-1);
  if (first === -1 && last !== undefined && last.difference.to !== serial) {
    throw new Error(`the journal does not lead on from serial ${serial}, which the kept zone has`);
  }
  let zone = kept;
  if (first !== -1) for (const { difference } of entries.slice(first)) zone = applyDifference(zone, difference);
  return zone;
}

function differenceMoved({ deleted, added, ...serials }: Difference, from: string, to: string): Difference {
  return {
    ...serials,
    deleted: deleted.map((record) => recordMoved(record, from, to)),
    added: added.map((record) => recordMoved(record, from, to)),
  };
}

function describe({ difference, at, signature }: JournalEntry): object {
  const { from, to, deleted, added } = difference;
  return {
    at: new Date(at).toISOString(),
    key: formatName(signature.key),
    ...{ from, to },
    deleted: deleted.slice(0, SHOWN_RECORDS_MAX).map(formatRecord),
    added: added.slice(0, SHOWN_RECORDS_MAX).map(formatRecord),
  };
}
