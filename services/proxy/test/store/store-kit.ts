import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fields, fieldValue } from '#shared/http/fields.ts';
import type { StoredHead } from '../../src/protocol/stored-response.ts';
import type { BodySource } from '../../src/server/body-source.ts';
import { openStore, type StorePlan } from '../../src/store/open-store.ts';
import type { TieredStore } from '../../src/store/tiered-store.ts';

/** Stores in folders of their own, and what they said. */
export class StoreKit {
  readonly said: string[] = [];
  #folders: string[] = [];
  #stores: TieredStore[] = [];

  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'topdown-store-'));
    this.#folders.push(folder);
    return folder;
  }

  open(given: Partial<StorePlan> = {}): TieredStore {
    const plan = {
      memoryOctetsMax: 1_000_000,
      objectOctetsMax: 2_000_000,
      diskOctetsMax: 10_000_000,
      diskEntriesMax: 1_000,
    };
    const say = (text: string) => this.said.push(text);
    const store = openStore({ ...plan, stateDir: given.stateDir ?? this.folder(), ...given }, { warn: say, info: say });
    this.#stores.push(store);
    return store;
  }

  async end(): Promise<void> {
    this.said.length = 0;
    for (const store of this.#stores.splice(0)) await store.close();
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  }
}

export function head(id: string, key = 'http://a/', by: Fields = [], octets: number | null = 3): StoredHead {
  return {
    ...{ id, key, octets, part: null, status: 200, reason: 'OK', requestTimeMs: 0, responseTimeMs: 0 },
    fields: [['Vary', 'L']],
    selecting: [['l', fieldValue(by, 'L') ?? null]],
  };
}

export async function put(store: TieredStore, id: string, key?: string, by?: Fields, body: string | Buffer = 'abc') {
  const stored = head(id, key, by, body.length);
  const entry = store.begin(stored, store.removals(stored.key));
  await entry.write(Buffer.from(body));
  return entry.commit();
}

/** All that a body has. @throws BodyBroken */
export async function readAll(body: BodySource): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (let piece = await body.read(); piece !== null; piece = await body.read()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The octets of an entry; null when it is not there. */
export async function bodyOf(store: TieredStore, id: string, key = 'http://a/'): Promise<Buffer | null> {
  await store.heads(key);
  const opened = await store.open(id);
  return opened === null ? null : readAll(opened.read(0, Infinity));
}

/** The files of the entries in a store's folder. */
export function objectFiles(stateDir: string): string[] {
  const objects = join(stateDir, 'cache', 'objects');
  return readdirSync(objects, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name));
}

/** Octets that are not all the same, so that a torn or shifted body shows. */
export function pattern(octets: number, seed = 1): Buffer {
  const body = Buffer.alloc(octets);
  for (let at = 0; at < octets; at += 1) body[at] = (at * 31 + (at >>> 8) * 7 + seed) & 0xff;
  return body;
}
