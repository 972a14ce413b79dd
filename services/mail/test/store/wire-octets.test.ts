import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toCrlf } from '../../src/protocol/line-ends.ts';
import { WireOctets } from '../../src/store/wire-octets.ts';

function convert(...pieces: readonly Uint8Array[]): Buffer {
  const wire = new WireOctets();
  return Buffer.concat(pieces.map((piece) => wire.convert(Buffer.from(piece))));
}

test.each([
  ['', ''],
  ['\n', '\r\n'],
  ['one\ntwo', 'one\r\ntwo'],
  ['\n\n\n', '\r\n\r\n\r\n'],
  // What another program wrote with CRLF stays as it is, between lines of the other kind too.
  ['one\r\ntwo\n', 'one\r\ntwo\r\n'],
  ['a\rb\n', 'a\rb\r\n'],
  ['\x80\xff\n\x00', '\x80\xff\r\n\x00'],
])('%j is %j on the wire, wherever it is cut', (file, wire) => {
  const octets = Buffer.from(file, 'latin1');
  for (let split = 0; split <= octets.length; split += 1) {
    expect(convert(octets.subarray(0, split), octets.subarray(split)).toString('latin1')).toBe(wire);
  }
});

test('any octets in any pieces become what they become at once, line by line', () => {
  const octet = fc.oneof(fc.constantFrom(10, 13), fc.integer({ min: 0, max: 255 }));
  const piece = fc.array(octet, { maxLength: 12 }).map((octets) => Uint8Array.from(octets));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      expect(convert(...pieces)).toEqual(Buffer.from(toCrlf(Buffer.concat(pieces))));
    }),
  );
});
