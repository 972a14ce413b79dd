/**
 * Domain names (RFC 1034, section 3.1): sequences of labels, each an octet string, from the leaf to the root. The root's
 * own empty label is not stored. A label may hold any octet, a full stop too: text is for people, labels are compared.
 */
import { ProtocolViolation } from '../protocol-violation.ts';

/** The labels of a name as octet strings (see octets.ts), the leaf first. */
export type Name = readonly string[];

export const ROOT: Name = [];
/** The label that stands for every name that does not exist (RFC 4592, section 2.1.1). */
export const WILDCARD = '*';

/** Octets of a label and of a whole name on the wire, at most (RFC 1035, section 2.3.4). */
export const LABEL_OCTETS_MAX = 63;
export const NAME_OCTETS_MAX = 255;

const CLAUSE = 'RFC 1035, section 2.3.4';

/** Octets of a name on the wire without compression: each label with its length, and the root. */
function nameOctets(name: Name): number {
  let octets = 1;
  for (const label of name) octets += 1 + label.length;
  return octets;
}

/** `name` itself where it keeps the limits of names. @throws ProtocolViolation */
export function checkedName(name: Name): Name {
  for (const label of name) {
    if (label.length === 0) throw new ProtocolViolation('A label is empty', 0, 'RFC 1034, section 3.1');
    if (label.length > LABEL_OCTETS_MAX) {
      throw new ProtocolViolation(
        `A label has ${label.length} octets, at most ${LABEL_OCTETS_MAX} are allowed`,
        0,
        CLAUSE,
      );
    }
  }
  const octets = nameOctets(name);
  if (octets <= NAME_OCTETS_MAX) return name;
  throw new ProtocolViolation(`A name has ${octets} octets, at most ${NAME_OCTETS_MAX} are allowed`, 0, CLAUSE);
}

/** A label with the letters A to Z in lower case: ASCII only, octets above 127 have no case (RFC 4343, section 3.1). */
function foldLabel(label: string): string {
  return /[A-Z]/.test(label) ? label.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : label;
}

/** A string that is the same for names that DNS holds to be the same, and for no others: a key for maps. */
export function nameKey(name: Name): string {
  let key = '';
  for (const label of name) key += String.fromCharCode(label.length) + foldLabel(label);
  return key;
}

export function isSameName(one: Name, other: Name): boolean {
  return one.length === other.length && isSubdomain(one, other);
}

/** Whether `name` is `ancestor` or below it (RFC 9499, section 7, "subdomain"). */
export function isSubdomain(name: Name, ancestor: Name): boolean {
  const above = name.length - ancestor.length;
  return above >= 0 && ancestor.every((label, at) => foldLabel(label) === foldLabel(name[above + at]!));
}

/** The name without its first label; the root stays the root. */
export function parentOf(name: Name): Name {
  return name.slice(1);
}

/** The last `labels` labels of a name. */
export function suffixOf(name: Name, labels: number): Name {
  return labels >= name.length ? name : name.slice(name.length - labels);
}

/** `name`, which is below `from`, moved below `to` (RFC 6672, section 2.2); undefined where it grows too long. */
export function renamed(name: Name, from: Name, to: Name): Name | undefined {
  const moved = [...name.slice(0, name.length - from.length), ...to];
  return nameOctets(moved) <= NAME_OCTETS_MAX ? moved : undefined;
}
