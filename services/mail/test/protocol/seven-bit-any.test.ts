import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Entity, encodingOf } from '../../src/protocol/imap/entity.ts';
import { partOctets } from '../../src/protocol/message-part.ts';
import { LongLineFinder } from '../../src/protocol/span-flaws.ts';
import { convert, latin1, scan, split } from '../seven-bit-kit.ts';

/** A message, of parts and of messages inside. */
const bodyLine = fc.oneof(
  fc.string({ maxLength: 90 }).map((text) => text.replace(/[\r\n\0]/g, '')),
  fc.constantFrom(
    '',
    ' ',
    '--',
    '--b0x',
    'é',
    '안녕',
    'x'.repeat(1200),
    `${'x'.repeat(75)}--b0`,
    'a=20',
    '.',
    'From x',
  ),
);
const body = fc.array(bodyLine, { maxLength: 6 }).map((all) => all.join('\r\n'));
const leaf = fc
  .record({
    type: fc.constantFrom(null, 'text/plain; charset=utf-8', 'text/html', 'image/png', 'application/x-thing'),
    encoding: fc.constantFrom(null, '7bit', '8bit', 'binary'),
    text: body,
  })
  .map(
    ({ type, encoding, text }) =>
      () =>
        [...fieldsOf(type, encoding), '', text].join('\r\n'),
  );
type Draft = (next: () => string) => string;
const { tree } = fc.letrec<{ tree: Draft }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    tie('tree').map((inner) => (next: () => string) => ['Content-Type: message/rfc822', '', inner(next)].join('\r\n')),
    fc
      .tuple(fc.array(tie('tree'), { minLength: 1, maxLength: 3 }), bodyLine, fc.constantFrom(null, '8bit'))
      .map(([parts, outside, encoding]) => (next: () => string) => {
        const boundary = next();
        const all = parts.map((part) => `--${boundary}\r\n${part(next)}\r\n`).join('');
        const preamble = outside.startsWith('--') ? '' : `${outside}\r\n`;
        return [
          ...fieldsOf(`multipart/mixed; boundary=${boundary}`, encoding),
          '',
          `${preamble}${all}--${boundary}--\r\n`,
        ].join('\r\n');
      }),
  ),
}));
const message = tree.map((draft) => {
  let boundaries = 0;
  return Buffer.from(`Subject: x\r\nMIME-Version: 1.0\r\n${draft(() => `b${boundaries++}`)}\r\n`);
});

function fieldsOf(type: string | null, encoding: string | null): string[] {
  return [
    ...(type === null ? [] : [`Content-Type: ${type}`]),
    ...(encoding === null ? [] : [`Content-Transfer-Encoding: ${encoding}`]),
  ];
}

/** The decoded leaves of a message, with their types. */
function* leaves(entity: Entity, octets: Buffer): Generator<{ type: string; content: string }> {
  if (entity.message !== null) yield* leaves(entity.message, octets);
  for (const part of entity.parts) yield* leaves(part, octets);
  if (entity.message !== null || entity.parts.length > 0) return;
  const travelled = octets.subarray(entity.bodyFrom, entity.bodyTo);
  const content = partOctets({ encoding: encodingOf(entity.fields) }, travelled);
  yield { type: entity.mediaType.value, content: Buffer.from(content).toString('latin1') };
}

test('any message has the same parts when it is converted, all in 7 bits and short lines', () => {
  fc.assert(
    fc.property(message, fc.array(fc.nat(3000)), (given, at) => {
      const { octets, because } = convert(split(given, at));
      if (octets === null) throw new Error(because);
      expect(octets.toString('latin1')).toMatch(/^(?:[\x00-\x09\x0b\x0c\x0e-\x7f]{0,998}\r\n)*$/);
      const found = [...leaves(scan([octets]), octets)];
      const wanted = [...leaves(scan([given]), given)];
      // The line end behind a body of base64 that ends the message is not the body's.
      expect(found).toEqual(wanted);
      expect(convert([octets]).because).toBe('unneeded');
    }),
    { numRuns: 500 },
  );
});

test('any octets are converted to 7 bits, or not at all', () => {
  const words = [
    '\r\n',
    '\r\n',
    '--b',
    '--',
    'Content-Type: multipart/mixed; boundary=b\r\n',
    'Content-Type: message/rfc822\r\n',
    'Content-Transfer-Encoding: base64\r\n',
    '\xe9',
    '\xa0',
    ' ',
    'x',
    '\t',
  ];
  const soup = fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((all) => latin1(all.join('')));
  fc.assert(
    fc.property(fc.oneof(soup, fc.uint8Array({ maxLength: 200 })), fc.array(fc.nat(600)), (given, at) => {
      const { octets } = convert(split(given, at));
      expect(octets?.every((octet) => octet < 0x80) ?? true).toBe(true);
      expect(octets === null || convert([given]).octets?.equals(octets)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('a line of more than 998 octets is found, wherever the pieces end', () => {
  const found = (pieces: readonly Uint8Array[]) => {
    const finder = new LongLineFinder();
    for (const piece of pieces) finder.push(piece);
    return finder.hasFound;
  };
  const given = fc.array(fc.integer({ min: 990, max: 1001 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(given, fc.array(fc.nat(4000)), (lengths, at) => {
      const octets = latin1(lengths.map((length) => `${'x'.repeat(length)}\r\n`).join(''));
      expect(found(split(octets, at))).toBe(lengths.some((length) => length > 998));
    }),
  );
});
