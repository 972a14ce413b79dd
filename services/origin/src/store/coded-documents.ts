import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib';
import type { EntityTag } from '#shared/http/entity-tag.ts';
import type { ContentCoding } from '../protocol/choose-coding.ts';
import { entityTagOf, type OpenDocument } from './documents.ts';

/** Longest document that is coded, in octets: it is in memory as a whole meanwhile. */
export const CODED_OCTETS_MAX = 1024 * 1024;
/** Octets of coded documents that are kept for the next request. */
const KEPT_OCTETS_MAX = 4 * 1024 * 1024;

/** A document in a coding: other octets, so another representation with a tag of its own (RFC 9110, section 8.8.3.3). */
export interface CodedDocument {
  readonly octets: Buffer;
  readonly etag: EntityTag;
}

const CODERS: Readonly<Record<ContentCoding, (octets: Buffer) => Promise<Buffer>>> = {
  // Quality 5 takes a tenth of the time of the highest, and is within a tenth of its length.
  br: (octets) => promisify(brotliCompress)(octets, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  zstd: (octets) => promisify(zstdCompress)(octets),
  gzip: (octets) => promisify(gzip)(octets),
};

/** Codes documents, each version once while there is room; the least recently asked makes room. */
export class CodedDocuments {
  readonly #kept = new Map<string, Promise<CodedDocument>>();
  #octets = 0;

  /** Reads and codes a document; its handle stays the caller's. */
  async code(document: OpenDocument, coding: ContentCoding): Promise<CodedDocument> {
    const key = `${coding} ${document.etag.opaque}`;
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known;
    }
    const coded = make(document, coding);
    this.#kept.set(key, coded);
    try {
      this.#octets += (await coded).octets.length;
      await this.#makeRoom();
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
    return coded;
  }

  async #makeRoom(): Promise<void> {
    while (this.#octets > KEPT_OCTETS_MAX) {
      const [key, oldest] = this.#kept.entries().next().value!;
      this.#kept.delete(key);
      // One that failed took no room.
      this.#octets -= (await oldest.catch(() => null))?.octets.length ?? 0;
    }
  }
}

async function make(document: OpenDocument, coding: ContentCoding): Promise<CodedDocument> {
  const plain = Buffer.alloc(document.octets);
  await document.handle.read(plain, 0, plain.length, 0);
  const octets = await CODERS[coding](plain);
  return { octets, etag: entityTagOf(createHash('sha256').update(octets).digest()) };
}
