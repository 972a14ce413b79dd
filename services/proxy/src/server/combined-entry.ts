import type { ByteRange } from '#shared/http/range.ts';
import type { EntryWriter, StoredBody } from '../store/response-store.ts';

/** Octets that are stored already, beside those of the new part. */
export interface Surrounding {
  readonly body: StoredBody;
  readonly range: ByteRange;
}

interface Parts {
  /** Whether the client wants all of the entry and not the new part alone. */
  readonly forClient: 'all' | 'part';
  readonly before: Surrounding | null;
  /** Octets of the new part. */
  readonly octets: number;
  readonly after: Surrounding | null;
}

/**
 * An entry that is filled with a new part and with what is stored before and after it, if anything (RFC 9111, section 3.4). To
 * who fills it, and to a client that asked for the part, it looks like the part alone.
 */
export class CombinedEntry implements EntryWriter {
  readonly body: StoredBody;
  readonly #entry: EntryWriter;
  readonly #parts: Parts;
  #begun = false;
  #octets = 0;

  constructor(entry: EntryWriter, parts: Parts) {
    this.#entry = entry;
    this.#parts = parts;
    const offset = parts.before === null ? 0 : parts.before.range.last - parts.before.range.first + 1;
    const end = parts.octets - 1;
    const part: StoredBody = {
      octets: parts.octets,
      memory: null,
      read: (first, last) => entry.body.read(offset + first, offset + Math.min(last, end)),
    };
    this.body = parts.forClient === 'all' ? entry.body : part;
  }

  async write(octets: Uint8Array): Promise<boolean> {
    this.#octets += octets.length;
    return (await this.#begin()) && this.#entry.write(octets);
  }

  async commit(): Promise<boolean> {
    // RFC 9110, section 14.4: a part that is not as long as it says is none that others may be given.
    const isAsLong = this.#octets === this.#parts.octets;
    if (isAsLong && (await this.#begin()) && (await this.#copy(this.#parts.after))) return this.#entry.commit();
    this.#entry.abandon();
    return false;
  }

  abandon(): void {
    this.#entry.abandon();
  }

  async #begin(): Promise<boolean> {
    if (this.#begun) return true;
    this.#begun = true;
    return this.#copy(this.#parts.before);
  }

  /** Whether all of it could be read and is still wanted. */
  async #copy(surrounding: Surrounding | null): Promise<boolean> {
    if (surrounding === null) return true;
    const source = surrounding.body.read(surrounding.range.first, surrounding.range.last);
    for (let octets = await source.read(); octets !== null; octets = await source.read()) {
      if (await this.#entry.write(octets)) continue;
      source.cancel();
      return false;
    }
    return true;
  }
}
