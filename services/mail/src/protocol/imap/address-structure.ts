/**
 * Addresses of a header field in four strings each, as ENVELOPE has them: RFC 3501, section 7.4.2. The field's form is of RFC
 * 5322, section 3.4, with the obsolete forms of section 4.4: blanks and comments around the full stops of an address, source
 * routes, nothing between two commas. What has no form is read as far as an address can be seen in it: brackets or a comma are
 * forgotten more often than anything else.
 */
import { FieldLexer, fieldSyntax } from './field-lexer.ts';

/** The beginning of a group has a mailbox (its name) and no host; its end has neither. */
export interface AddressStructure {
  readonly name: string | null;
  /** The source route of former times. */
  readonly adl: string | null;
  readonly mailbox: string | null;
  readonly host: string | null;
}

const SYNTAX = fieldSyntax('<>,;:@[]');
/** Addresses of one field that are told. */
const ADDRESSES_MAX = 1000;

export function parseAddressStructures(value: string): AddressStructure[] {
  const lexer = new FieldLexer(value, SYNTAX);
  const addresses: AddressStructure[] = [];
  let isInGroup = false;
  while (lexer.peek() !== '' && addresses.length < ADDRESSES_MAX) {
    if (lexer.skip(',')) continue;
    if (lexer.skip(';')) {
      if (isInGroup) addresses.push(GROUP_END);
      isInGroup = false;
      continue;
    }
    const address = readAddress(lexer);
    const isGroup = address?.host === null;
    // There are no groups in groups: the name of an inner one says nothing.
    if (address !== null && !(isGroup && isInGroup)) addresses.push(address);
    isInGroup ||= isGroup;
  }
  return isInGroup ? [...addresses, GROUP_END] : addresses;
}

const GROUP_END: AddressStructure = { name: null, adl: null, mailbox: null, host: null };
/** A host for what is no address: a NIL would make it the beginning of a group. */
const NO_HOST = '';

/** Null for what stands between addresses and is none. */
function readAddress(lexer: FieldLexer): AddressStructure | null {
  lexer.comment = '';
  const words = readWords(lexer);
  if (lexer.skip(':')) return { name: null, adl: null, mailbox: phrase(words), host: null };
  if (lexer.skip('<')) return readAngleAddress(lexer, phrase(words) || null);
  if (words.length === 0) return lexer.peek() === '@' ? readRouted(lexer) : passOver(lexer);
  if (!lexer.skip('@')) return { name: commentIn(lexer), adl: null, mailbox: phrase(words), host: NO_HOST };
  const { before, localPart } = splitLocalPart(words);
  const host = readDomain(lexer);
  if (lexer.peek() === '@') passToEnd(lexer);
  // `user@host (Full Name)`, an old form that is still written, and `Full Name user@host`, whose brackets were forgotten.
  return { name: commentIn(lexer) ?? (phrase(before) || null), adl: null, mailbox: localPart, host };
}

interface Word {
  readonly text: string;
  readonly isQuoted: boolean;
}

function readWords(lexer: FieldLexer): Word[] {
  const words: Word[] = [];
  for (let next = lexer.peek(); next === 'a' || next === '"'; next = lexer.peek()) {
    words.push({ text: lexer.word(), isQuoted: next === '"' });
  }
  return words;
}

function phrase(words: readonly Word[]): string {
  return words.map(({ text }) => text).join(' ');
}

/** RFC 5322, section 4.4, obs-local-part: words with full stops between them, around which blanks and comments may stand. */
function splitLocalPart(words: readonly Word[]): { readonly before: readonly Word[]; readonly localPart: string } {
  const begin = words.findLastIndex((word, index) => index === 0 || !isJoined(words[index - 1]!, word));
  const localPart = words.slice(begin).map(({ text }) => text);
  return { before: words.slice(0, begin), localPart: localPart.join('') };
}

function isJoined(one: Word, next: Word): boolean {
  return (!one.isQuoted && one.text.endsWith('.')) || (!next.isQuoted && next.text.startsWith('.'));
}

/** The comment that stood last, which is where a name is written when there are no brackets. */
function commentIn(lexer: FieldLexer): string | null {
  lexer.peek();
  return lexer.comment || null;
}

function readAngleAddress(lexer: FieldLexer, name: string | null): AddressStructure {
  const adl = readRoute(lexer);
  const { mailbox, host } = readMailbox(lexer);
  // Whatever else stands before the bracket belongs to no address.
  while (!['>', ',', ''].includes(lexer.peek())) lexer.word();
  // `<b@c.example>@d.example`: an address has one domain, and this was it.
  if (lexer.skip('>') && lexer.peek() === '@') passToEnd(lexer);
  return { name, adl, mailbox, host };
}

/** RFC 5322, section 4.4, obs-angle-addr, whose brackets were forgotten: `@a.example:b@c.example`. */
function readRouted(lexer: FieldLexer): AddressStructure {
  const adl = readRoute(lexer);
  return { name: null, adl, ...readMailbox(lexer) };
}

/** RFC 5322, section 4.4, obs-route: `@a.example,,@b.example:`. */
function readRoute(lexer: FieldLexer): string | null {
  const domains: string[] = [];
  while (lexer.peek() === '@' || (domains.length > 0 && lexer.peek() === ',')) {
    if (lexer.skip('@')) domains.push(`@${readDomain(lexer)}`);
    else lexer.skip(',');
  }
  if (domains.length > 0) lexer.skip(':');
  return domains.length === 0 ? null : domains.join(',');
}

function readMailbox(lexer: FieldLexer): { readonly mailbox: string; readonly host: string } {
  const words = readWords(lexer);
  const { before, localPart } = splitLocalPart(words);
  if (!lexer.skip('@')) return { mailbox: phrase(words), host: NO_HOST };
  return { mailbox: [...before.map(({ text }) => text), localPart].join(' '), host: readDomain(lexer) };
}

/** RFC 5322, section 4.4, obs-domain: blanks and comments may stand around the full stops. */
function readDomain(lexer: FieldLexer): string {
  if (lexer.peek() === '[') return lexer.domainLiteral();
  let domain = lexer.peek() === 'a' ? lexer.word() : NO_HOST;
  while (lexer.isAtDot() || (domain.endsWith('.') && lexer.peek() === 'a')) domain += lexer.word();
  return domain;
}

/** A bracket or another special where an address should begin. */
function passOver(lexer: FieldLexer): null {
  lexer.word();
  return null;
}

function passToEnd(lexer: FieldLexer): void {
  while (![',', ';', ''].includes(lexer.peek())) lexer.word();
}
