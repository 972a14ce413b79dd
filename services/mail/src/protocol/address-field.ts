/** Addresses in header fields, and as people write them in To and Cc: `Bob <bob@hamburger.edu>, dave@hamburger.edu` (RFC 5322, section 3.4). */
import { decodeEncodedWords } from './encoded-word.ts';
import { fieldValue, type HeaderField, isNamed } from './header-section.ts';
import { type AddressStructure, parseAddressStructures } from './imap/address-structure.ts';
import {
  formatMailboxAddress,
  isInternationalized,
  type MailboxAddress,
  parseMailboxAddress,
} from './mailbox-address.ts';

export interface NamedAddress {
  /** Decoded; '' when there is none. */
  readonly name: string;
  readonly address: string;
}

/** Fields of one name whose addresses are told. */
export const ADDRESS_FIELDS_MAX = 100;
/** Characters of a typed list that are looked at. */
const TYPED_LENGTH_MAX = 10_000;

/**
 * The addresses that a header field names, those in groups too. What cannot be read is left out. Encoded words are decoded
 * only in names that stand apart already: what an encoded comma or bracket means is known then (RFC 2047, section 6.2).
 *
 * @param value as it stands in the field, unfolded and not decoded.
 */
export function readAddressField(value: string): NamedAddress[] {
  return parseAddressStructures(value).flatMap((structure) => {
    const address = readAddress(structure);
    return address === null ? [] : [{ name: readName(structure.name ?? ''), address }];
  });
}

/** All fields of that name together: RFC 5322, section 3.6 allows one, senders write several. */
export function addressesOf(fields: readonly HeaderField[], name: string): NamedAddress[] {
  return fields
    .filter((field) => isNamed(field, name))
    .slice(0, ADDRESS_FIELDS_MAX)
    .flatMap((field) => readAddressField(fieldValue(field)));
}

/** Characters that turn the direction of what follows: behind one of them an address reads like another one. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/;

function readName(name: string): string {
  return decodeEncodedWords(name).replace(new RegExp(`\\p{Cc}|${TURNING.source}`, 'gu'), '');
}

function readAddress({ mailbox, host }: AddressStructure): string | null {
  if (mailbox === null || host === null || TURNING.test(mailbox)) return null;
  try {
    // An address of our own is written as we write it; others are shown as they came.
    return formatMailboxAddress(parseMailboxAddress(`${mailbox}@${host}`));
  } catch {
    // What was in quotes stays in quotes: without them a comma of it would make two addresses of one.
    const address = formatMailboxAddress({ localPart: mailbox, domain: host });
    return mailbox !== '' && host !== '' ? address.replace(/[\x00-\x1f\x7f]/g, '') : null;
  }
}

/** `Bob <bob@hamburger.edu>` for people; in a header field the name may need quotes or encoded words. */
export function formatNamedAddress({ name, address }: NamedAddress): string {
  if (name === '') return address;
  return /^[\p{L}\p{N} '._-]+$/u.test(name)
    ? `${name} <${address}>`
    : `"${name.replace(/["\\]/g, '\\$&')}" <${address}>`;
}

/**
 * The addresses that a person typed, and what is none.
 *
 * @param toAscii the A-labels of a domain with other letters than those of ASCII (RFC 5890); null when it is no domain
 */
export function parseAddressList(
  text: string,
  toAscii: (domain: string) => string | null = () => null,
): { addresses: MailboxAddress[]; unreadable: string[] } {
  const addresses: MailboxAddress[] = [];
  const unreadable: string[] = text.length > TYPED_LENGTH_MAX ? [text.slice(0, TYPED_LENGTH_MAX)] : [];
  for (const one of splitList(text.slice(0, TYPED_LENGTH_MAX))) {
    const address = readTyped(one, toAscii);
    if (address === null) unreadable.push(one);
    else addresses.push(address);
  }
  return { addresses, unreadable };
}

/** Splits at commas and semicolons outside of quoted names. */
function splitList(text: string): string[] {
  return (text.match(/(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,;"<])+/gs) ?? [])
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

function readTyped(text: string, toAscii: (domain: string) => string | null): MailboxAddress | null {
  const [, inBrackets] = /^.*?<([^<>]*)>\s*$/s.exec(text) ?? [];
  const typed = (inBrackets ?? text).trim();
  const at = typed.lastIndexOf('@') + 1;
  const domain = typed.slice(at);
  const ascii = isInternationalized(domain) ? toAscii(domain) : domain;
  if (ascii === null) return null;
  try {
    return parseMailboxAddress(typed.slice(0, at) + ascii);
  } catch {
    return null;
  }
}
