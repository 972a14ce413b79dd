/**
 * Internationalised domain names (RFC 5890): in mail a domain travels in A-labels (`xn--v69ax81at0s.example`), which no person
 * reads or types; people have U-labels (`햄버거.example`).
 */
import { domainToASCII, domainToUnicode } from 'node:url';
import { formatNamedAddress, type NamedAddress } from '../protocol/address-field.ts';
import { isInternationalized } from '../protocol/mailbox-address.ts';

/** What a person may type into a domain: letters and digits of any script, hyphens, and the full stops of UTS 46, section 2.3. */
const TYPED_DOMAIN = /^[\p{L}\p{M}\p{N}\p{Join_Control}.\u3002\uff0e\uff61-]+$/u;
/** What ends in a number is an address of IPv4, or something that a browser takes for one. */
const ENDS_IN_NUMBER = /(?:^|\.)\d+$/;

/**
 * Scripts whose letters one label may have together, as UTS 39, section 5.2 has them ("highly restrictive"): with letters of
 * other scripts between them a name can look like another one.
 */
const SCRIPTS_OF_A_LABEL = [
  /^[\p{sc=Latin}\p{sc=Hangul}\p{sc=Han}\p{sc=Common}\p{sc=Inherited}]+$/u,
  /^[\p{sc=Latin}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Common}\p{sc=Inherited}]+$/u,
  ...['Greek', 'Cyrillic', 'Arabic', 'Hebrew', 'Thai', 'Devanagari', 'Armenian', 'Georgian'].map(
    (script) => new RegExp(`^[\\p{sc=${script}}\\p{sc=Common}\\p{sc=Inherited}]+$`, 'u'),
  ),
];

/** A domain that a person typed, in A-labels; null when it is none. */
export function typedDomain(domain: string): string | null {
  if (!TYPED_DOMAIN.test(domain)) return null;
  const ascii = domainToASCII(domain);
  return ascii === '' || ENDS_IN_NUMBER.test(ascii) ? null : ascii;
}

/** An address with its domain in A-labels, where a person has typed it in other letters. */
export function asciiAddress(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  const domain = address.slice(at);
  return isInternationalized(domain) ? address.slice(0, at) + (typedDomain(domain) ?? domain) : address;
}

/** An address as people read it: its domain in U-labels, where these say as well as A-labels which domain it is. */
export function shownAddress(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  const domain = address.slice(at);
  if (at === 0 || !/(?:^|\.)xn--/i.test(domain)) return address;
  const shown = domainToUnicode(domain);
  const labels = shown.split('.');
  const isClear = labels.every((label) => SCRIPTS_OF_A_LABEL.some((scripts) => scripts.test(label)));
  return isClear && domainToASCII(shown) === domain.toLowerCase() ? address.slice(0, at) + shown : address;
}

/** `Bob <bob@햄버거.example>`, with its domain as people read it. */
export function shownNamedAddress({ name, address }: NamedAddress): string {
  return formatNamedAddress({ name, address: shownAddress(address) });
}

/** Addresses as a person would type them. */
export function shownAddressList(addresses: readonly NamedAddress[]): string {
  return addresses.map(shownNamedAddress).join(', ');
}
