import { existsSync, type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { nameKey } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { isNewerSerial } from '#shared/dns/serial.ts';
import { listZoneFiles, readZoneFile, type ZoneFile } from './zone-files.ts';
import type { ZoneTable } from './zone-table.ts';

/** How long a folder must be quiet before its files are read again, in milliseconds: editors write in several steps. */
const QUIET_MS = 100;

/** What a reload did with one zone, in a sentence. */
export interface Reloaded {
  readonly zone: string;
  readonly result: string;
}

/** The zones that a host serves from its own files, read again when the files change. */
export class PrimaryZones {
  readonly #host: { readonly dir: string; readonly net: string; readonly log: Logger };
  readonly #table: ZoneTable;
  #files: ZoneFile[] = [];
  #watcher: FSWatcher | undefined;
  #quiet: NodeJS.Timeout | undefined;

  constructor(host: { readonly dir: string; readonly net: string; readonly log: Logger }, table: ZoneTable) {
    this.#host = host;
    this.#table = table;
  }

  /** Reads all files. @throws ZoneFileError for the first that is refused */
  start(): void {
    this.#files = listZoneFiles(this.#host.dir);
    for (const zoneFile of this.#files) {
      this.#table.put(readZoneFile(zoneFile, this.#host.net), 'primary', zoneFile.file);
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
      if (before === undefined) return { zone, result: `serial ${after.soa.serial}, new` };
      if (isNewerSerial(after.soa.serial, before.soa.serial))
        return { zone, result: `serial ${after.soa.serial}, newer` };
      return { zone, result: `serial ${after.soa.serial}: where it does not rise, secondaries keep the old zone` };
    } catch (error) {
      const result = `${before === undefined ? 'not served' : 'the old zone is still served'}: ${(error as Error).message}`;
      if (before === undefined) this.#table.expect(zoneFile.origin, 'primary', zoneFile.file);
      this.#table.note(zoneFile.origin, result);
      this.#host.log.error({ zone }, result);
      return { zone, result };
    }
  }

  #watch(): void {
    const folder = join(this.#host.dir, 'zones');
    if (!existsSync(folder)) return;
    this.#watcher = watch(folder, { persistent: false }, () => {
      clearTimeout(this.#quiet);
      this.#quiet = setTimeout(() => {
        for (const { zone, result } of this.reload()) this.#host.log.info({ zone }, result);
      }, QUIET_MS);
    });
    // A folder that cannot be watched (some mounts) is read by the action "reload".
    this.#watcher.on('error', (error) => this.#host.log.warn(`Zone files are not watched: ${error.message}`));
  }
}
