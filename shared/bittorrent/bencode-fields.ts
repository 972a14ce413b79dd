/**
 * Reads the fields of a bencoded dictionary by name and type. A field that is absent is undefined; one of another type than
 * its document says is a violation.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import type { Bencode, BencodeDictionary } from './bencode.ts';

export function octetsField(dictionary: BencodeDictionary, key: string, clause: string): Uint8Array | undefined {
  const value = dictionary.get(key);
  if (value === undefined || value instanceof Uint8Array) return value;
  throw wrongType(key, 'a string', clause);
}

/** A string that is meant to be read. */
export function textField(dictionary: BencodeDictionary, key: string, clause: string): string | undefined {
  const octets = octetsField(dictionary, key, clause);
  return octets === undefined ? undefined : decodeText(octets);
}

/**
 * What a stranger has written for people: UTF-8, with U+FFFD where it is not, and where it is a control character or turns the
 * direction of writing. It ends in terminals, and they obey those.
 */
export function decodeText(octets: Uint8Array): string {
  return new TextDecoder().decode(octets).replace(/[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** An integer that counts something. @throws ProtocolViolation for a negative one */
export function countField(dictionary: BencodeDictionary, key: string, clause: string): number | undefined {
  const value = dictionary.get(key);
  if (value === undefined || (typeof value === 'number' && value >= 0)) return value;
  throw wrongType(key, 'an integer of 0 or more', clause);
}

export function listField(dictionary: BencodeDictionary, key: string, clause: string): readonly Bencode[] | undefined {
  const value = dictionary.get(key);
  if (value === undefined || Array.isArray(value)) return value;
  throw wrongType(key, 'a list', clause);
}

/** `value`, where the document allows nothing but a dictionary. */
export function asDictionary(value: Bencode | undefined, what: string, clause: string): BencodeDictionary {
  if (value instanceof Map) return value;
  throw wrongType(what, 'a dictionary', clause);
}

/** `value`, where the document demands the field. */
export function required<Value>(value: Value | undefined, key: string, clause: string): Value {
  if (value !== undefined) return value;
  throw new ProtocolViolation(`There is no field "${key}"`, 0, clause);
}

function wrongType(key: string, type: string, clause: string): ProtocolViolation {
  return new ProtocolViolation(`The field "${key}" is not ${type}`, 0, clause);
}
