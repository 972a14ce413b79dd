/**
 * The EDNS option in which the lab's own programs name the exchange that a query belongs to (see shared/exchange.ts): the
 * exchange, and after a blank the one that caused it. Other servers do not know the option and ignore it (RFC 6891,
 * section 6.1.2).
 */
import { EXCHANGE_LENGTH_MAX, EXCHANGE_OPTION_CODE, parseExchange } from '../exchange.ts';
import type { EdnsOption, Message } from './message.ts';
import { octetString, octetsOf } from './octets.ts';

/** The exchange of a query and its cause, as far as it says. */
export interface CarriedExchange {
  readonly exchange: string | undefined;
  readonly cause: string | undefined;
}

export function exchangeOption(exchange: string, cause: string | undefined): EdnsOption {
  return { code: EXCHANGE_OPTION_CODE, data: octetsOf(cause === undefined ? exchange : `${exchange} ${cause}`) };
}

/** What the option of `query` says; strange contents are ignored. */
export function exchangeOf(query: Message): CarriedExchange {
  const option = query.edns?.options.find(({ code }) => code === EXCHANGE_OPTION_CODE);
  if (option === undefined || option.data.length > 2 * EXCHANGE_LENGTH_MAX + 1)
    return { exchange: undefined, cause: undefined };
  const [exchange, cause] = octetString(option.data).split(' ');
  return { exchange: parseExchange(exchange), cause: parseExchange(cause) };
}
