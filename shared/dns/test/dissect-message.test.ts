import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeMessage } from '../decode-message.ts';
import { dissectMessage } from '../dissect-message.ts';
import { encodeMessage } from '../encode-message.ts';
import { ednsWith, type Message, queryFor, responseTo } from '../message.ts';
import { formatName, parseName } from '../name-text.ts';
import { octetsOf, parseHex } from '../octets.ts';
import { formatRdata, formatRecord } from '../rdata-text.ts';
import { CLASS, formatClass, formatType, OPCODE, TYPE } from '../registry.ts';
import type { Dissection, WireField } from '../wire-field.ts';
import { record } from './records.ts';

const hex = (text: string) => parseHex(text.replace(/\s+/g, ''))!;

/** www.cnn.com A, answered by an alias and an address: three pointers, an OPT record with an option. */
const RESPONSE = hex(`
  dead 8580 0001 0002 0000 0001
  03 777777 03 636e6e 03 636f6d 00 0001 0001
  c00c 0005 0001 0000003c 0002 c010
  c010 0001 0001 0000003c 0004 0a350a0b
  00 0029 04d0 00 00 8000 0006 fde9 0002 6162
`);

function fieldsOf({ fields }: Pick<Dissection, 'fields'>): WireField[] {
  return fields.flatMap((field) => [field, ...fieldsOf({ fields: field.children })]);
}

const leavesOf = (dissection: Dissection) => fieldsOf(dissection).filter(({ children }) => children.length === 0);

/** A field by the names on the way to it; numbers choose among its like, from 0. */
function find({ fields }: Pick<Dissection, 'fields'>, ...way: (string | number)[]): WireField {
  let children = fields;
  let found: WireField | undefined;
  for (const step of way) {
    found = typeof step === 'number' ? children[step] : children.find(({ name }) => name === step);
    children = found?.children ?? [];
  }
  if (found === undefined) throw new Error(`There is no field ${way.join(' / ')}`);
  return found;
}

/** Every octet shown belongs to exactly one leaf, and a field's parts lie in it without gaps. */
function expectEveryOctetOnce(dissection: Dissection): void {
  let at = 0;
  for (const { offset, length } of leavesOf(dissection)) {
    expect(offset).toBe(at);
    at += length;
  }
  expect(at).toBe(dissection.shown);
  for (const { length, children } of fieldsOf(dissection)) {
    if (children.length > 0) expect(children.reduce((sum, child) => sum + child.length, 0)).toBe(length);
  }
}

test('DNS-49 the header is the field of the first 12 octets, six numbers of 16 bits', () => {
  const header = find(dissectMessage(RESPONSE), 'header');
  expect([header.offset, header.length]).toEqual([0, 12]);
  expect(header.children.map(({ name, offset }) => `${offset} ${name}`)).toEqual([
    ...['0 ID', '2 flags', '4 QDCOUNT', '6 ANCOUNT', '8 NSCOUNT', '10 ARCOUNT'],
  ]);
});

test('DNS-51, DNS-52, DNS-53, DNS-54 the flags are told bit by bit', () => {
  const { bits } = find(dissectMessage(RESPONSE), 'header', 'flags');
  expect(bits?.map(({ name, width, value }) => `${name}/${width}=${value}`)).toEqual([
    ...['QR/1=1', 'Opcode/4=0', 'AA/1=1', 'TC/1=0', 'RD/1=1', 'RA/1=1', 'Z/1=0', 'AD/1=0', 'CD/1=0', 'RCODE/4=0'],
  ]);
});

test('a name is drawn label by label, and a pointer leads to the label that it stands for', () => {
  const dissection = dissectMessage(RESPONSE);
  const question = find(dissection, 'question', 'question', 'QNAME');
  expect(question.children.map(({ role, offset, value }) => [role, offset, value])).toEqual([
    ['label', 12, 'www'],
    ['label', 16, 'cnn'],
    ['label', 20, 'com'],
    ['root', 24, '.'],
  ]);
  const target = find(dissection, 'answer', 0, 'RDATA', 'target', 'pointer');
  expect(target).toMatchObject({ offset: 41, length: 2, pointsTo: 16, value: 'cnn.com.' });
});

