/** ENVELOPE: RFC 3501, section 7.4.2: the header fields of a message that people look at, parsed. */
import type { HeaderField } from '../header-section.ts';
import { type AddressStructure, parseAddressStructures } from './address-structure.ts';
import { rawValue } from './entity.ts';
import { formatNstring } from './response.ts';

export function formatEnvelope(fields: readonly HeaderField[]): string {
  const text = (name: string) => formatNstring(rawValue(fields, name) ?? null);
  const addresses = (name: string) => parseAddressStructures(rawValue(fields, name) ?? '');
  const from = addresses('From');
  // Without Sender or Reply-To, or with an empty one, From stands there.
  const orFrom = (name: string) => {
    const own = addresses(name);
    return formatAddresses(own.length === 0 ? from : own);
  };
  const people = [formatAddresses(from), orFrom('Sender'), orFrom('Reply-To')];
  const receivers = ['To', 'Cc', 'Bcc'].map((name) => formatAddresses(addresses(name)));
  return `(${[text('Date'), text('Subject'), ...people, ...receivers, text('In-Reply-To'), text('Message-ID')].join(' ')})`;
}

function formatAddresses(addresses: readonly AddressStructure[]): string {
  if (addresses.length === 0) return 'NIL';
  const each = addresses.map(({ name, adl, mailbox, host }) => [name, adl, mailbox, host].map(formatNstring).join(' '));
  return `(${each.map((address) => `(${address})`).join('')})`;
}
