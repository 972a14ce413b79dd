/** Takes RDATA apart by the table of fields that reading and writing follow too (rdata.ts). */
import { ProtocolViolation } from '../protocol-violation.ts';
import { dissectName } from './dissect-name.ts';
import { dissectTsig } from './dissect-tsig.ts';
import type { FieldTree } from './field-tree.ts';
import { formatName } from './name-text.ts';
import { formatHex } from './octets.ts';
import { type FieldKind, fieldsOf } from './rdata.ts';
import { formatField } from './rdata-text.ts';
import { readField } from './rdata-wire.ts';
import { CLASS, TYPE } from './registry.ts';
import { WireReader } from './wire-reader.ts';

/** The fields of the next `length` octets, RDATA of `type`. Returns the data as a zone file writes it. */
export function dissectRdata(tree: FieldTree, type: number, klass: number, length: number): string {
  const fields = fieldsOf(type, klass);
  // An update names records to delete by their type alone (RFC 2136, section 2.5.2).
  const isDeletion = length === 0 && (klass === CLASS.ANY || klass === CLASS.NONE);
  const texts: string[] = [];
  const data = () => texts.join(' ').trimEnd();
  tree.branch('rdata', 'RDATA', () => {
    tree.within(length, () => {
      const signature = type === TYPE.TSIG ? dissectTsig(tree) : null;
      if (signature !== null) texts.push(signature);
      else if (fields === undefined || isDeletion) texts.push(unknownData(tree));
      else for (const [name, kind] of fields) texts.push(...dissectField(tree, name, kind));
    });
    return data();
  });
  return data();
}

/** Data of a type that is not known, as RFC 3597, section 5, writes it. */
function unknownData(tree: FieldTree): string {
  const hex = formatHex(tree.ahead());
  if (tree.remaining > 0) tree.leaf('value', 'octets', tree.remaining, hex);
  return `\\# ${hex.length / 2} ${hex}`.trimEnd();
}

function dissectField(tree: FieldTree, name: string, kind: FieldKind): string[] {
  switch (kind) {
    case 'name':
    case 'fullName':
      return [formatName(dissectName(tree, name))];
    case 'strings': {
      const strings: string[] = [];
      do strings.push(dissectValue(tree, 'string', 'string'));
      while (tree.remaining > 0);
      return strings;
    }
    default:
      return [dissectValue(tree, name, kind)];
  }
}

/** A field that only its own octets tell about. */
function dissectValue(tree: FieldTree, name: string, kind: FieldKind): string {
  const reader = new WireReader(tree.ahead());
  try {
    const text = formatField(kind, readField(reader, kind));
    if (reader.offset > 0) tree.leaf('value', name, reader.offset, text);
    return text;
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    throw tree.violation(`the ${name} cannot be read, ${tree.remaining} octets are there`, 'RFC 1035, section 3.2.1');
  }
}
