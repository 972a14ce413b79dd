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
  readonly requestTimeMs: number;
  readonly responseTimeMs: number;
}

/** A stored response without its octets: they are the store's to hold. */
export interface StoredHead extends OriginResponse {
  /** Names this entry in the store. */
  readonly id: string;
  readonly key: string;
  /** The request's fields that Vary nominates, each with its value then; null where it had none (RFC 9111, section 4.1). */
  readonly selecting: readonly (readonly [name: string, value: string | null])[];
  readonly octets: number;
}

/** What the operator chose: to follow RFC 9111, or to ask the origin each time, as a first course tells it. */
export type Mode = 'freshness' | 'always-revalidate';

/** Safe methods change nothing at the origin (RFC 9110, section 9.2.1). */
export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'TRACE';
}
