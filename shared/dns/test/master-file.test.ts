import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMasterFile } from '../master-file.ts';
import { parseName } from '../name-text.ts';
import { formatRecord } from '../rdata-text.ts';
import { ZoneFileError } from '../zone-file-error.ts';

const none = () => {
  throw new Error('there is no such file');
};

function parse(text: string, include = none as (name: string) => never | { text: string; file: string }): string[] {
  const records = parseMasterFile({ text, file: 'zones/x.zone' }, parseName('example.com.'), include);
  return records.map(({ record }) => formatRecord(record));
}

describe('what may be left out is taken from before', () => {
  test('owner, TTL and class, in the forms of RFC 1035, section 5.1', () => {
    expect(
      parse(`
$TTL 1h
@	IN SOA ns hostmaster ( 2026112001 ; serial
		1h 15m ; refresh and retry
		1w 5m )
	IN NS ns
ns	A 192.0.2.1
	60 IN A 192.0.2.2
	IN 60 A 192.0.2.3
www.example.com. IN CNAME ns`),
    ).toEqual([
      'example.com. 3600 IN SOA ns.example.com. hostmaster.example.com. 2026112001 3600 900 604800 300',
      'example.com. 3600 IN NS ns.example.com.',
      'ns.example.com. 3600 IN A 192.0.2.1',
      'ns.example.com. 60 IN A 192.0.2.2',
      'ns.example.com. 60 IN A 192.0.2.3',
      'www.example.com. 3600 IN CNAME ns.example.com.',
    ]);
  });

  test('without $TTL a record has the TTL of the one before', () => {
    expect(parse('a 10 A 192.0.2.1\nb A 192.0.2.2')).toEqual([
      'a.example.com. 10 IN A 192.0.2.1',
      'b.example.com. 10 IN A 192.0.2.2',
    ]);
  });

  test('$ORIGIN moves relative names, and may be relative itself', () => {
    expect(parse('$TTL 1\n$ORIGIN sub\nwww A 192.0.2.1\n$ORIGIN other.\n@ A 192.0.2.2')).toEqual([
      'www.sub.example.com. 1 IN A 192.0.2.1',
      'other. 1 IN A 192.0.2.2',
    ]);
  });

  test('an included file has an origin of its own and leaves ours alone', () => {
    const include = (name: string) => ({ file: name, text: '$ORIGIN deep\nwww A 192.0.2.9\n' });
    expect(parse('$TTL 1\n$INCLUDE hosts.inc lab.example.com.\nwww A 192.0.2.1', include)).toEqual([
      'www.deep.lab.example.com. 1 IN A 192.0.2.9',
      'www.example.com. 1 IN A 192.0.2.1',
    ]);
  });
});

test('quoted strings hold blanks, semicolons, parentheses and escapes', () => {
  expect(parse('$TTL 1\nt TXT "a; (b) \\"c\\" \\065" d\\ e "\\# 1 00"')).toEqual([
    't.example.com. 1 IN TXT "a; (b) \\"c\\" A" "d e" "# 1 00"',
  ]);
});

test('data of an unknown type is written in hexadecimal (RFC 3597)', () => {
  expect(parse('$TTL 1\nt TYPE65280 \\# 3 ab cd ef\nu A \\# 4 C0000201')).toEqual([
    't.example.com. 1 IN TYPE65280 \\# 3 ABCDEF',
    'u.example.com. 1 IN A 192.0.2.1',
  ]);
});

