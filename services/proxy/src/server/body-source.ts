import type { Fields } from '#shared/http/fields.ts';

/** A body as it comes, pulled: who reads slowly slows the sender. */
export interface BodySource {
  /** Octets that were promised; null when that is unknown (chunked, until close). */
  readonly length: number | null;
  /** The next octets, null at the end; one call at a time. @throws BodyBroken */
  read(): Promise<Uint8Array | null>;
  /** Trailer fields, once the end has come; those that may not be there are already dropped (RFC 9110, section 6.5.1). */
  readonly trailers: Fields;
  /** The rest is not wanted. */
  cancel(): void;
}

/** The sender broke off, or what it sent is no body of the framing that it had announced. */
export class BodyBroken extends Error {
  override readonly name = 'BodyBroken';
}

/** Octets that are all here, as a body. */
export function memoryBody(octets: Uint8Array): BodySource {
  let rest: Uint8Array | null = octets.length === 0 ? null : octets;
  return {
    length: octets.length,
    trailers: [],
    read: () => {
      const given = rest;
      rest = null;
      return Promise.resolve(given);
    },
    cancel: () => {
      rest = null;
    },
  };
}
