/** ENVELOPE: RFC 3501, section 7.4.2: the header fields of a message that people look at, parsed. */
import { ADDRESS_FIELDS_MAX } from '../address-field.ts';
import type { HeaderField } from '../header-section.ts';
import { type AddressStructure, parseAddressStructures } from './address-structure.ts';
import { rawValueOf } from './entity.ts';
import { formatNstring } from './response.ts';

const NAMES: ReadonlySet<string> = new Set([
  ...['date', 'subject', 'from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'in-reply-to', 'message-id'],
]);

/** The fields whose addresses are one list when there are several of a name (RFC 5322, section 4.5.3). */
const RECEIVERS: ReadonlySet<string> = new Set(['to', 'cc', 'bcc']);

export function formatEnvelope(fields: readonly HeaderField[]): string {
  const values: EnvelopeValues = new Map();
  for (const field of fields) {
    const name = field.name.toLowerCase();
    if (NAMES.has(name)) addEnvelopeValue(values, name, rawValueOf(field));
  }
  return formatEnvelopeOf(values);
}

/** By the names of fields in small letters, what they say, as `rawValueOf` gives it. */
export type EnvelopeValues = Map<string, string[]>;

/** Of most fields the first of a name counts, of those of receivers all do. */
export function addEnvelopeValue(values: EnvelopeValues, name: string, value: string): void {
  const before = values.get(name);
  if (before === undefined) values.set(name, [value]);
  else if (RECEIVERS.has(name) && before.length < ADDRESS_FIELDS_MAX) before.push(value);
}

export function formatEnvelopeOf(values: EnvelopeValues): string {
  const text = (name: string) => formatNstring(values.get(name)?.[0] ?? null);
  const addresses = (name: string) => (values.get(name) ?? []).flatMap(parseAddressStructures);
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

function formatAddresses(addresses: readonly AddressStructure[]): string {
  if (addresses.length === 0) return 'NIL';
  const each = addresses.map(({ name, adl, mailbox, host }) => [name, adl, mailbox, host].map(formatNstring).join(' '));
  return `(${each.map((address) => `(${address})`).join('')})`;
}
