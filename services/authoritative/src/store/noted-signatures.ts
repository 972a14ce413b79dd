import { existsSync } from 'node:fs';
import { formatName, parseName } from '#shared/dns/name-text.ts';
import { replaceFile } from '#shared/host/durable-file.ts';
import { REMEMBERED_MAX } from '../protocol/replays.ts';
import type { Signature } from './journal-text.ts';
import { readText } from './zone-files.ts';

const LINE = /^([0-9a-f]+) (\d+) ([0-9a-f]+) (\S+)$/;

/**
 * The signatures of updates that a journal has forgotten while they were still good (RFC 8945, section 5.2.3): somebody may
 * have recorded them. One line for each, as in the journal: when it was made, its fudge, its MAC, the key.
 */
export class NotedSignatures {
  readonly #path: string;
  #all: readonly Signature[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  get all(): readonly Signature[] {
    return this.#all;
  }

  /** Reads what was noted. @throws Error where it is damaged */
  load(): void {
    if (!existsSync(this.#path)) return;
    const lines = readText(this.#path).split('\n').filter(Boolean);
    this.#all = lines.map((line, at) => {
      const [, timeSigned, fudge, mac, key] = LINE.exec(line) ?? [];
      if (key === undefined) {
        throw new Error(`${this.#path}:${at + 1} is no signature: remove the file once it is older than ten minutes`);
      }
      return { timeSigned: Number.parseInt(timeSigned!, 16), fudge: Number(fudge), mac: mac!, key: parseName(key) };
    });
  }

  /** Notes those of `forgotten` that are still good; they are on the disk when it resolves. */
  async note(forgotten: readonly Signature[], nowS: number): Promise<void> {
    const good = [...this.#all, ...forgotten].filter(({ timeSigned, fudge }) => timeSigned + fudge >= nowS);
    if (good.length === 0 && this.#all.length === 0) return;
    // One more than are remembered: who reads them sees that there were older ones, and believes nothing as old as those.
    this.#all = good.toSorted((one, other) => one.timeSigned - other.timeSigned).slice(-REMEMBERED_MAX - 1);
    await replaceFile(this.#path, this.#all.map(lineOf));
  }
}

function lineOf({ timeSigned, fudge, mac, key }: Signature): string {
  return `${timeSigned.toString(16)} ${fudge} ${mac} ${formatName(key)}\n`;
}
