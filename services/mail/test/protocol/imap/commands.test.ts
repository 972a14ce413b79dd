import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import {
  COMMAND_OCTETS_MAX,
  type CommandPiece,
  CommandReader,
  type ReaderEvent,
} from '../../../src/protocol/imap/command-reader.ts';
import { parseFetchItems } from '../../../src/protocol/imap/fetch-item.ts';
import { hideSecrets } from '../../../src/protocol/imap/hidden-secrets.ts';
import { ImapParser } from '../../../src/protocol/imap/parser.ts';
import { parsePlain } from '../../../src/protocol/imap/sasl-plain.ts';

const octets = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const shown = (pieces: readonly CommandPiece[]) =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : `<${Buffer.from(piece).toString('latin1')}>`)).join('');

/** Everything that a reader gives for octets that come in these pieces; literals are held unless `how` says otherwise. */
function readAll(pieces: readonly Uint8Array[], how: 'hold' | 'stream' | 'discard' = 'hold'): string[] {
  const reader = new CommandReader();
  const told: string[] = [];
  let streamed = '';
  for (const piece of pieces) {
    reader.feed(piece);
    for (let event = reader.next(); event !== null; event = reader.next()) {
      if (event.kind === 'announced') reader.accept(how);
      if (event.kind === 'octets') streamed += Buffer.from(event.octets).toString('latin1');
      else told.push(describeEvent(event, streamed));
    }
  }
  return told;
}

function describeEvent(event: ReaderEvent, streamed: string): string {
  if (event.kind === 'command') return `command ${shown(event.pieces)}`;
  if (event.kind === 'announced') return `announced ${event.octets}${event.isSynchronizing ? '' : '+'}`;
  return event.kind === 'literal-end' ? `streamed ${streamed}` : event.kind;
}

describe('commands are cut out of a stream', () => {
  const CONVERSATION = octets('a LOGIN {5}\r\nalice {3+}\r\nx\r\n\r\nb NOOP\r\nc x "{5}"\nd {0}\r\n tail\r\n');
  const EXPECTED = [
    'announced 5',
    'announced 3+',
    'command a LOGIN <alice> <x\r\n>',
    'command b NOOP',
    'command c x "{5}"',
    'announced 0',
    'command d <> tail',
  ];

  test('the same, wherever the stream is split', () => {
    for (let split = 0; split <= CONVERSATION.length; split += 1) {
      expect(readAll([CONVERSATION.subarray(0, split), CONVERSATION.subarray(split)])).toEqual(EXPECTED);
    }
    expect(readAll([...CONVERSATION].map((octet) => Uint8Array.of(octet)))).toEqual(EXPECTED);
  });

  test('a literal is streamed, or thrown away, and the next command is met behind it', () => {
    const stream = octets('a APPEND x {4}\r\n\r\nab\r\nb NOOP\r\n');
    expect(readAll([stream], 'stream')).toEqual(['announced 4', 'streamed \r\nab', 'command ', 'command b NOOP']);
    expect(readAll([stream], 'discard')).toEqual(['announced 4', 'command a APPEND x <>', 'command b NOOP']);
  });

  test('a literal that is refused ends its command', () => {
    const reader = new CommandReader();
    reader.feed(octets('a APPEND x {9}\r\nb NOOP\r\n'));
    expect(reader.next()?.kind).toBe('announced');
    expect(reader.next()).toBeNull();
    reader.refuse();
    expect(reader.next()).toEqual({ kind: 'command', pieces: ['b NOOP'] });
  });

  test('a line that is too long is skipped to its end; one without an end is given up', () => {
    const long = octets(`a SEARCH ${'x'.repeat(100_000)}\r\nb NOOP\r\n`);
    expect(readAll([long])).toEqual(['too-long', 'command b NOOP']);
    expect(readAll(Array.from({ length: 20 }, () => octets('x'.repeat(COMMAND_OCTETS_MAX))))).toEqual(['flood']);
  });

  test('a command has room for a limited number of octets in literals', () => {
    const reader = new CommandReader();
    reader.feed(octets('a LOGIN {5}\r\n'));
    reader.next();
    expect(reader.hasRoomFor(1000)).toBe(true);
    expect(reader.hasRoomFor(COMMAND_OCTETS_MAX)).toBe(false);
    expect(reader.hasRoomFor(99_999_999_999)).toBe(false);
  });

  test('any octets give events and nothing else', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array()), (pieces) => void readAll(pieces)));
  });
});

const read = <Value>(text: string, element: (parser: ImapParser) => Value): Value | string => {
  const parser = new ImapParser([text]);
  try {
    const value = element(parser);
    parser.end();
    return value;
  } catch (error) {
    if (error instanceof ProtocolViolation) return 'BAD';
    throw error;
  }
};

test.each([
  ['INBOX', 'INBOX'],
  ['a]b', 'a]b'],
  ['"a \\"b\\\\"', 'a "b\\'],
  ['""', ''],
  ['"a', 'BAD'],
  ['a"b', 'BAD'],
  ['"a\\b"', 'BAD'],
  ['(a', 'BAD'],
  ['a\x00', 'BAD'],
  ['"\x00"', 'BAD'],
  ['', 'BAD'],
])('astring %j: %j', (text, expected) => {
  expect(read(text, (parser) => parser.astring())).toBe(expected);
});

test('an astring may be a literal, but not one with NUL', () => {
  expect(new ImapParser(['', octets('a b\r\n'), '']).astring()).toBe('a b\r\n');
  expect(() => new ImapParser(['', octets('a\0'), '']).astring()).toThrow(ProtocolViolation);
});