describe('a fault is told with file, line, remedy and rule', () => {
  test.each([
    ['www A 192.0.2.1', 1, /there is no TTL: begin the file with "\$TTL 1h" \(RFC 2308, section 4\)/],
    ['$TTL 1h\n\nwww A 192.0.2.256', 3, /"192.0.2.256" is no IPv4 address/],
    ['$TTL 1h\nwww A 192.0.2.1 192.0.2.2', 2, /"192.0.2.2" is one word too many/],
    ['$TTL 1h\nwww MX mail', 2, /preference is "mail": write a number from 0 to 65535/],
    ['$TTL 1h\nwww MX 10', 2, /the exchange is missing/],
    ['$TTL 1h\nwww ADDRESS 192.0.2.1', 2, /"ADDRESS" is no record type/],
    ['$TTL 1h\nwww IN', 2, /the record has no type/],
    ['$TTL 1h\nwww CH TXT x', 2, /only records of class IN/],
    ['$TTL 1h\nwww AXFR x', 2, /AXFR cannot be stored/],
    ['$TTL 1h\n  A 192.0.2.1', 2, /the first record has no owner/],
    ['$TTL 1h\nwww TXT "open', 2, /a quoted string is not closed/],
    ['$TTL 1h\na.b..c A 192.0.2.1', 2, /empty label/],
    ['$TTL 1h\n@ SOA ns host (\n1 2 3', 2, /is never closed/],
    ['$TTL 1h\nwww A 192.0.2.1 )', 2, /closed that was not opened/],
    ['$TTL soon', 1, /"soon" is no time/],
    ['$TTL 9999999999', 1, /more than 2147483647 seconds/],
    ['$GENERATE 1-3 a A 192.0.2.1', 1, /\$GENERATE is not known/],
    ['$INCLUDE other.zone', 1, /cannot include other.zone: there is no such file/],
    ['$TTL 1h\nwww TYPE65280 abc', 2, /must be written as \\# LENGTH HEX/],
    ['$TTL 1h\nwww TYPE65280 \\# 2 abcdef', 2, /The length after/],
    ['$TTL 1h\nwww A \\# 3 abcdef', 2, /ends too early/],
  ])('%j', (text, line, message) => {
    expect(() => parse(text)).toThrow(ZoneFileError);
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(new RegExp(`^zones/x\\.zone:${line}: `));
  });

  test('a file that includes itself ends', () => {
    expect(() => parse('$INCLUDE x', (name) => ({ file: name, text: '$INCLUDE x' }))).toThrow(/break the circle/);
  });

  test('arbitrary text is records or a ZoneFileError', () => {
    const word = fc.constantFrom(
      'www',
      '@',
      '$TTL',
      '$ORIGIN',
      '1h',
      'IN',
      'A',
      'MX',
      'TXT',
      '10',
      '192.0.2.1',
      '"x"',
      '(',
      ')',
      ';',
      '\\',
      '\n',
      '\n ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(word).map((words) => words.join(' ')),
          fc.string({ unit: fc.nat(0x2ff).map((code) => String.fromCharCode(code)) }),
        ),
        (text) => {
          try {
            parse(text);
          } catch (error) {
            expect(error).toBeInstanceOf(ZoneFileError);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

test('a file that is read in pieces is the same wherever it was cut, and may begin with a byte order mark', () => {
  const text =
    '\uFEFF$TTL 1h\r\n@ SOA ns host (\r\n 1 2 3\n 4 5 ) ; end\nwww A 192.0.2.1\n\tTXT "a;b" c\\ d\nmail MX 10 www';
  const whole = parse(text.slice(1));
  expect(whole.length).toBe(4);
  expect(parse(text)).toEqual(whole);
  for (let cut = 1; cut < text.length; cut += 1) {
    const pieces = { text: [text.slice(0, cut), text.slice(cut)], file: 'zones/x.zone' };
    const records = parseMasterFile(pieces, parseName('example.com.'), none);
    expect(records.map(({ record }) => formatRecord(record))).toEqual(whole);
  }
});

test('a word may hold quoted parts, and a string that begins with a quotation mark ends with it', () => {
  expect(parse('$TTL 1\nt TXT a="b;c d"e "f""g" h\\"i')).toEqual([
    't.example.com. 1 IN TXT "a=b;c de" "f" "g" "h\\"i"',
  ]);
});
