/**
 * Takes a DNS message apart (RFC 1035, section 4.1) into a tree of fields with their places, for a reader who wants to
 * see the bits. It goes its own way beside decodeMessage, which has no use for places and gives up at the first fault:
 * here, what can be read of a broken message is read. Tests hold the two against each other.
 */
import { dissectName } from './dissect-name.ts';
import { dissectOpt } from './dissect-opt.ts';
import { dissectRdata } from './dissect-rdata.ts';
import { FieldTree } from './field-tree.ts';
import { formatName } from './name-text.ts';
import { formatClass, formatOpcode, formatRcode, formatType, OPCODE, TYPE } from './registry.ts';
import type { BitField, Dissection } from './wire-field.ts';

interface Section {
  readonly name: string;
  readonly count: string;
}

const SECTIONS: readonly Section[] = [
  { name: 'question', count: 'QDCOUNT' },
  { name: 'answer', count: 'ANCOUNT' },
  { name: 'authority', count: 'NSCOUNT' },
  { name: 'additional', count: 'ARCOUNT' },
];
/** An update gives the same four sections other names (RFC 2136, section 2). */
const SECTIONS_OF_UPDATE: readonly Section[] = [
  { name: 'zone', count: 'ZOCOUNT' },
  { name: 'prerequisite', count: 'PRCOUNT' },
  { name: 'update', count: 'UPCOUNT' },
  { name: 'additional', count: 'ADCOUNT' },
];
const ADDITIONAL = 3;

/** The fields of a message: of all of it, or where it has more octets, `total`, of the beginning that is given. */
export function dissectMessage(octets: Uint8Array, total = octets.length): Dissection {
  const tree = new FieldTree(octets, total);
  tree.asFarAsKept(() => tree.asFarAsItGoes(() => dissectAll(tree), 'record', 'RFC 1035, section 4.1'));
  return { octets: total, shown: octets.length, fields: tree.fields, brokenRules: tree.brokenRules };
}

function dissectAll(tree: FieldTree): void {
  const { sections, counts } = dissectHeader(tree);
  let optSeen = false;
  for (const [at, { name }] of sections.entries()) {
    const count = counts[at]!;
    if (count === 0) continue;
    tree.branch('section', name, () => {
      for (let left = count; left > 0; left -= 1) {
        if (at === 0) dissectQuestion(tree);
        else if (dissectRecord(tree, at === ADDITIONAL, optSeen)) optSeen = true;
      }
      return String(count);
    });
  }
}

function dissectHeader(tree: FieldTree): { sections: readonly Section[]; counts: number[] } {
  const counts: number[] = [];
  let sections = SECTIONS;
  tree.branch('header', 'header', () => {
    const id = tree.number('ID', 2);
    const bits = flagBits(tree.peek(2));
    if (bits[1]!.value === OPCODE.UPDATE) sections = SECTIONS_OF_UPDATE;
    tree.leaf('value', 'flags', 2, flagsInWords(bits), { bits });
    for (const { count } of sections) counts.push(tree.number(count, 2));
    return `${id} ${flagsInWords(bits)}`;
  });
  return { sections, counts };
}

/** Opcode and RCODE are numbers, the others true or false (RFC 1035, section 4.1.1; AD and CD: RFC 4035, section 3.2). */
function flagBits(flags: number): BitField[] {
  const bit = (name: string, place: number): BitField => ({
    name,
    width: 1,
    value: (flags >> (15 - place)) & 1,
    meaning: null,
  });
  const opcode = (flags >> 11) & 0xf;
  const rcode = flags & 0xf;
  return [
    { ...bit('QR', 0), meaning: flags >> 15 === 1 ? 'response' : 'query' },
    { name: 'Opcode', width: 4, value: opcode, meaning: formatOpcode(opcode) },
    ...[bit('AA', 5), bit('TC', 6), bit('RD', 7), bit('RA', 8), bit('Z', 9), bit('AD', 10), bit('CD', 11)],
    { name: 'RCODE', width: 4, value: rcode, meaning: formatRcode(rcode) },
  ];
}

function flagsInWords(bits: readonly BitField[]): string {
  return bits.flatMap(({ name, value, meaning }) => meaning ?? (value === 1 ? [name] : [])).join(' ');
}

function dissectQuestion(tree: FieldTree): void {
  tree.branch('question', 'question', () => {
    const name = dissectName(tree, 'QNAME');
    const type = tree.number('QTYPE', 2, formatType);
    const klass = tree.number('QCLASS', 2, formatClass);
    return `${formatName(name)} ${formatClass(klass)} ${formatType(type)}`;
  });
}

/** A record (RFC 1035, section 3.2.1). True where it is OPT. */
function dissectRecord(tree: FieldTree, isAdditional: boolean, optSeen: boolean): boolean {
  const start = tree.at;
  let type = 0;
  tree.branch('record', 'record', () => {
    const owner = dissectName(tree, 'NAME');
    type = tree.number('TYPE', 2, formatType);
    if (type !== TYPE.OPT) return `${formatName(owner)} ${dissectAfterType(tree, type)}`;
    const fault = faultOfOpt(isAdditional, optSeen, owner.length === 0);
    if (fault !== null) tree.note(tree.violation(fault, 'RFC 6891, section 6.1.1', start));
    return `OPT: ${dissectOpt(tree)}`;
  });
  return type === TYPE.OPT;
}

/** The rest of any other record, as the rest of a line of a zone file. */
function dissectAfterType(tree: FieldTree, type: number): string {
  const klass = tree.number('CLASS', 2, formatClass);
  const ttl = tree.number('TTL', 4);
  const length = tree.number('RDLENGTH', 2);
  const data = dissectRdata(tree, type, klass, length);
  return `${ttl} ${formatClass(klass)} ${formatType(type)} ${data}`;
}

function faultOfOpt(isAdditional: boolean, optSeen: boolean, isOwnedByRoot: boolean): string | null {
  if (!isAdditional) return 'OPT stands outside of the additional section';
  if (optSeen) return 'there are two OPT records';
  return isOwnedByRoot ? null : 'the owner of OPT is not the root';
}
