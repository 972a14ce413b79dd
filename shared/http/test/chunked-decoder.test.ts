import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from '../../protocol-violation.ts';
import { CHUNKED_START, type ChunkedState, decodeChunked } from '../chunked-decoder.ts';
import type { Fields } from '../fields.ts';

const octetsOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const textOf = (octets: Uint8Array) => String.fromCharCode(...octets);

interface Decoded {
  readonly data: string;
  readonly rest: string;
  readonly kind: ChunkedState['kind'];
  readonly trailers: Fields;
}

/** Decodes `text` as it comes in the given pieces. */
function decode(...pieces: string[]): Decoded {
  let state: ChunkedState = CHUNKED_START;
  let data = '';
  let rest = '';
  for (const piece of pieces) {
    const step = decodeChunked(state, octetsOf(piece));
    state = step.state;
    data += step.data.map(textOf).join('');
    rest += piece.slice(step.used);
  }
  return { data, rest, kind: state.kind, trailers: state.kind === 'complete' ? state.trailers : [] };
}

/** The text cut at every place into two, and into single octets. */
function everyCut(text: string): string[][] {
  return [[text], [...text], ...Array.from(text, (_character, at) => [text.slice(0, at), text.slice(at)])];
}

test('the example of a body in three chunks, with an extension and a trailer, cut at every place', () => {
  const text = '4\r\nWiki\r\n6;name="a;b"\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nChecksum: abc\r\n\r\nGET /next';
  for (const pieces of everyCut(text)) {
    expect(decode(...pieces)).toEqual({
      data: 'Wikipedia in \r\n\r\nchunks.',
      rest: 'GET /next',
      kind: 'complete',
      trailers: [['Checksum', 'abc']],
    });
  }
});

test.each([
  ['upper and lower case', 'a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n', 20],
  ['leading zeros', '003\r\nabc\r\n000\r\n\r\n', 3],
  ['extensions', '3; a = b\r\nabc\r\n0;x\r\n\r\n', 3],
  ['an empty body', '0\r\n\r\n', 0],
])('%s', (_name, text, length) => {
  for (const pieces of everyCut(text)) {
    const { data, kind } = decode(...pieces);
    expect([data.length, kind]).toEqual([length, 'complete']);
  }
});

describe('what is refused, cut at every place', () => {
  test.each([
    ['9 a chunk size of 17 digits', 'FFFFFFFFFFFFFFFFF\r\nabc'],
    ['9 a chunk size of 17 digits that begins with zeros', `${'0'.repeat(16)}3\r\nabc`],
    ['9 a chunk size over 2^53', '20000000000000\r\nabc'],
    ['10 a bare LF in a chunk extension', '3;a\nb\r\nabc\r\n0\r\n\r\n'],
    ['10 a bare CR in a chunk extension', '3;a\rb\r\nabc\r\n0\r\n\r\n'],
    ['10 a bare LF behind the size', '3\nabc\r\n0\r\n\r\n'],
    ['10 chunk data without CRLF', '3\r\nabcd\r\n0\r\n\r\n'],
    ['10 chunk data with a bare LF', '3\r\nabc\n0\r\n\r\n'],
    ['10 chunk data with two CRs', '3\r\nabc\r\r\n0\r\n\r\n'],
    ['a NUL in a chunk extension', '3;\0\r\nabc\r\n0\r\n\r\n'],
    ['no size', '\r\nabc\r\n0\r\n\r\n'],
    ['a signed size', '+3\r\nabc\r\n0\r\n\r\n'],
    ['a size with 0x', '0x3\r\nabc\r\n0\r\n\r\n'],
    ['a size with an underscore', '1_0\r\nabc\r\n0\r\n\r\n'],
    ['a blank before the size', ' 3\r\nabc\r\n0\r\n\r\n'],
    ['a blank behind the size', '3 \r\nabc\r\n0\r\n\r\n'],
    ['a bare LF in the trailers', '0\r\nX: y\n\r\n'],
    ['a bare LF at the end', '0\r\n\n'],
    ['a bare CR in a trailer', '0\r\nX: a\rb\r\n\r\n'],
    ['a folded trailer', '0\r\nX: a\r\n b\r\n\r\n'],
    ['a trailer with a blank before the colon', '0\r\nX : a\r\n\r\n'],
    ['a trailer without a colon', '0\r\nGET / HTTP/1.1\r\n\r\n'],
  ])('%s', (_name, text) => {
    for (const pieces of everyCut(text)) expect(() => decode(...pieces)).toThrow(ProtocolViolation);
  });

  test('extensions over the limit, in one chunk and in many', () => {
    expect(() => decode(`1;${'x'.repeat(9_000)}\r\n`)).toThrow('extensions are too long');
    expect(() => decode('1;xxxxxxxx\r\na\r\n'.repeat(1_000))).toThrow('extensions are too long');
  });

  test('a trailer section over the limit', () => {
    expect(() => decode(`0\r\nX: ${'x'.repeat(9_000)}`)).toThrow('trailer section is too long');
  });
});

test('trailers that would change the message are dropped, never merged (RFC 9110, section 6.5.1)', () => {
  const names = ['Host', 'Content-Length', 'Authorization', 'transfer-encoding', 'Set-Cookie', 'Cache-Control'];
  const section = names.map((name) => `${name}: 1\r\n`).join('');
  expect(decode(`0\r\n${section}Digest: 1\r\n\r\n`).trailers).toEqual([['Digest', '1']]);
});

test('data comes out as views into what came in: nothing is copied', () => {
  const octets = octetsOf('5\r\nhello\r\n0\r\n\r\n');
  expect(decodeChunked(CHUNKED_START, octets).data[0]?.buffer).toBe(octets.buffer);
});

test('what is encoded comes back, however it is cut', () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 5 }), fc.array(fc.nat(200), { maxLength: 6 }), (chunks, cuts) => {
      const encoded = chunks.map((data) => `${data.length.toString(16)}\r\n${textOf(data)}\r\n`).join('');
      const text = `${encoded}0\r\n\r\nrest`;
      const places = [0, ...cuts.filter((cut) => cut < text.length).sort((one, other) => one - other), text.length];
      const pieces = places.slice(1).map((place, index) => text.slice(places[index], place));
      const { data, rest, kind } = decode(...pieces);
      expect({ data, rest, kind }).toEqual({ data: chunks.map(textOf).join(''), rest: 'rest', kind: 'complete' });
    }),
  );
});

test('arbitrary octets are decoded or refused with a ProtocolViolation, and a cut changes nothing', () => {
  const alphabet = fc.constantFrom('0', '1', '3', 'a', '\r', '\n', ';', ':', ' ', 'x', '\0', '\r\n', '0\r\n\r\n');
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 24 }), fc.nat(24), (letters, cut) => {
      const text = letters.join('');
      expect(outcome(text.slice(0, cut), text.slice(cut))).toEqual(outcome(text));
    }),
  );
});

function outcome(...pieces: string[]): Decoded | string {
  try {
    return decode(...pieces);
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    return error.clause;
  }
}