test.each([
  ['(\\Seen $Foo)', ['\\Seen', '$Foo']],
  ['()', []],
  ['(\\Seen', 'BAD'],
  ['(\\Seen )', 'BAD'],
  ['( \\Seen)', 'BAD'],
  ['(\\)', 'BAD'],
])('flag-list %s', (text, expected) => {
  expect(read(text, (parser) => parser.flagList())).toEqual(expected);
});

test.each([
  ['"17-Jul-1996 02:44:25 -0700"', Date.UTC(1996, 6, 17, 9, 44, 25)],
  ['" 7-Feb-2024 00:00:00 +0130"', Date.UTC(2024, 1, 6, 22, 30)],
  ['"29-Feb-2024 00:00:00 +0000"', Date.UTC(2024, 1, 29)],
  ['"29-Feb-2023 00:00:00 +0000"', 'BAD'],
  ['"31-Apr-2023 00:00:00 +0000"', 'BAD'],
  ['"17-Jul-1996 24:44:25 -0700"', 'BAD'],
  ['"17-Foo-1996 02:44:25 -0700"', 'BAD'],
  ['17-Jul-1996', 'BAD'],
])('date-time %s', (text, expected) => {
  expect(read(text, (parser) => parser.dateTime())).toBe(expected);
});

test.each([
  ['4294967295', 4294967295],
  ['4294967296', 'BAD'],
  ['99999999999999', 'BAD'],
  ['0', 0],
  ['-1', 'BAD'],
])('number %s', (text, expected) => {
  expect(read(text, (parser) => parser.number())).toBe(expected);
});

test.each([
  ['BODY[]', 'BODY[]'],
  ['body.peek[header]', 'BODY[HEADER]'],
  ['BODY[1.2.MIME]<5.10>', 'BODY[1.2.MIME]<5>'],
  ['BODY[1.HEADER.FIELDS.NOT (A "b c")]', 'BODY[1.HEADER.FIELDS.NOT (A "b c")]'],
  ['RFC822', 'RFC822'],
  ['RFC822.SIZE', 'RFC822.SIZE'],
  ['BODYSTRUCTURE', 'BODYSTRUCTURE'],
  ['(FLAGS UID BODY)', 'FLAGS UID BODY'],
  ['FULL', 'FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY'],
  ['BODY[MIME]', 'BAD'],
  ['BODY[0]', 'BAD'],
  ['BODY[1.]', 'BAD'],
  ['BODY[1', 'BAD'],
  ['BODY[]<0.0>', 'BAD'],
  ['BODY[]<0>', 'BAD'],
  ['BODY[HEADER.FIELDS ()]', 'BAD'],
  ['BODY.PEEK', 'BAD'],
  ['()', 'BAD'],
  ['(ALL)', 'BAD'],
  ['MODSEQ', 'MODSEQ'],
  ['BINARY[1]', 'BINARY[1]'],
  ['(BINARY.PEEK[1.2]<0.5> BINARY.SIZE[3])', 'BINARY[1.2]<0> BINARY.SIZE[3]'],
  ['BINARY[]', 'BINARY[]'],
  ['BINARY', 'BAD'],
  ['BINARY[HEADER]', 'BAD'],
  ['BINARY[1.]', 'BAD'],
  ['BINARY.SIZE[1]<0.5>', 'BAD'],
  ['XYZ', 'BAD'],
])('FETCH %s', (text, expected) => {
  const names = read(text, (parser) =>
    parseFetchItems(parser)
      .map((item) => ('label' in item ? item.label : item.kind))
      .join(' '),
  );
  expect(names).toBe(expected);
});

test('any text is read, or is a violation of the protocol', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const element of [
        (parser: ImapParser) => parser.astring(),
        (parser: ImapParser) => parser.flagList(),
        (parser: ImapParser) => parser.sequenceSet(),
        (parser: ImapParser) => parser.dateTime(),
        parseFetchItems,
      ])
        read<unknown>(text, element);
    }),
  );
});

test('passwords are hidden where a command is shown', () => {
  expect(hideSecrets(['a LOGIN alice wonderland'])).toBe('a LOGIN alice ********');
  expect(hideSecrets(['a login "alice" "won der"'])).toBe('a LOGIN "alice" ********');
  expect(hideSecrets(['a LOGIN ', octets('alice'), ' ', octets('secret'), ''])).not.toMatch(/secret/);
  expect(hideSecrets(['a AUTHENTICATE PLAIN AGFsaWNlAHg='])).toBe('a AUTHENTICATE PLAIN ********');
  expect(hideSecrets(['a LOGIN "al\\"ice x" secret'])).not.toMatch(/secret/);
  expect(hideSecrets(['a SELECT INBOX'])).toBe('a SELECT INBOX');
  // Misspelt, and without its tag.
  expect(hideSecrets(['a LGOIN alice wonderland'])).toBe('a LGOIN ********');
  expect(hideSecrets(['LOGIN alice wonderland'])).toBe('LOGIN ********');
  expect(hideSecrets(['a1'])).toBe('a1');
});

test.each([
  ['\0alice\0secret', { authorize: '', user: 'alice', password: 'secret' }],
  ['bob\0alice\0secret', { authorize: 'bob', user: 'alice', password: 'secret' }],
  ['alice\0secret', null],
  ['\0alice\0', null],
  ['\0\0secret', null],
  ['\0a\0b\0c', null],
])('PLAIN %j', (text, expected) => {
  expect(parsePlain(Buffer.from(text).toString('base64'))).toEqual(expected);
});
