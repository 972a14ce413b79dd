import { existsSync, type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { nameKey } from '#shared/dns/name.ts';
import { formatHostname, formatName } from '#shared/dns/name-text.ts';
import { type Edition, judgeEdition, type Verdict } from '../protocol/edition.ts';
import { notifySetOf } from '../protocol/notify.ts';
import type { Zone } from '../protocol/zone.ts';
import type { Editions } from './editions.ts';
import { listZoneFiles, readZoneFile, type ZoneFile } from './zone-files.ts';
import type { ZoneTable } from './zone-table.ts';

/** How long a folder must be quiet before its files are read again, in milliseconds: editors write in several steps. */
const QUIET_MS = 100;

/** What a reload did with one zone, in a sentence. */
export interface Reloaded {
  readonly zone: string;
  readonly result: string;
}

/** What these zones need of their host. */
interface FilesHost {
  readonly dir: string;
  readonly net: string;
  readonly address: string;
  readonly log: Logger;
}

/** An edition of a zone that its other servers do not know yet. */
export interface NewEdition {
  readonly zone: Zone;
  readonly edition: Edition;
  readonly because: string;
}

/** The zones that a host serves from its own files, read again when the files change. */
export class PrimaryZones {
  readonly #host: FilesHost;
  readonly #table: ZoneTable;
  readonly #editions: Editions;
  readonly #onNewEdition: (news: NewEdition) => void;
  #files: ZoneFile[] = [];
  #watcher: FSWatcher | undefined;
  #quiet: NodeJS.Timeout | undefined;

  constructor(host: FilesHost, table: ZoneTable, editions: Editions, onNewEdition: (news: NewEdition) => void) {
    this.#host = host;
    this.#table = table;
    this.#editions = editions;
    this.#onNewEdition = onNewEdition;
  }

  /** Reads all files. @throws ZoneFileError for the first that is refused */
  load(): void {
    this.#files = listZoneFiles(this.#host.dir);
    for (const zoneFile of this.#files) {
      this.#table.put(readZoneFile(zoneFile, this.#host.net), 'primary', zoneFile.file);
    }
  }

  /** Tells the other servers what they do not know yet, and reads the files again from now on when they change. */
  start(): void {
    for (const { origin } of this.#files) {
      const zone = this.#table.zones.get(nameKey(origin));
      if (zone !== undefined) this.#judge(zone, true);
    }
    this.#watch();
  }

  stop(): void {
    clearTimeout(this.#quiet);
    this.#watcher?.close();
  }

  /** Reads all files again. A file that is refused leaves the zone as it was, and says so in health and log. */
  reload(): Reloaded[] {
    const files = listZoneFiles(this.#host.dir);
    const gone = this.#files.filter(({ origin }) => !files.some((file) => nameKey(file.origin) === nameKey(origin)));
    for (const { origin } of gone) this.#table.remove(origin);
    this.#files = files;
    return [
      ...gone.map(({ origin, file }) => ({ zone: formatName(origin), result: `removed: there is no ${file}` })),
      ...files.map((file) => this.#reloadFile(file)),
    ];
  }

  #reloadFile(zoneFile: ZoneFile): Reloaded {
    const zone = formatName(zoneFile.origin);
    const before = this.#table.zones.get(nameKey(zoneFile.origin));
    try {
      const after = readZoneFile(zoneFile, this.#host.net);
      this.#table.put(after, 'primary', zoneFile.file);
      return { zone, result: this.#judge(after, false).because };
    } catch (error) {
      const result = `${before === undefined ? 'not served' : 'the old zone is still served'}: ${(error as Error).message}`;
      if (before === undefined) this.#table.expect(zoneFile.origin, 'primary', zoneFile.file);
      this.#table.note(zoneFile.origin, result);
      this.#host.log.error({ zone }, result);
      return { zone, result };
    }
  }

  /** Publishes `zone` if it is a new edition; says so where a person forgot to make it one. */
  #judge(zone: Zone, isStart: boolean): Verdict {
    const { origin } = zone;
    const edition = this.#editions.editionOf(zone);
    const others = notifySetOf(zone, this.#host.address);
    const hasOtherServers = others.targets.length + others.elsewhere.length > 0;
    const published = this.#editions.published(origin);
    const verdict = judgeEdition({ edition, published, isStart, hasOtherServers });
    switch (verdict.kind) {
      case 'notify':
        this.#editions.publish(origin, edition);
        this.#host.log.info(`${formatHostname(origin)}: ${verdict.because}`);
        this.#onNewEdition({ zone, edition, because: verdict.because });
        break;
      case 'published':
        this.#editions.publish(origin, edition);
        this.#editions.keepTold(origin, edition);
        break;
      case 'not-raised':
        this.#table.note(origin, verdict.because);
        this.#host.log.warn(`${formatHostname(origin)}: ${verdict.because}`);
    }
    return verdict;
  }

  #watch(): void {
    const folder = join(this.#host.dir, 'zones');
    if (!existsSync(folder)) return;
    this.#watcher = watch(folder, { persistent: false }, () => {
      clearTimeout(this.#quiet);
      this.#quiet = setTimeout(() => {
        this.reload();
      }, QUIET_MS);
    });
    // A folder that cannot be watched (some mounts) is read by the action "reload".
    this.#watcher.on('error', (error) => this.#host.log.warn(`Zone files are not watched: ${error.message}`));
  }
}
