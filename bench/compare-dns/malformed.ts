import { parseHex } from '#shared/dns/octets.ts';
import type { Asked } from './questions.ts';

/** Messages that no client should send, in hexadecimal: header, then what follows. `Q` is the question www.example A. */
const Q = '03777777076578616d706c650000010001';
const OPT = '0000290 4d0 00000000 0000'.replaceAll(' ', '');
const TABLE: readonly (readonly [what: string, hex: string])[] = [
  ['eleven octets', '4711 0000 0001 0000 0000 00'],
  ['a header alone, with no question', '4711 0000 0000 0000 0000 0000'],
  ['a header alone that announces a question', '4711 0000 0001 0000 0000 0000'],
  ['two questions', `4711 0000 0002 0000 0000 0000 ${Q}${Q}`],
  ['two questions announced, one there', `4711 0000 0002 0000 0000 0000 ${Q}`],
  ['65535 questions announced', `4711 0000 ffff 0000 0000 0000 ${Q}`],
  ['no question, but an OPT record', `4711 0000 0000 0000 0000 0001 ${OPT}`],
  ['a response', `4711 8000 0001 0000 0000 0000 ${Q}`],
  ['a response with an rcode', `4711 8003 0001 0000 0000 0000 ${Q}`],
  ['a query with an rcode', `4711 0003 0001 0000 0000 0000 ${Q}`],
  ['octets after the end', `4711 0000 0001 0000 0000 0000 ${Q} 00`],
  ['forty octets after the end', `4711 0000 0001 0000 0000 0000 ${Q} ${'00'.repeat(40)}`],
  ['an answer record in a query', `4711 0000 0001 0001 0000 0000 ${Q} c00c00010001000000000004c0000201`],
  ['an authority record in a query', `4711 0000 0001 0000 0001 0000 ${Q} c00c00010001000000000004c0000201`],
  ['an additional record in a query', `4711 0000 0001 0000 0000 0001 ${Q} c00c00010001000000000004c0000201`],
  ['an additional record announced that is not there', `4711 0000 0001 0000 0000 0001 ${Q}`],
  ['two OPT records', `4711 0000 0001 0000 0000 0002 ${Q}${OPT}${OPT}`],
  ['an OPT record in the answer section', `4711 0000 0001 0001 0000 0000 ${Q}${OPT}`],
  ['an OPT record in the authority section', `4711 0000 0001 0000 0001 0000 ${Q}${OPT}`],
  ['an OPT record whose owner is not the root', `4711 0000 0001 0000 0000 0001 ${Q} 0161000029 04d0 00000000 0000`],
  [
    'an OPT record whose option ends too early',
    `4711 0000 0001 0000 0000 0001 ${Q} 000029 04d0 00000000 0004 000a0008`,
  ],
  ['an OPT record that ends too early', `4711 0000 0001 0000 0000 0001 ${Q} 000029 04d0 0000`],
  ['an OPT record with all flags', `4711 0000 0001 0000 0000 0001 ${Q} 000029 04d0 0000ffff 0000`],
  ['an OPT record with an extended rcode', `4711 0000 0001 0000 0000 0001 ${Q} 000029 04d0 55000000 0000`],
  ['an OPT record after another record', `4711 0000 0001 0000 0000 0002 ${Q} c00c00010001000000000004c0000201 ${OPT}`],
  ['EDNS version 1 in a malformed query', `4711 0000 0002 0000 0000 0001 ${Q}${Q} 000029 04d0 00010000 0000`],
  ['a name that is a pointer to itself', '4711 0000 0001 0000 0000 0000 c00c 00010001'],
  ['a name that is a pointer forward', '4711 0000 0001 0000 0000 0000 c00e 0001 0001 00'],
  [
    'a name that points into the header',
    '4711 0000 0001 0000 0000 0000 0377777 7c000 00010001'.replaceAll('7 7c', '77c'),
  ],
  ['a name that points behind the end', '4711 0000 0001 0000 0000 0000 c0ff 00010001'],
  ['a label of the type 01', '4711 0000 0001 0000 0000 0000 41ff 00 00010001'],
  ['a label of the type 10', '4711 0000 0001 0000 0000 0000 81ff 00 00010001'],
  ['a label that ends too early', '4711 0000 0001 0000 0000 0000 0a777777'],
  ['a name without its end', '4711 0000 0001 0000 0000 0000 03777777'],
  ['a question without its class', '4711 0000 0001 0000 0000 0000 03777777076578616d706c65000001'],
  [
    'a name of 256 octets',
    `4711 0000 0001 0000 0000 0000 ${`3f${'61'.repeat(63)}`.repeat(3)}3e${'61'.repeat(62)}00 00010001`,
  ],
  [
    'a name of 255 octets',
    `4711 0000 0001 0000 0000 0000 ${`3f${'61'.repeat(63)}`.repeat(3)}3d${'61'.repeat(61)}00 00010001`,
  ],
  ['IQUERY with an answer', '4711 0800 0000 0001 0000 0000 00 0001 0001 00000000 0004 c0000201'],
  ['STATUS without a question', '4711 1000 0000 0000 0000 0000'],
  ['opcode 15 without a question', '4711 7800 0000 0000 0000 0000'],
  ['opcode 3 with octets after the end', `4711 1800 0001 0000 0000 0000 ${Q}ff`],
  ['NOTIFY without a question', '4711 2000 0000 0000 0000 0000'],
  ['a record of type 0', `4711 0000 0001 0000 0000 0001 ${Q} c00c 0000 0001 00000000 0000`],
  ['a record of type A with three octets', `4711 0000 0001 0000 0000 0001 ${Q} c00c 0001 0001 00000000 0003 c00002`],
  [
    'a record of type MX that ends in its name',
    `4711 0000 0001 0000 0000 0001 ${Q} c00c 000f 0001 00000000 0004 000a0361`,
  ],
  [
    'a record of type A whose TTL is above 2^31',
    `4711 0000 0001 0000 0000 0001 ${Q} c00c 0001 0001 ffffffff 0004 c0000201`,
  ],
];

export const MALFORMED: readonly Asked[] = TABLE.flatMap(([what, hex]) => {
  const octets = parseHex(hex.replaceAll(' ', ''));
  if (octets === undefined) throw new Error(`${what}: this is not hexadecimal`);
  return (['udp', 'tcp'] as const).map((transport) => ({ text: `${what}, ${transport}`, octets, transport }));
});
