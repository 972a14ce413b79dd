import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMMAND_OCTETS_MAX, CommandLineReader, MailDataReader } from '../../src/protocol/smtp-input.ts';

const octets = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);

/** What a reader of mail data makes of these pieces: the data, and what stands behind its end (null: it goes on). */
function readData(pieces: readonly Uint8Array[]): { data: string; behind: string | null } {
  const reader = new MailDataReader();
  let data = '';
  let behind: string | null = null;
  for (const piece of pieces) {
    if (behind !== null) {
      behind += text(piece);
      continue;
    }
    const read = reader.read(piece);
    data += text(read.octets);
    if (read.endsAt !== null) behind = text(piece.subarray(read.endsAt));
  }
  return { data, behind };
}

/** The same, in every way to cut the text into three. */
function everySplit(wire: string, check: (pieces: Uint8Array[]) => void): void {
  const all = octets(wire);
  for (let one = 0; one <= all.length; one += 1) {
    for (let two = one; two <= all.length; two += 1) {
      check([all.subarray(0, one), all.subarray(one, two), all.subarray(two)]);
    }
  }
  check([...all].map((octet) => Uint8Array.of(octet)));
}

test.each([
  ['an ordinary message', 'Subject: x\r\n\r\nx\r\n.\r\nQUIT\r\n', 'Subject: x\r\n\r\nx\r\n', 'QUIT\r\n'],
  ['an empty message', '.\r\nQUIT\r\n', '', 'QUIT\r\n'],
  ['an empty line', '\r\n.\r\n', '\r\n', ''],
  ['a doubled full stop at the very beginning', '..\r\n.\r\n', '.\r\n', ''],
  ['lines of full stops', '..\r\n...\r\n..x\r\n.\r\nN', '.\r\n..\r\n.x\r\n', 'N'],
  ['a full stop that the sender forgot to double', '.x\r\n.\r\n', 'x\r\n', ''],
  ['a full stop within a line', 'a.\r\n.\r\n', 'a.\r\n', ''],
  ['CR CR LF before the full stop', 'a\r\r\n.\r\n', 'a\r\r\n', ''],
])('%s is read in the same way however it is cut (RFC 5321, section 4.5.2)', (_name, wire, data, behind) => {
  everySplit(wire, (pieces) => expect(readData(pieces)).toEqual({ data, behind }));
});

test.each([
  ['LF . LF', 'a\n.\nb'],
  ['LF . CRLF', 'a\n.\r\nb'],
  ['CRLF . LF', 'a\r\n.\nb'],
  ['CR CRLF . CR CRLF', 'a\r\r\n.\r\r\nb'],
  ['CR . CR', 'a\r.\rb'],
  ['CR . CRLF', 'a\r.\r\nb'],
  ['CRLF . CR', 'a\r\n.\rb'],
  ['NUL before the full stop', 'a\r\n\0.\r\nb'],
  ['NUL after the full stop', 'a\r\n.\0\r\nb'],
])('%s does not end mail data, however it is cut (RFC 5321, section 4.1.1.4)', (_name, wire) => {
  everySplit(wire, (pieces) => expect(readData(pieces).behind).toBeNull());
});

test('CRLF . CR and something else keeps its bare CR, so that the message is refused', () => {
  everySplit('a\r\n.\rb', (pieces) => expect(readData(pieces).data).toBe('a\r\n\rb'));
});

test('what a sender makes of any lines is read back as those lines', () => {
  const line = fc.string({ unit: fc.constantFrom('.', 'a', '\0', '\xff', ' '), maxLength: 6 });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(60), { maxLength: 5 }), (lines, cuts) => {
      const data = lines.map((one) => `${one}\r\n`).join('');
      const wire = octets(`${data.replace(/^\./gm, '..')}.\r\nNEXT`);
      const places = [...new Set([0, ...cuts.map((cut) => Math.min(cut, wire.length)), wire.length])].sort(
        (a, b) => a - b,
      );
      const pieces = places.slice(1).map((place, index) => wire.subarray(places[index], place));
      expect(readData(pieces)).toEqual({ data, behind: 'NEXT' });
    }),
  );
});

/** Everything that a reader of commands finds in these pieces. */
function readCommands(pieces: readonly Uint8Array[]): string[] {
  const reader = new CommandLineReader();
  const found: string[] = [];
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const read = reader.read(piece, at);
      if (read.kind === 'open') break;
      found.push(read.kind === 'line' ? text(read.line) : read.kind);
      if (read.kind === 'too-long') return found;
      at = read.endsAt;
    }
  }
  return found;
}

test('a command ends in CRLF; a bare LF ends one that is refused, a bare CR none (RFC 5321, section 2.3.8)', () => {
  everySplit('EHLO x\r\nNOOP\nRSET\rX\r\n\r\nQUI', (pieces) => {
    expect(readCommands(pieces)).toEqual(['EHLO x', 'bare-lf', 'RSET\rX', '']);
  });
});

test('a command line is bounded, in one piece and in many', () => {
  const long = octets('x'.repeat(COMMAND_OCTETS_MAX + 1));
  expect(readCommands([long])).toEqual(['too-long']);
  expect(readCommands([long.subarray(0, 9_000), long.subarray(9_000)])).toEqual(['too-long']);
  expect(readCommands([octets(`${'x'.repeat(COMMAND_OCTETS_MAX - 1)}\r\n`)])[0]).toHaveLength(COMMAND_OCTETS_MAX - 1);
});
