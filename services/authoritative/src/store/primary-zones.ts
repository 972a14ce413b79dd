import { existsSync, type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import { type Name, nameKey } from '#shared/dns/name.ts';
import { formatHostname, formatName } from '#shared/dns/name-text.ts';
import type { Difference } from '../protocol/difference.ts';
import type { Verdict } from '../protocol/edition.ts';
import { judgeFile } from '../protocol/file-or-journal.ts';
import type { Zone } from '../protocol/zone.ts';
import type { Editions } from './editions.ts';
import type { JournalDisk } from './journal-file.ts';
import type { JournalEntry, Signature } from './journal-text.ts';
import type { FileEdition } from './kept-zone.ts';
import { OneAtATime } from './one-at-a-time.ts';
import type { Publisher } from './publisher.ts';
import { isUnchanged, listZoneFiles, readZoneFile, type ZoneFile } from './zone-files.ts';
import { type JournalHost, ZoneJournal } from './zone-journal.ts';
import type { ZoneTable } from './zone-table.ts';

/** How long a folder must be quiet before its files are read again, in milliseconds: editors write in several steps. */
const QUIET_MS = 100;
/** Pause from an update to the NOTIFY about it, in milliseconds: one for all that come meanwhile. */
const NOTIFY_PAUSE_MS = 100;
/** The digest of a zone that updates have changed, whatever it holds: there its serial says all. */
const UPDATED = '0'.repeat(16);

/** What a reload did with one zone, in a sentence. */
export interface Reloaded {
  readonly zone: string;
  readonly result: string;
}

/** What these zones need of their host. */
interface FilesHost extends JournalHost {
  readonly dir: string;
}

/** A zone of a file: the file, what it said when it was last read, and what updates have made of it. */
interface Primary {
  readonly zoneFile: ZoneFile;
  readonly journal: ZoneJournal;
  fileEdition: FileEdition;
  /** Which of file and journal is the zone, where there are both. */
  verdict: string | null;
  /** Why the file is not, where a person has just edited it. */
  trouble: string | null;
  notifyTimer: NodeJS.Timeout | undefined;
}

/** What a zone file says; `zone` is null where it is as it was, and was not read. */
interface FileNow {
  readonly edition: FileEdition;
  readonly zone: Zone | null;
}

/** The zones that a host serves from its own files and from updates; the files are read again when they change. */
export class PrimaryZones {
  readonly #host: FilesHost;
  readonly #table: ZoneTable;
  readonly #editions: Editions;
  readonly #publisher: Publisher;
  readonly #disk: JournalDisk | undefined;
  readonly #primaries = new Map<string, Primary>();
  readonly #tasks = new OneAtATime();
  #files: ZoneFile[] = [];
  #watcher: FSWatcher | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(host: FilesHost, table: ZoneTable, editions: Editions, publisher: Publisher, disk?: JournalDisk) {
    this.#host = host;
    this.#table = table;
    this.#editions = editions;
    this.#publisher = publisher;
    this.#disk = disk;
  }

  /** Reads all files and journals, and returns the signatures of updates. @throws ZoneFileError for the first file that is refused */
  async load(): Promise<Signature[]> {
    this.#files = listZoneFiles(this.#host.dir);
    const signatures: Signature[] = [];
    for (const zoneFile of this.#files) {
      const { primary, file, updated } = await this.#open(zoneFile);
      for (const signature of primary.journal.signatures) signatures.push(signature);
      if (updated === undefined) this.#put(primary, file.zone!);
      else await this.#choose(primary, file, updated, true);
    }
    return signatures;
  }

  /** Tells the other servers what they do not know yet, and reads the files again from now on when they change. */
  start(): void {
    for (const { origin } of this.#files) {
      const primary = this.#primaries.get(nameKey(origin));
      const zone = this.#table.zones.get(nameKey(origin));
      if (primary !== undefined && zone !== undefined) this.#publish(primary, zone, true);
    }
    this.#watch();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#quiet);
    this.#watcher?.close();
    await this.#tasks.idle();
    for (const { journal, notifyTimer } of this.#primaries.values()) {
      clearTimeout(notifyTimer);
      await journal.close();
    }
  }

  /** Runs `task` when nothing else changes the zone `origin`. */
  alone<Value>(origin: Name, task: () => Promise<Value>): Promise<Value> {
    return this.#tasks.run(nameKey(origin), task);
  }

  /** What led from the edition `serial` of a zone to the present one, as far as it is known. */
  readonly historyOf = (origin: Name, serial: number): readonly Difference[] | undefined =>
    this.#primaries.get(nameKey(origin))?.journal.history.since(serial);

  /** Keeps what updates made of the zone `before`, and then serves `after`; to be called `alone`. */
  async keepUpdates(before: Zone, after: Zone, entries: readonly JournalEntry[]): Promise<void> {
    const primary = this.#primaries.get(nameKey(before.origin))!;
    const { journal, fileEdition } = primary;
    await journal.append(entries, { zone: before, fileEdition });
    this.#put(primary, after);
    primary.notifyTimer ??= setTimeout(() => {
      primary.notifyTimer = undefined;
      const zone = this.#table.zones.get(nameKey(before.origin));
      if (zone !== undefined) this.#publish(primary, zone, false);
    }, NOTIFY_PAUSE_MS);
    if (journal.isLong) this.#shorten(primary, after);
  }

  /** Reads all files again. A file that is refused leaves the zone as it was, and says so in health and log. */
  async reload(): Promise<Reloaded[]> {
    const files = listZoneFiles(this.#host.dir);
    const gone = this.#files.filter(({ origin }) => !files.some((file) => nameKey(file.origin) === nameKey(origin)));
    this.#files = files;
    for (const { origin } of gone) await this.alone(origin, () => this.#close(origin));
    const results = gone.map(({ origin, file }) => ({
      zone: formatName(origin),
      result: `removed: there is no ${file}`,
    }));
    for (const file of files) results.push(await this.alone(file.origin, () => this.#reloadFile(file)));
    return results;
  }

  /** Why updates are not taken, or a file not read; null where all is in order. */
  trouble(): string | null {
    for (const { journal } of this.#primaries.values()) if (journal.trouble !== null) return journal.trouble;
    return null;
  }

  /** The journals of the zones that have been changed by updates. */
  journals(): object[] {
    const changed = [...this.#primaries.values()].filter(({ journal }) => journal.fileEdition !== null);
    return changed.map(({ journal, verdict }) => ({ ...journal.state(), verdict }));
  }

  async #reloadFile(zoneFile: ZoneFile): Promise<Reloaded> {
    const zone = formatName(zoneFile.origin);
    const before = this.#table.zones.get(nameKey(zoneFile.origin));
    try {
      const known = this.#primaries.get(nameKey(zoneFile.origin));
      const { primary, file, updated } =
        known === undefined || before === undefined ? await this.#open(zoneFile) : this.#reopen(known, before);
      if (updated !== undefined) return { zone, result: await this.#choose(primary, file, updated, false) };
      primary.fileEdition = file.edition;
      primary.trouble = null;
      const after = file.zone ?? before!;
      this.#put(primary, after);
      return { zone, result: this.#publish(primary, after, false).because };
    } catch (error) {
      const result = `${before === undefined ? 'not served' : 'the old zone is still served'}: ${(error as Error).message}`;
      if (before === undefined) this.#table.expect(zoneFile.origin, 'primary', zoneFile.file);
      this.#table.note(zoneFile.origin, result);
      this.#host.log.error({ zone }, result);
      return { zone, result };
    }
  }

  /** Reads the journal of a zone, and its file; `updated` is what updates have led to. */
  async #open(zoneFile: ZoneFile) {
    const journal = new ZoneJournal(zoneFile.origin, this.#host, this.#disk);
    const updated = await this.#loadJournal(journal);
    const file = this.#readFile(zoneFile, journal.fileEdition);
    const fileEdition = file.edition;
    const primary: Primary = { zoneFile, journal, fileEdition, verdict: null, trouble: null, notifyTimer: undefined };
    this.#primaries.set(nameKey(zoneFile.origin), primary);
    return { primary, file, updated };
  }

  /** The same for a zone that is served, as `zone`. */
  #reopen(primary: Primary, zone: Zone) {
    const { zoneFile, journal, fileEdition } = primary;
    const file = this.#readFile(zoneFile, journal.fileEdition ?? fileEdition);
    return { primary, file, updated: journal.fileEdition === null ? undefined : zone };
  }

  /** Reads a zone file, unless it is as it was when it said `known`: a million names take their time. */
  #readFile(zoneFile: ZoneFile, known: FileEdition | null): FileNow {
    if (known !== null && isUnchanged(zoneFile, known.sources)) return { edition: known, zone: null };
    const { zone, sources } = readZoneFile(zoneFile, this.#host.net);
    return { edition: { ...this.#editions.editionOf(zone), sources }, zone };
  }

  async #close(origin: Name): Promise<void> {
    const primary = this.#primaries.get(nameKey(origin));
    this.#primaries.delete(nameKey(origin));
    this.#table.remove(origin);
    clearTimeout(primary?.notifyTimer);
    await primary?.journal.close();
  }

  async #loadJournal(journal: ZoneJournal): ReturnType<ZoneJournal['load']> {
    try {
      return await journal.load();
    } catch (error) {
      // What was acknowledged must not be passed over in silence: a person takes the journal away, or mends it.
      const what = `The updates of ${formatName(journal.origin)} cannot be read: ${(error as Error).message}`;
      throw new Error(`${what}. To do without all of them, move the folder journal of ${this.#host.stateDir} away`);
    }
  }

  /** Serves the file or what updates have led to, `updated`, and says which. */
  async #choose(primary: Primary, file: FileNow, updated: Zone, isStart: boolean): Promise<string> {
    const { zoneFile, journal } = primary;
    primary.fileEdition = file.edition;
    const { kind, because } = judgeFile(primary.fileEdition, journal.fileEdition!, updated.soa.serial);
    primary.verdict = kind === 'file-wins' ? `${because} in ${await journal.setAside()}` : because;
    // Nothing is missing from the zone. At a start nobody waits for what he has just written to be read: log and state say it.
    primary.trouble = kind === 'journal-wins' && !isStart ? because : null;
    if (kind === 'same-file') journal.knowFile(file.edition);
    const zone = kind === 'file-wins' ? file.zone! : updated;
    this.#put(primary, zone);
    this.#host.log[kind === 'journal-wins' ? 'warn' : 'info'](`${formatHostname(zoneFile.origin)}: ${primary.verdict}`);
    if (kind === 'file-wins' && !isStart) this.#publish(primary, zone, false);
    return primary.verdict;
  }

  #publish({ journal, fileEdition }: Primary, zone: Zone, isStart: boolean): Verdict {
    const isUpdated = journal.fileEdition !== null;
    return this.#publisher.publish(
      zone,
      isUpdated ? { serial: zone.soa.serial, digest: UPDATED } : fileEdition,
      isStart,
    );
  }

  #put({ zoneFile, trouble }: Primary, zone: Zone): void {
    this.#table.put(zone, 'primary', zoneFile.file);
    if (trouble !== null) this.#table.note(zone.origin, trouble);
  }

  /** Keeps the zone anew while updates go on, and then forgets the older half of the journal. */
  #shorten({ journal }: Primary, zone: Zone): void {
    journal
      .keep(zone)
      .then(() => this.alone(zone.origin, () => journal.forget()))
      .catch((error: Error) =>
        this.#host.log.warn(`The journal of ${formatName(zone.origin)} stays long: ${error.message}`),
      );
  }

  #watch(): void {
    const folder = join(this.#host.dir, 'zones');
    if (!existsSync(folder)) return;
    this.#watcher = watch(folder, { persistent: false }, () => {
      clearTimeout(this.#quiet);
      this.#quiet = setTimeout(() => {
        if (this.#isStopped) return;
        this.reload().catch((error: Error) => this.#host.log.error({ err: error }, 'the zone files could not be read'));
      }, QUIET_MS);
    });
    // A folder that cannot be watched (some mounts) is read by the action "reload".
    this.#watcher.on('error', (error) => this.#host.log.warn(`Zone files are not watched: ${error.message}`));
  }
}
