/** Limits of an HTTP/1.1 server of the lab, as Node's server takes them; measured, see the comments. */

import { HEADER_OCTETS_MAX } from './request-guard.ts';

/** A client that sends no complete header section in this time gets 408: half-open and slow clients hold no place. */
const HEADERS_TIMEOUT_MS = 5_000;
/** The same for the whole request with its body. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** How often Node looks for clients that are too slow; its own 30 s would let them stay that long. */
const SLOW_CLIENT_CHECK_MS = 250;
/** Connections of clients at once; a browser opens six. */
export const CONNECTIONS_MAX = 2_000;
/** How long a refused client may take to read its answer before the connection is cut, in milliseconds. */
export const LINGER_MS = 1_000;

/** The options of `http.createServer`. The Host field is checked by `guardRequest`, which gives a reason. */
export const SERVER_OPTIONS = {
  requireHostHeader: false,
  insecureHTTPParser: false,
  maxHeaderSize: HEADER_OCTETS_MAX,
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  connectionsCheckingInterval: SLOW_CLIENT_CHECK_MS,
  noDelay: true,
} as const;
