/** What a cache keeps of a response, and what it needs to know of a request (RFC 9111, sections 2 and 3). */

import type { Fields } from '#shared/http/fields.ts';

/** A request as the cache looks at it. */
export interface CacheRequest {
  readonly method: string;
  /** The target URI in one spelling: what responses are stored under. */
  readonly key: string;
  readonly fields: Fields;
  /** Whether a body follows: such a request is never answered from the cache. */
  readonly hasBody: boolean;
}

/** The head of a response from the origin, and when the exchange took place (lab time, in milliseconds). */
export interface OriginResponse {
  readonly status: number;
  readonly reason: string;
  readonly fields: Fields;
  /** The version by which it came, for Via; 1.1 where it is left out. */
  readonly httpVersion?: string;
  readonly requestTimeMs: number;
  readonly responseTimeMs: number;
}

/** A stored response without its octets: they are the store's to hold. */
export interface StoredHead extends OriginResponse {
  /** Names this entry in the store. */
  readonly id: string;
  readonly key: string;
  readonly selecting: Selecting;
  /** Other requests that the origin answered with this very version (RFC 9111, section 4.3.4). */
  readonly alsoSelectedBy?: readonly Selecting[];
  /** How many octets are stored; null while a body of unknown length is still coming. */
  readonly octets: number | null;
  /** Where the stored octets belong when they are not all of the representation (RFC 9111, section 3.3); null: they are. */
  readonly part: StoredPart | null;
}

/** The fields of a request that Vary nominates, each with its value; null where it had none (RFC 9111, section 4.1). */
export type Selecting = readonly (readonly [name: string, value: string | null])[];

/** A range of a representation that is stored alone. */
interface StoredPart {
  /** Place of the first stored octet. */
  readonly first: number;
  /** Length of the complete representation. */
  readonly complete: number;
}

/** What the operator chose: to follow RFC 9111, or to ask the origin each time, as a first course tells it. */
export type Mode = 'freshness' | 'always-revalidate';

/** Methods that are registered as safe: they change nothing at the origin (RFC 9110, sections 9.2.1 and 18.2). */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'REPORT', 'SEARCH']);

/** Whether the method is safe; one that nobody knows is not. */
export function isSafe(method: string): boolean {
  return SAFE_METHODS.has(method);
}
