import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { parseHostName } from '../../src/protocol/host-name.ts';

test.each([
  ['NetworkUtopia.COM', ['networkutopia', 'com']],
  ['networkutopia.com.', ['networkutopia', 'com']],
  ['3com.com', ['3com', 'com']],
  ['xn--bj0bj06e.kr', ['xn--bj0bj06e', 'kr']],
  [`${'a'.repeat(63)}.com`, ['a'.repeat(63), 'com']],
])('%s is a name', (text, labels) => {
  expect(parseHostName(text)).toEqual(labels);
});

test.each([
  ['', 'empty', 0],
  ['.', 'empty', 0],
  ['a..com', 'empty', 2],
  ['network_utopia.com', 'no letter', 7],
  ['한글.kr', 'no letter', 0],
  ['www.-a.com', 'hyphen', 4],
  ['a-.com', 'hyphen', 0],
  ['ab--cd.com', 'third and fourth', 2],
  [`${'a'.repeat(64)}.com`, '63', 0],
  [`${'a.'.repeat(126)}com`, '253', 253],
])('%s is no name', (text, what, offset) => {
  try {
    parseHostName(text);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolViolation);
    expect((error as Error).message).toContain(what);
    expect((error as ProtocolViolation).offset).toBe(offset);
  }
});

test('any text is a name that is read the same again, or a violation', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.domain()), (text) => {
      try {
        const labels = parseHostName(text);
        expect(parseHostName(labels.join('.'))).toEqual(labels);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
      }
    }),
  );
});