test('an OPT record shows its payload size, its version, its flags and each option', () => {
  const opt = find(dissectMessage(RESPONSE), 'additional', 'record');
  expect(find({ fields: opt.children }, 'UDP payload size').value).toBe('1232');
  expect(find({ fields: opt.children }, 'flags').bits?.[0]).toMatchObject({ name: 'DO', value: 1 });
  const option = find({ fields: opt.children }, 'RDATA', 'option');
  expect(option.children.map(({ name, value }) => `${name} ${value}`)).toEqual([
    ...['OPTION-CODE 65001', 'OPTION-LENGTH 2', 'OPTION-DATA 6162'],
  ]);
});

test('the sections of an update have the names of RFC 2136', () => {
  const query = queryFor(
    { qname: parseName('com.'), qtype: TYPE.SOA, qclass: CLASS.IN },
    { id: 1, rd: false, edns: null },
  );
  const update = { ...query, opcode: OPCODE.UPDATE, authority: [record('x.com. 60 A 192.0.2.1')] };
  const dissection = dissectMessage(encodeMessage(update));
  expect(dissection.fields.map(({ name }) => name)).toEqual(['header', 'zone', 'update']);
  expect(find(dissection, 'header', 'UPCOUNT').value).toBe('1');
});

const SIGNATURE = '03 6d6163 00 0000655ad1c0 012c 0004 01020304 dead 0012 0006 000000000001';

test('a TSIG record shows who signed, when, and what is wrong with it (RFC 8945, section 4.2)', () => {
  const length = hex(SIGNATURE).length.toString(16).padStart(4, '0');
  const signed = hex(`dead 2800 0000 0000 0000 0001 036b657900 00fa 00ff 00000000 ${length} ${SIGNATURE}`);
  const dissection = dissectMessage(signed);
  expect(find(dissection, 'additional', 0, 'RDATA').children.map(({ name, value }) => `${name} ${value}`)).toEqual([
    ...['algorithm mac.', 'time signed 1700450752', 'fudge 300', 'MAC size 4', 'MAC 01020304', 'original ID 57005'],
    ...['error BADTIME', 'other length 6', 'other data 000000000001'],
  ]);
  expectEveryOctetOnce(dissection);
  // Signatures of another form are octets: a decoder of messages takes them too.
  signed[signed.length - 7] = 5;
  expect(find(dissectMessage(signed), 'additional', 0, 'RDATA').children.map(({ name }) => name)).toEqual(['octets']);
});

const broken: [name: string, octets: Uint8Array, offset: number, sentence: RegExp, shown: string][] = [
  [
    'a pointer that goes forward',
    hex('dead 0100 0001 0000 0000 0000 c010 0001 0001'),
    12,
    /does not go backward at/,
    'QCLASS',
  ],
  ['a label of a reserved kind', hex('dead 0100 0001 0000 0000 0000 0161 41 00'), 14, /neither 00 nor 11/, 'label'],
  [
    'an address of three octets',
    hex('dead 8000 0000 0002 0000 0000 00 0001 0001 00000000 0003 010203 00 0001 0001 00000000 0004 01020304'),
    23,
    /the address cannot be read/,
    'address',
  ],
  [
    'an address of five octets',
    hex('dead 8000 0000 0001 0000 0000 00 0001 0001 00000000 0005 0102030405'),
    27,
    /1 octets follow the last field/,
    'address',
  ],
  ['a record that is not there', hex('dead 0100 0001 0000 0000 0000'), 12, /ends too early/, 'ARCOUNT'],
  [
    'octets after the last record',
    hex('dead 0100 0001 0000 0000 0000 00 0001 0001 ff'),
    17,
    /1 octets follow the last record/,
    'QCLASS',
  ],
  [
    'two OPT records',
    hex(`dead 0100 0000 0000 0000 0002 ${'00 0029 0200 00000000 0000'.repeat(2)}`),
    23,
    /two OPT/,
    'VERSION',
  ],
];

test.each(broken)(
  '%s is shown with its rule, and everything else as far as it goes',
  (_name, octets, offset, sentence, shown) => {
    const dissection = dissectMessage(octets);
    expect(dissection.brokenRules).toEqual([{ offset, sentence: expect.stringMatching(sentence) }]);
    expect(fieldsOf(dissection).some(({ name, length }) => name === shown && length > 0)).toBe(true);
    expectEveryOctetOnce(dissection);
  },
);

test('of a message whose end was not kept the beginning is shown, and no rule is broken', () => {
  for (let kept = 0; kept < RESPONSE.length; kept += 1) {
    const dissection = dissectMessage(RESPONSE.subarray(0, kept), RESPONSE.length);
    expect(dissection.brokenRules).toEqual([]);
    expectEveryOctetOnce(dissection);
  }
});

