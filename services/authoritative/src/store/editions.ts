import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type Name, nameKey } from '#shared/dns/name.ts';
import { formatName, parseName } from '#shared/dns/name-text.ts';
import type { Edition } from '../protocol/edition.ts';
import type { Zone } from '../protocol/zone.ts';
import { digestOf } from '../protocol/zone-digest.ts';
import { readText } from './zone-files.ts';

const DIGEST = /^[0-9a-f]{16}$/;

/** What a primary keeps its editions for: where it is, and where it can say that it could not. */
interface Keeper {
  readonly stateDir: string;
  readonly net: string;
  readonly log: Logger;
}

/**
 * The editions of a primary's zones: which one is published, and which one the other servers have been told of. The second
 * outlives the program (file `told`: zone, serial, digest), so that a change made while it was away is told at its start.
 */
export class Editions {
  readonly #keeper: Keeper;
  readonly #path: string;
  readonly #published = new Map<string, Edition>();
  readonly #told = new Map<string, { readonly origin: Name; readonly edition: Edition }>();
  #saving: Promise<void> = Promise.resolve();
  #willSave = false;

  constructor(keeper: Keeper) {
    this.#keeper = keeper;
    this.#path = join(keeper.stateDir, 'told');
  }

  /** Reads what earlier runs told; a file that cannot be read counts as none. */
  load(): void {
    if (!existsSync(this.#path)) return;
    try {
      for (const line of readText(this.#path).split('\n').filter(Boolean)) this.#loadLine(line);
    } catch (error) {
      this.#keeper.log.warn(`${this.#path} is left aside: ${(error as Error).message}`);
    }
  }

  #loadLine(line: string): void {
    const [zone, serial, digest] = line.split(' ');
    // A digest of another form is of an earlier version of this program, and says nothing.
    if (zone === undefined || !DIGEST.test(digest ?? '') || !/^\d{1,10}$/.test(serial ?? '')) return;
    const origin = parseName(zone);
    const edition = { serial: Number(serial), digest: digest! };
    this.#published.set(nameKey(origin), edition);
    this.#told.set(nameKey(origin), { origin, edition });
  }

  /** The edition that the other servers know or are being told of. */
  published(origin: Name): Edition | undefined {
    return this.#published.get(nameKey(origin));
  }

  publish(origin: Name, edition: Edition): void {
    this.#published.set(nameKey(origin), edition);
  }

  /** Keeps that the other servers were told of this edition, as far as they could be reached. */
  keepTold(origin: Name, edition: Edition): void {
    this.#told.set(nameKey(origin), { origin, edition });
    if (this.#willSave) return;
    this.#willSave = true;
    this.#saving = this.#saving
      .then(() => this.#save())
      .catch((error: Error) => this.#keeper.log.warn(`Cannot keep ${this.#path}: ${error.message}`));
  }

  /** Resolves when what was told is kept. */
  close(): Promise<void> {
    return this.#saving;
  }

  async #save(): Promise<void> {
    this.#willSave = false;
    const lines = [...this.#told.values()].map(
      ({ origin, edition: { serial, digest } }) => `${formatName(origin)} ${serial} ${digest}\n`,
    );
    await mkdir(this.#keeper.stateDir, { recursive: true });
    await writeFile(`${this.#path}.new`, lines.join(''));
    await rename(`${this.#path}.new`, this.#path);
  }

  /** The edition that `zone` is; its digest is that of the records as files have them, on whatever network the lab is. */
  editionOf(zone: Zone): Edition {
    const digest = digestOf(zone, this.#keeper.net);
    return { serial: zone.soa.serial, digest };
  }
}
