/** Takes the names of a message apart: their labels, and the pointers that stand for the rest (RFC 1035, section 4.1.4). */
import { ProtocolViolation } from '../protocol-violation.ts';
import type { FieldTree } from './field-tree.ts';
import { LABEL_OCTETS_MAX, NAME_OCTETS_MAX, type Name, ROOT } from './name.ts';
import { formatHostname, formatName } from './name-text.ts';
import { octetString } from './octets.ts';

/** Pointers that one name may follow before it comes to a name that was read (RFC 1035, section 2.3.4: 127 labels). */
const POINTERS_MAX = 127;
const POINTER_BITS = 0xc0;
const COMPRESSION = 'RFC 1035, section 4.1.4';

/** A name as a field of the tree. What it stands for, pointers followed, is its value and the result. */
export function dissectName(tree: FieldTree, fieldName: string): Name {
  let name: Name = ROOT;
  tree.branch('name', fieldName, () => {
    const start = tree.at;
    name = readPieces(tree, start);
    tree.names.set(start, name);
    return formatName(name);
  });
  return name;
}

function readPieces(tree: FieldTree, start: number): Name {
  const labels: string[] = [];
  for (let octets = 0; ; ) {
    const length = tree.peek(1);
    if (length === 0) {
      tree.leaf('root', 'root', 1, '.');
      return labels;
    }
    if ((length & POINTER_BITS) === POINTER_BITS) return checkedLength(tree, start, readPointer(tree, start, labels));
    if (length > LABEL_OCTETS_MAX) throw reservedBits(tree, tree.at);
    octets += 1 + length;
    if (octets >= NAME_OCTETS_MAX) throw tooLong(tree, start);
    const label = octetString(tree.octets, tree.at + 1, tree.at + 1 + length);
    tree.leaf('label', 'label', 1 + length, formatHostname([label]));
    labels.push(label);
  }
}

/** A pointer takes two octets wherever it leads to: one that leads nowhere breaks a rule, but hides nothing. */
function readPointer(tree: FieldTree, start: number, labels: readonly string[]): Name {
  const target = tree.peek(2) & 0x3fff;
  let rest: Name = ROOT;
  try {
    rest = targetName(tree, start, target);
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    tree.note(error);
  }
  tree.leaf('pointer', 'pointer', 2, formatName(rest), { pointsTo: target });
  return [...labels, ...rest];
}

/** The name that a pointer in the run of labels from `from` leads to: always backward, so that every name ends. */
function targetName(tree: FieldTree, from: number, target: number, hops = 1): Name {
  if (target >= from) throw tree.violation('the pointer does not go backward', COMPRESSION);
  const known = tree.names.get(target);
  if (known !== undefined) return known;
  if (hops > POINTERS_MAX) throw tree.violation(`the name follows more than ${POINTERS_MAX} pointers`, COMPRESSION);
  const { labels, next } = labelsAt(tree, target);
  const name = next === null ? labels : [...labels, ...targetName(tree, target, next, hops + 1)];
  tree.names.set(target, checkedLength(tree, target, name));
  return name;
}

/** The labels from `start` to the root or to a pointer, and where it leads to. */
function labelsAt(tree: FieldTree, start: number): { labels: string[]; next: number | null } {
  const { octets } = tree;
  const labels: string[] = [];
  for (let at = start; ; ) {
    const length = octets[at];
    if (length === undefined) throw tree.violation('the name that the pointer leads to does not end', COMPRESSION);
    if (length === 0) return { labels, next: null };
    if ((length & POINTER_BITS) === POINTER_BITS) {
      const low = octets[at + 1];
      if (low === undefined) throw tree.violation('the name that the pointer leads to does not end', COMPRESSION);
      return { labels, next: ((length & 0x3f) << 8) | low };
    }
    if (length > LABEL_OCTETS_MAX) throw reservedBits(tree, at);
    if (at + 1 + length > octets.length) throw tree.violation('the pointer leads to half a label', COMPRESSION);
    labels.push(octetString(octets, at + 1, at + 1 + length));
    if (labels.length > NAME_OCTETS_MAX) throw tooLong(tree, start);
    at += 1 + length;
  }
}

function checkedLength(tree: FieldTree, start: number, name: Name): Name {
  const octets = name.reduce((sum, label) => sum + 1 + label.length, 1);
  if (octets > NAME_OCTETS_MAX) throw tooLong(tree, start);
  return name;
}

function tooLong(tree: FieldTree, start: number): ProtocolViolation {
  return tree.violation(`the name is longer than ${NAME_OCTETS_MAX} octets`, 'RFC 1035, section 2.3.4', start);
}

function reservedBits(tree: FieldTree, offset: number): ProtocolViolation {
  return tree.violation('the two first bits of a label are neither 00 nor 11', COMPRESSION, offset);
}
