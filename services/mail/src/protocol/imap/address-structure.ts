/** Addresses of a header field in four strings each, as ENVELOPE has them: RFC 3501, section 7.4.2; the field's form is of RFC 5322, section 3.4. */
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
    isInGroup ||= address.host === null && address.name === null;
    addresses.push(address);
  }
  return isInGroup ? [...addresses, GROUP_END] : addresses;
}

const GROUP_END: AddressStructure = { name: null, adl: null, mailbox: null, host: null };
/** A host for what is no address: a NIL would make it the beginning of a group. */
const NO_HOST = '';

function readAddress(lexer: FieldLexer): AddressStructure {
  lexer.comment = '';
  const words: string[] = [];
  while (isWord(lexer.peek())) words.push(lexer.word());
  if (lexer.skip(':')) return { name: null, adl: null, mailbox: words.join(' '), host: null };
  if (lexer.skip('<')) return readAngleAddress(lexer, words.join(' ') || null);
  // `user@host (Full Name)`, an old form that is still written.
  const host = lexer.skip('@') ? readDomain(lexer) : NO_HOST;
  if (words.length === 0 && host === NO_HOST) lexer.word();
  lexer.peek();
  return { name: lexer.comment || null, adl: null, mailbox: words.join(' '), host };
}

function isWord(next: string): boolean {
  return next === 'a' || next === '"';
}

function readAngleAddress(lexer: FieldLexer, name: string | null): AddressStructure {
  let adl = '';
  while (lexer.peek() === '@' || (adl !== '' && lexer.peek() === ',')) {
    if (lexer.skip(',')) adl += ',';
    else if (lexer.skip('@')) adl += `@${readDomain(lexer)}`;
  }
  if (adl !== '') lexer.skip(':');
  const words: string[] = [];
  while (isWord(lexer.peek())) words.push(lexer.word());
  const host = lexer.skip('@') ? readDomain(lexer) : NO_HOST;
  // Whatever else stands before the bracket belongs to no address.
  while (!['>', ',', ''].includes(lexer.peek())) lexer.word();
  lexer.skip('>');
  return { name, adl: adl || null, mailbox: words.join(' '), host };
}

function readDomain(lexer: FieldLexer): string {
  if (lexer.peek() === '[') return lexer.domainLiteral();
  return lexer.peek() === 'a' ? lexer.word() : NO_HOST;
}
