/** Addresses as people write them in To and Cc: `Bob <bob@hamburger.edu>, dave@hamburger.edu` (RFC 5322, section 3.4, in part). */
import { formatMailboxAddress, type MailboxAddress, parseMailboxAddress } from './mailbox-address.ts';

export interface NamedAddress {
  readonly name: string;
  readonly address: string;
}

const FIELD_LENGTH_MAX = 10_000;

/** The addresses that a header field names. What cannot be read is left out. */
export function readAddressField(value: string): NamedAddress[] {
  return splitList(value.slice(0, FIELD_LENGTH_MAX)).flatMap((one) => {
    const parsed = parseOne(one);
    return parsed === null ? [] : [{ name: parsed.name, address: formatMailboxAddress(parsed.address) }];
  });
}

/** The addresses that a person typed, and what is none. */
export function parseAddressList(text: string): { addresses: MailboxAddress[]; unreadable: string[] } {
  const addresses: MailboxAddress[] = [];
  const unreadable: string[] = text.length > FIELD_LENGTH_MAX ? [text.slice(0, FIELD_LENGTH_MAX)] : [];
  for (const one of splitList(text.slice(0, FIELD_LENGTH_MAX))) {
    const parsed = parseOne(one);
    if (parsed === null) unreadable.push(one);
    else addresses.push(parsed.address);
  }
  return { addresses, unreadable };
}

/** Splits at commas and semicolons outside of quoted names. */
function splitList(text: string): string[] {
  return (text.match(/(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,;"<])+/gs) ?? [])
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

function parseOne(text: string): { name: string; address: MailboxAddress } | null {
  const [, name = '', inBrackets] = /^(.*?)<([^<>]*)>\s*$/s.exec(text) ?? [];
  try {
    const address = parseMailboxAddress((inBrackets ?? text).trim());
    return { name: name.trim().replace(/^"(.*)"$/s, '$1'), address };
  } catch {
    return null;
  }
}
