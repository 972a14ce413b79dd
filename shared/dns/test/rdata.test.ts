import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from '../../protocol-violation.ts';
import { parseName } from '../name-text.ts';
import { formatHex, parseHex } from '../octets.ts';
import { formatRdata, parseRdata } from '../rdata-text.ts';
import { decodeRdata, encodeRdata } from '../rdata-wire.ts';
import { CLASS, parseType } from '../registry.ts';
import { WireReader } from '../wire-reader.ts';
import { WireWriter } from '../wire-writer.ts';

const ORIGIN = parseName('example.');

/** The octets of the data that `words` write; blanks between words, quotation marks taken off as the master file does. */
function octetsOf(type: string, text: string): string {
  const words = [...text.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s"]+)/g)].map(([, quoted, word]) => quoted ?? word!);
  const number = parseType(type);
  const writer = new WireWriter();
  encodeRdata(writer, number, CLASS.IN, parseRdata(number, CLASS.IN, { words, origin: ORIGIN }));
  return formatHex(writer.finish());
}

function textOf(type: string, hex: string): string {
  const octets = parseHex(hex.replaceAll(' ', ''))!;
  const number = parseType(type);
  return formatRdata(number, CLASS.IN, decodeRdata(new WireReader(octets), number, CLASS.IN, octets.length));
}

/** Text and octets of each type, the octets as BIND 9.18 writes them (dig +unknownformat). */
const DATA: readonly (readonly [type: string, text: string, hex: string])[] = [
  [
    'SSHFP',
    '4 2 123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF123456789',
    '0402123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF123456789',
  ],
  ['LOC', '52 22 23.000 N 4 53 32.000 E -2.00m 1m 10000m 10m', '001216138B3CF018810CBCE0009895B8'],
  ['LOC', '42 21 54.000 S 71 6 18.000 W 24.00m 30m 10000m 10m', '0033161376E8D23070BE15F000989FE0'],
  ['LOC', '0 0 0.000 N 180 0 0.000 W 100000.00m 0.50m 10m 10m', '005113138000000059604E0001312D00'],
  [
    'RP',
    'admin.people.example. text.people.example.',
    '0561646D696E0670656F706C65076578616D706C65000474657874 0670656F706C65076578616D706C6500',
  ],
  ['KX', '10 exchanger.example.', '000A0965786368616E676572076578616D706C6500'],
  [
    'TLSA',
    '3 1 1 0C72AC70B745AC19998811B131D662C9AC69DBDBE7CB23E5B514B56664C5D3D6',
    '0301010C72AC70B745AC19998811B131D662C9AC69DBDBE7CB23E5B514B56664C5D3D6',
  ],
  ['SMIMEA', '3 0 0 308201', '030000308201'],
  [
    'NAPTR',
    '100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .',
    '0064000A0175074532552B7369701B215E2E2A24217369703A696E666F406578616D706C652E636F6D2100',
  ],
  [
    'NAPTR',
    '100 50 "s" "SIP+D2U" "" _sip._udp.example.',
    '006400320173075349502B44325500045F736970045F756470076578616D706C6500',
  ],
  [
    'URI',
    '10 1 "http://www.example/path;x?y=%20"',
    '000A0001687474703A2F2F7777772E6578616D706C652F706174683B783F793D253230',
  ],
  ['SVCB', '0 www.example.', '000003777777076578616D706C6500'],
  [
    'SVCB',
    '3 svc.host.example. mandatory=alpn,port alpn="h2" no-default-alpn port=8443 key667="hello\\210world"',
    '00030373766304686F7374076578616D706C6500 000000040001000300010003026832000200000003000220FB029B000B68656C6C6FD2776F726C64',
  ],
  [
    'HTTPS',
    '1 www.example. alpn="f\\\\\\\\oo\\\\,bar,h2" ech=AAAA',
    '000103777777076578616D706C6500 0001000C08665C6F6F2C62617202683200050003000000',
  ],
  [
    'HTTPS',
    '1 . alpn="h2,h3" ipv4hint=192.0.2.80,192.0.2.81 ipv6hint=2001:db8::80',
    '0001000001000602683202683300040008C0000250C00002510006001020010DB8000000000000000000000080',
  ],
  ['CERT', '1 65535 13 AAECAwQF', '0001FFFF0D000102030405'],
  ['OPENPGPKEY', 'mQINBFit2jsBEADrbl5v', '99020D0458ADDA3B011000EB6E5E6F'],
  [
    'DHCID',
    'AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=',
    '000201636FC0B8271C82825BB1AC5C41CF5351AA69B4FEBD94E8F17CDB95000DA48C40',
  ],
  ['CDS', '12345 13 2 49FD46E6', '30390D0249FD46E6'],
  ['DNSKEY', '257 3 13 mdsswUyr3DPW', '0101030D99DB2CC14CABDC33D6'],
  ['CDNSKEY', '0 3 0 AA==', '0000030000'],
  ['CSYNC', '66 3 A NS AAAA', '000000420003000460000008'],
  ['SPF', '"v=spf1 -all"', '0B763D73706631202D616C6C'],
  ['ZONEMD', '2026112001 1 1 FEBE3D4C', '78C404010101FEBE3D4C'],
  ['CAA', '0 issue "ca.example; policy=ev"', '0005697373756563612E6578616D706C653B20706F6C6963793D6576'],
  [
    'RRSIG',
    'A 8 2 3600 20301231235959 20000229000000 12345 example. AAECAw==',
    '0001080200000E1072BD0BFF38BB0C003039076578616D706C650000010203',
  ],
  [
    'NSEC',
    'next.example. A MX RRSIG NSEC TYPE1234',
    '046E657874076578616D706C65000006400100000003041B000000000000000000000000000000000000000000000000000020',
  ],
  ['NSEC3PARAM', '1 0 12 AABBCCDD', '0100000C04AABBCCDD'],
  ['NSEC3PARAM', '1 0 0 -', '0100000000'],
];

describe('data as text and as octets', () => {
  test.each(DATA)('%s %s', (type, text, hex) => {
    expect(octetsOf(type, text)).toBe(hex.replaceAll(' ', ''));
    expect(textOf(type, hex)).toBe(text);
  });

  test('NSEC3, the example of RFC 5155, appendix A', () => {
    const text = '1 1 12 AABBCCDD 2vptu5timamqttgl4luu9kg21e0aor3s NS SOA MX RRSIG';
    const hex = octetsOf('NSEC3', text);
    expect(textOf('NSEC3', hex)).toBe(text);
    // A salt of four octets after its length, then a hash of twenty octets after its length, then the types.
    expect(hex).toMatch(/^0101000C04AABBCCDD14[0-9A-F]{40}0006220100000002$/);
  });

  test('keys of a service come in their order, whatever order they are written in', () => {
    expect(octetsOf('SVCB', '1 . port=53 alpn=dot')).toBe(octetsOf('SVCB', '1 . alpn=dot port=53'));
  });
});

describe('data that is refused', () => {
  test.each([
    ['LOC', '91 N 2 E 3m', /no angle/],
    ['LOC', '1 60 N 2 E 3m', /no angle/],
    ['LOC', '1 N 2 E', /altitude is missing/],
    ['LOC', '1 N 2 E high', /write metres/],
    ['LOC', '1 2', /N or S is missing/],
    ['SVCB', '1 . port=65536', /port/],
    ['SVCB', '1 . port=1 port=2', /twice/],
    ['SVCB', '1 . alpn=', /does not have its form/],
    ['SVCB', '1 . no-default-alpn=x', /does not have its form/],
    ['SVCB', '1 . ipv4hint=1.2.3', /ipv4hint/],
    ['SVCB', '1 . =x', /no parameter/],
    ['CAA', '0 "" "x"', /tag/],
    ['CAA', '0 is-sue "x"', /tag/],
    ['NSEC3', '1 1 12 - u0w! A', /base 32/],
    ['RRSIG', 'A 8 2 3600 20260229000000 20260101000000 1 . AA==', /no time/],
    ['RRSIG', 'A 8 2 3600 20261301000000 20260101000000 1 . AA==', /no time/],
    ['DNSKEY', '257 3 8 A?B', /base 64/],
  ])('%s %s', (type, text, message) => {
    expect(() => octetsOf(type, text)).toThrow(ProtocolViolation);
    expect(() => octetsOf(type, text)).toThrow(message);
  });

  test.each([
    ['LOC', '011216138B3CF018810CBCE0009895B8'],
    ['LOC', '0012'],
    ['SVCB', '000100 0001000C'],
    ['SVCB', '000100 00030002003500010002 0161'],
    ['NSEC', '00 0100'],
    ['NSEC', '00 000200'],
    ['NSEC', '00 01014000 0140'],
  ])('%s of the octets %s', (type, hex) => {
    expect(() => textOf(type, hex)).toThrow(ProtocolViolation);
  });
});
