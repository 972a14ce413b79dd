import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeMessage } from '../decode-message.ts';
import { encodeMessage } from '../encode-message.ts';
import { EXTENDED_ERROR, extendedErrorOption, extendedErrorsOf, formatInfoCode } from '../extended-error.ts';
import { ednsWith, queryFor, responseTo } from '../message.ts';
import { CLASS, TYPE } from '../registry.ts';

const query = queryFor(
  { qname: ['www', 'cnn', 'com'], qtype: TYPE.A, qclass: CLASS.IN },
  { id: 1, rd: true, edns: ednsWith() },
);

test('an extended error is two octets of INFO-CODE and a text (RFC 8914, section 2)', () => {
  const option = extendedErrorOption({ infoCode: EXTENDED_ERROR.STALE_ANSWER, extraText: 'old' });
  expect(option).toEqual({ code: 15, data: Uint8Array.from([0, 3, 0x6f, 0x6c, 0x64]) });
});

test('a response carries several of them', () => {
  const errors = [
    { infoCode: EXTENDED_ERROR.CACHED_ERROR, extraText: 'no server of cnn.com gives an answer' },
    { infoCode: EXTENDED_ERROR.NO_REACHABLE_AUTHORITY, extraText: '' },
  ];
  const response = responseTo(query, { rcode: 2, edns: ednsWith(errors.map(extendedErrorOption)) });
  expect(extendedErrorsOf(decodeMessage(encodeMessage(response)))).toEqual(errors);
});

test('a final NUL is no part of the text, a long text is cut, and an option of one octet is none', () => {
  const read = (data: Uint8Array) => extendedErrorsOf(responseTo(query, { edns: ednsWith([{ code: 15, data }]) }));
  expect(read(Uint8Array.from([0, 18, 0x61, 0]))).toEqual([{ infoCode: 18, extraText: 'a' }]);
  expect(read(Uint8Array.from([0]))).toEqual([]);
  expect(extendedErrorOption({ infoCode: 0, extraText: 'x'.repeat(1_000) }).data.length).toBe(202);
});

test('whatever octets come are read or ignored', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
      const errors = extendedErrorsOf(responseTo(query, { edns: ednsWith([{ code: 15, data }]) }));
      expect(errors.length).toBe(data.length < 2 ? 0 : 1);
    }),
  );
});

test('INFO-CODEs have the names of the registry; an unknown one has its number', () => {
  expect(formatInfoCode(EXTENDED_ERROR.NOT_AUTHORITATIVE)).toBe('Not Authoritative');
  expect(formatInfoCode(4_000)).toBe('extended error 4000');
});
