/**
 * How an exchange is named to the next host, so that the observatory can draw what caused what. Each protocol has a
 * place for it that others ignore: an HTTP field, an EDNS option from the range for local use (RFC 6891, section 9), a
 * header field of a message. A host that receives none starts a new exchange.
 */

/** HTTP field and message header field that carry an exchange. */
export const EXCHANGE_FIELD = 'Lab-Exchange';

/** EDNS option code that carries an exchange, from the range for local use 65001-65534 (RFC 6891, section 9). */
export const EXCHANGE_OPTION_CODE = 65053;

/** Longest exchange that a host takes over from another; longer or stranger ones are ignored. */
export const EXCHANGE_LENGTH_MAX = 64;

/** The exchange in `text` if it has the form of one, otherwise undefined. */
export function parseExchange(text: string | undefined): string | undefined {
  if (text === undefined || text.length > EXCHANGE_LENGTH_MAX) return undefined;
  return /^[a-z0-9-]+\.[a-z0-9]+$/.test(text) ? text : undefined;
}
