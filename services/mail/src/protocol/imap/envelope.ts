/** ENVELOPE: RFC 3501, section 7.4.2: the header fields of a message that people look at, parsed. */
import type { HeaderField } from '../header-section.ts';
import { type AddressStructure, parseAddressStructures } from './address-structure.ts';
import { rawValueOf } from './entity.ts';
import { formatNstring } from './response.ts';

const NAMES: ReadonlySet<string> = new Set([
  ...['date', 'subject', 'from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'in-reply-to', 'message-id'],
]);

export function formatEnvelope(fields: readonly HeaderField[]): string {
  const values = firstValues(fields);
  return formatEnvelopeOf((name) => values.get(name));
}

/** @param firstValue the value of the first field of a name in small letters, as `rawValueOf` gives it */
export function formatEnvelopeOf(firstValue: (name: string) => string | undefined): string {
  const text = (name: string) => formatNstring(firstValue(name) ?? null);
  const addresses = (name: string) => {
    const value = firstValue(name);
    return value === undefined ? [] : parseAddressStructures(value);
  };
  // Without Sender or Reply-To, or with an empty one, From stands there.
  const formattedFrom = formatAddresses(addresses('from'));
  const orFrom = (name: string) => {
    const own = addresses(name);
    return own.length === 0 ? formattedFrom : formatAddresses(own);
  };
  const people = [formattedFrom, orFrom('sender'), orFrom('reply-to')];
  const receivers = ['to', 'cc', 'bcc'].map((name) => formatAddresses(addresses(name)));
  return `(${[text('date'), text('subject'), ...people, ...receivers, text('in-reply-to'), text('message-id')].join(' ')})`;
}

/** The first field of each name is the one that counts. */
function firstValues(fields: readonly HeaderField[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const field of fields) {
    const name = field.name.toLowerCase();
    if (NAMES.has(name) && !values.has(name)) values.set(name, rawValueOf(field));
  }
  return values;
}

function formatAddresses(addresses: readonly AddressStructure[]): string {
  if (addresses.length === 0) return 'NIL';
  const each = addresses.map(({ name, adl, mailbox, host }) => [name, adl, mailbox, host].map(formatNstring).join(' '));
  return `(${each.map((address) => `(${address})`).join('')})`;
}
