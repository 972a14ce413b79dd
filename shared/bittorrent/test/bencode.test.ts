import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { type BencodeInput, decodeBencode, decodeBencodeDictionary, encodeBencode, octetsOfKey } from '../bencode.ts';

const octets = octetsOfKey;

/** Longest time that a hostile input may take to be refused, in milliseconds, and the memory that it may take. */
const REFUSAL_MS_MAX = 5;
const REFUSAL_OCTETS_MAX = 1024 * 1024;
/** Times that a refusal is measured until one shows what it costs: others of the machine, and a collection of garbage, come between. */
const TRIES = 50;

/** What a refusal costs: milliseconds, and octets of memory, free again or not. */
function costOf(input: Uint8Array): { ms: number; octets: number } {
  const [start, before] = [performance.now(), process.memoryUsage()];
  try {
    decodeBencode(input);
  } catch {
    // What it costs is what is asked here.
  }
  const after = process.memoryUsage();
  const octets = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
  return { ms: performance.now() - start, octets };
}

describe('the examples of BEP 3', () => {
  test.each<[string, BencodeInput]>([
    ['4:spam', octets('spam')],
    ['i3e', 3],
    ['i-3e', -3],
    ['i0e', 0],
    ['l4:spam4:eggse', [octets('spam'), octets('eggs')]],
    [
      'd3:cow3:moo4:spam4:eggse',
      new Map([
        ['cow', octets('moo')],
        ['spam', octets('eggs')],
      ]),
    ],
    ['d4:spaml1:a1:bee', new Map([['spam', [octets('a'), octets('b')]]])],
    ['0:', octets('')],
    ['le', []],
    ['de', new Map()],
  ])('%s is decoded, and encoded again to the same octets', (text, value) => {
    expect(decodeBencode(octets(text))).toEqual(value);
    expect(encodeBencode(value)).toEqual(octets(text));
  });
});

describe('hostile input is refused at once', () => {
  test.each([
    ['a negative length', 'l-3:e'],
    ['a length beyond the end', '99999999999999:a'],
    ['a length beyond the end that fits', '9999999999:a'],
    ['a leading zero', 'i007e'],
    ['a leading zero of a length', '03:abc'],
    ['minus zero', 'i-0e'],
    ['an integer without digits', 'ie'],
    ['a minus alone', 'i-e'],
    ['a plus', 'i+1e'],
    ['a fraction', 'i1.5e'],
    ['an integer beyond 2^53', 'i9007199254740993e'],
    ['an endless integer', `i${'9'.repeat(1_000_000)}e`],
    ['keys out of order', 'd1:b0:1:a0:e'],
    ['a key twice', 'd1:a0:1:a0:e'],
    ['a key that is no string', 'di1e0:e'],
    ['a key without a value', 'd1:ae'],
    ['octets behind the value', 'i1ei2e'],
    ['a list without an end', 'l1:a'],
    ['a string cut short', '5:spam'],
    ['a string without a colon', '4spam'],
    ['nothing', ''],
    ['an end without a beginning', 'e'],
    ['a million lists inside one another', 'l'.repeat(1_000_000)],
    ['a million dictionaries inside one another', 'd0:'.repeat(1_000_000)],
  ])('%s', (_, text) => {
    const input = octets(text);
    expect(() => decodeBencode(input)).toThrow(ProtocolViolation);
    const isCheap = () => {
      const { ms, octets } = costOf(input);
      return ms < REFUSAL_MS_MAX && Math.abs(octets) < REFUSAL_OCTETS_MAX;
    };
    expect(Array.from({ length: TRIES }).some(isCheap)).toBe(true);
  });

  test('a key "__proto__" is a key like any other', () => {
    const { dictionary } = decodeBencodeDictionary(octets('d9:__proto__d8:pollutedi1eee'));
    expect(dictionary.get('__proto__')).toEqual(new Map([['polluted', 1]]));
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

test('a string that is no UTF-8 keeps its octets', () => {
  const octet = Uint8Array.of(0x00, 0x80, 0xc3, 0x28, 0xff);
  expect(decodeBencode(encodeBencode(octet))).toEqual(octet);
});

test('keys are sorted as octets, not as text', () => {
  expect(
    encodeBencode(
      new Map([
        ['\xff', 1],
        ['a', 2],
        ['B', 3],
      ]),
    ),
  ).toEqual(octets('d1:Bi3e1:ai2e1:\xffi1ee'));
});

test('the span of a value is that of its own octets', () => {
  const input = octets('d1:ai1e4:infod6:lengthi5eee');
  const span = decodeBencodeDictionary(input).spans.get('info');
  expect(input.subarray(span?.start, span?.end)).toEqual(octets('d6:lengthi5ee'));
});

test('a dictionary is demanded where one is needed', () => {
  expect(() => decodeBencodeDictionary(octets('le'))).toThrow(ProtocolViolation);
});

const anyValue = fc.letrec<{ value: BencodeInput }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger().filter((integer) => !Object.is(integer, -0)),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .array(fc.tuple(fc.uint8Array({ maxLength: 20 }), tie('value')), { maxLength: 5 })
      .map((entries) => new Map(entries.map(([key, value]) => [String.fromCharCode(...key), value]))),
  ),
})).value;

test('what is encoded is decoded to the same value', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      expect(decodeBencode(encodeBencode(value))).toEqual(value);
    }),
  );
});

test('arbitrary octets are a value in its only form, or a violation', () => {
  const alphabet = fc.constantFrom(...octets('ideDl0123:-9e'));
  const input = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.array(alphabet, { maxLength: 30 }).map((array) => Uint8Array.from(array)),
  );
  fc.assert(
    fc.property(input, (bytes) => {
      try {
        expect(encodeBencode(decodeBencode(bytes))).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
      }
    }),
    { numRuns: 2000 },
  );
});
