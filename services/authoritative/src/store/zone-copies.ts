import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { recordsOfMasterFile } from '#shared/dns/master-file.ts';
import type { Name } from '#shared/dns/name.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { recordAsWritten } from '#shared/dns/record-in-lab.ts';
import { replaceFile } from '#shared/host/durable-file.ts';
import { buildZone, recordsOf, type Zone } from '../protocol/zone.ts';
import { inLab, readHead, readPieces } from './zone-files.ts';

/** A zone copied from a primary, and when the primary last confirmed it (lab time, milliseconds). */
export interface KeptCopy {
  readonly zone: Zone;
  readonly confirmedAt: number;
}

/**
 * The copies that a secondary keeps, so that it can start while its primary is away. A copy is a zone file like any
 * other, with the addresses of the plan, and is replaced as a whole.
 */
export class ZoneCopies {
  readonly #folder: string;
  readonly #net: string;

  constructor(stateDir: string, net: string) {
    this.#folder = join(stateDir, 'copies');
    this.#net = net;
  }

  /** The copy of the zone `origin`, or undefined where there is none. @throws Error where it cannot be read */
  load(origin: Name): KeptCopy | undefined {
    const path = this.#pathOf(origin);
    if (!existsSync(path)) return undefined;
    const confirmedAt = Number(/^; confirmed (\d+)$/.exec(readHead(path)[0] ?? '')?.[1] ?? 0);
    const placed = recordsOfMasterFile({ text: readPieces(path), file: path }, origin, () => {
      throw new Error('a copy includes nothing');
    });
    return { zone: buildZone(origin, inLab(placed, this.#net), path), confirmedAt };
  }

  async save({ zone, confirmedAt }: KeptCopy): Promise<void> {
    const path = this.#pathOf(zone.origin);
    await replaceFile(path, this.#linesOf(zone, confirmedAt));
  }

  *#linesOf(zone: Zone, confirmedAt: number): Generator<string> {
    yield `; confirmed ${Math.trunc(confirmedAt)}\n`;
    for (const record of recordsOf(zone)) yield `${formatRecord(recordAsWritten(record, this.#net))}\n`;
  }

  #pathOf(origin: Name): string {
    const name = origin.length === 0 ? 'root' : encodeURIComponent(formatHostname(origin).toLowerCase());
    return join(this.#folder, `${name}.zone`);
  }
}