const label = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((octets) => String.fromCharCode(...octets));
const someNames = fc.array(fc.array(label, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });
const LINES = [
  ...['NS ns.a.', 'A 192.0.2.1', 'AAAA 2001:db8::1', 'MX 10 mail.a.', 'TXT "one" "" "two"', 'SRV 0 5 5060 sip.a.'],
  ...['SOA ns.a. host.a. 1 2 3 4 5', 'CAA 128 "issue" "ca.a"', 'DS 1 5 1 2BB183', 'TYPE65280 \\# 3 ABCDEF'],
  ...['HINFO "PDP 11" "UNIX"', 'MINFO r.a. e.a.', 'NULL \\# 0', 'DNAME b.a.'],
];
const arbitraryMessage: fc.Arbitrary<Message> = fc
  .tuple(someNames, fc.array(fc.tuple(fc.nat(), fc.constantFrom(...LINES)), { maxLength: 12 }), fc.nat(0xfff))
  .map(([names, lines, rcode]) => {
    const nameAt = (at: number) => names[at % names.length]!.concat(at % 2 === 0 ? [] : names[0]!);
    const records = lines.map(([at, line]) => ({ ...record(`a. 300 ${line}`), owner: nameAt(at) }));
    const question = { qname: names[0]!, qtype: TYPE.ANY, qclass: CLASS.IN };
    const edns = ednsWith([{ code: 15, data: octetsOf('\0\x03stale') }]);
    const [answer, authority, additional] = [0, 1, 2].map((part) => records.filter((_, at) => at % 3 === part));
    const query = queryFor(question, { id: 7, rd: true, edns });
    return responseTo(query, { rcode, edns, answer: answer!, authority: authority!, additional: additional! });
  });

test('what decodeMessage reads, the dissection says too, and every octet has its field', () => {
  fc.assert(
    fc.property(arbitraryMessage, (written) => {
      const octets = encodeMessage(written);
      const message = decodeMessage(octets);
      const dissection = dissectMessage(octets);
      expect(dissection.brokenRules).toEqual([]);
      expectEveryOctetOnce(dissection);
      const said = fieldsOf(dissection).filter(({ role, value }) => role === 'record' && !value.startsWith('OPT: '));
      const records = [...message.answer, ...message.authority, ...message.additional];
      expect(said.map(({ value }) => value)).toEqual(records.map(formatRecord));
      for (const [at, { children }] of said.entries()) {
        const { owner, type, class: klass, ttl, rdata } = records[at]!;
        const [saidOwner, saidType, saidClass, saidTtl, saidLength, saidData] = children;
        expect([saidOwner, saidType, saidClass, saidTtl].map((field) => field!.value)).toEqual([
          ...[formatName(owner), formatType(type), formatClass(klass), String(ttl)],
        ]);
        expect(saidData).toMatchObject({ value: formatRdata(type, klass, rdata), length: Number(saidLength!.value) });
      }
      expect(find(dissection, 'question', 0, 'QNAME').value).toBe(formatName(message.question[0]!.qname));
    }),
  );
});

test('every pointer that the encoder writes is drawn to an offset where a label begins', () => {
  let pointers = 0;
  fc.assert(
    fc.property(arbitraryMessage, (message) => {
      const fields = fieldsOf(dissectMessage(encodeMessage(message)));
      const labels = new Set(fields.filter(({ role }) => role === 'label').map(({ offset }) => offset));
      for (const { role, pointsTo } of fields) {
        if (role !== 'pointer') continue;
        pointers += 1;
        expect(labels).toContain(pointsTo);
      }
    }),
  );
  expect(pointers).toBeGreaterThan(100);
});

test('a message breaks a rule exactly where decodeMessage refuses it, and arbitrary octets never hide one', () => {
  const changed = fc
    .tuple(arbitraryMessage, fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 3 }), fc.nat(40))
    .map(([message, changes, cut]) => {
      const octets = encodeMessage(message);
      for (const [at, octet] of changes) octets[at % octets.length] = octet;
      return cut < 20 ? octets.subarray(0, octets.length - cut) : octets;
    });
  fc.assert(
    fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 300 })), (octets) => {
      const dissection = dissectMessage(octets);
      expectEveryOctetOnce(dissection);
      let isRefused = false;
      try {
        decodeMessage(octets);
      } catch {
        isRefused = true;
      }
      expect(dissection.brokenRules.length > 0).toBe(isRefused);
    }),
    { numRuns: 1_000 },
  );
});
