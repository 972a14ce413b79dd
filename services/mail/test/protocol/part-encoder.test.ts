import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openPartDecoder } from '../../src/protocol/part-decoder.ts';
import { openPartEncoder, type PartEncoding } from '../../src/protocol/part-encoder.ts';
import { cuts, latin1, split } from '../seven-bit-kit.ts';

function encode(encoding: PartEncoding, pieces: readonly Uint8Array[]): string {
  const encoder = openPartEncoder(encoding);
  return Buffer.concat([...pieces.map((piece) => encoder.push(piece)), encoder.end()]).toString('latin1');
}

test.each([
  ['plain text', 'caf\xc3\xa9 = 1', 'caf=C3=A9 =3D 1'],
  ['line ends of text', 'one\r\ntwo\r\n', 'one\r\ntwo\r\n'],
  ['CR and LF that are no line end', 'a\rb\nc\r\r\n', 'a=0Db=0Ac=0D\r\n'],
  ['blanks at the end of a line and of the text', 'a \r\nb\t\r\n c ', 'a=20\r\nb=09\r\n c=20'],
  ['controls and DEL', '\x00\x07\x7f', '=00=07=7F'],
  ['what looks like a boundary', '--b\r\n-x\r\n a--b', '=2D-b\r\n-x\r\n a--b'],
  ['76 characters', 'x'.repeat(76), `${'x'.repeat(75)}=\r\nx`],
  ['a boundary behind a soft line break', `${'x'.repeat(75)}--b`, `${'x'.repeat(75)}=\r\n=2D-b`],
  ['an octet that finds no room', `${'x'.repeat(73)}\xe9y`, `${'x'.repeat(73)}=\r\n=E9y`],
])('quoted-printable of %s (RFC 2045, section 6.7)', (_what, octets, encoded) => {
  for (const pieces of cuts(latin1(octets))) expect(encode('quoted-printable', pieces)).toBe(encoded);
});

test.each([
  ['nothing', '', ''],
  ['one octet', 'f', 'Zg=='],
  ['two', 'fo', 'Zm8='],
  ['three', 'foo', 'Zm9v'],
  ['a whole line', '\xff'.repeat(57), '/'.repeat(76)],
  ['one more', '\xff'.repeat(58), `${'/'.repeat(76)}\r\n/w==`],
])('base64 of %s (RFC 2045, section 6.8)', (_what, octets, encoded) => {
  for (const pieces of cuts(latin1(octets))) expect(encode('base64', pieces)).toBe(encoded);
});

test.each(['quoted-printable', 'base64'] as const)(
  '%s of any octets is decoded to the same, and its lines fit',
  (encoding) => {
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .array(fc.constantFrom('\r\n', '\r', '\n', ' ', '\t', '-', '=', 'é', 'word', 'x'.repeat(70)))
        .map((all) => Buffer.from(all.join(''))),
    );
    fc.assert(
      fc.property(octets, fc.array(fc.nat(400)), (given, at) => {
        const encoded = encode(encoding, split(given, at));
        expect(encoded).toMatch(/^(?:[\x20-\x7e\t]{0,76}\r\n)*[\x20-\x7e\t]{0,76}$/);
        expect(encoded).not.toMatch(/^--|[ \t]$/m);
        const decoder = openPartDecoder(encoding);
        const decoded = Buffer.concat([decoder.push(latin1(encoded)), decoder.end()]);
        expect(decoded).toEqual(Buffer.from(given));
        // A second judge.
        if (encoding === 'base64') expect(Buffer.from(encoded, 'base64')).toEqual(decoded);
      }),
    );
  },
);
