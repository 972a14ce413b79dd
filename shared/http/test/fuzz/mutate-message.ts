/** Hostile HTTP messages out of good ones: octets, lines, lengths, chunks and fields changed. */

import type { Random } from './random.ts';

/** Octets that mean something to a parser. */
const TELLING = [
  '\0',
  '\t',
  '\n',
  '\r',
  ' ',
  '!',
  '"',
  ',',
  '/',
  ':',
  ';',
  '=',
  '\x0b',
  '\x7f',
  '\x80',
  '\x85',
  '\xa0',
  '\xff',
  '0',
  '9',
  'a',
  'F',
  '\r\n',
  '\r\n\r\n',
];
const LINE_ENDS = ['\n', '\r', '\r\r\n', '\n\r', ' \r\n', '\r\n\r\n', '\r\n ', '\r\n\t', '\0\r\n', ''];
const LENGTHS = [
  '0',
  '00',
  '+5',
  '-1',
  '5, 5',
  '5,6',
  '5;',
  '0x5',
  '5 ',
  '5 5',
  '5.0',
  '1e1',
  '',
  '9007199254740993',
  '18446744073709551621',
  '4294967301',
  '99999999999999999999999',
];
const CODINGS = [
  'chunked',
  'Chunked',
  'CHUNKED',
  ' chunked',
  'chunked ',
  'chunked\t',
  '\tchunked',
  '\x0bchunked',
  'xchunked',
  'chunkedx',
  'chunked, identity',
  'identity, chunked',
  'chunked, chunked',
  'identity',
  'gzip, chunked',
  '"chunked"',
  'chunked;q=1',
  ',chunked',
  'chunked,',
  'chunk',
  '',
];
const CODING_NAMES = [
  'Transfer-Encoding',
  'transfer-encoding',
  'Transfer-Encoding ',
  ' Transfer-Encoding',
  'Transfer_Encoding',
  'Transfer-Encoding\t',
  'X: y\nTransfer-Encoding',
  'X: y\rTransfer-Encoding',
];
const SIZES = [
  '0',
  '00',
  '000000000000000000',
  '0x3',
  '3 ',
  ' 3',
  '+3',
  '-3',
  '3;a=b',
  '3;a="b\\"c"',
  '3 ; a',
  '3;\n',
  '3;a\rb',
  'fffffffffffffffff',
  'ffffffffffffffff',
  '80000000',
  '100000003',
  '3,',
  '3\t',
  'g',
  '',
];
const FIELDS = [
  'Host: evil.test',
  'Connection: Host',
  'Connection: Content-Length',
  'Connection: Transfer-Encoding, close',
  'Connection: keep-alive, X-Secret',
  'Connection: close',
  'Content-Length: 5',
  'Content-Length: 0',
  'Content-Length : 5',
  'Content_Length: 5',
  'Expect: 100-continue',
  'Expect: 200-maybe',
  'Upgrade: h2c',
  'HTTP2-Settings: AAMAAABkAAQAAP__',
  'Trailer: Content-Length',
  'TE: trailers, chunked',
  'Range: bytes=0-0,1-1,2-2,-1',
  'Range: bytes=5-',
  'If-None-Match: *',
  'Cache-Control: no-cache',
  'Cache-Control: only-if-cached',
  'Max-Forwards: 0',
  'Via: 1.1 other',
  'Vary: *',
  'Age: -1',
  'X-Forwarded-Host: evil.test',
  'X-Original-URL: /evil',
  'Proxy-Connection: keep-alive',
  'Keep-Alive: timeout=5',
  ': nameless',
  'no colon at all',
  'X-Long: '.padEnd(700, 'a'),
];
const START_WORDS = [
  'GET',
  'get',
  'HEAD',
  'POST',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PRI',
  'G\xc3T',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/0.9',
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/3.7',
  'HTTP/1.',
  'http/1.1',
  'HTTP/01.1',
  '*',
  '/',
  '//',
  '/../..',
  'http://',
  'https://evil.test/',
  'evil.test:443',
  '/%0d%0aX:%20y',
  '/#f',
  '200',
  '204',
  '304',
  '100',
  '101',
  '99',
  '600',
  '2000',
  '',
  ' ',
  '\t',
];

type Mutation = (text: string, random: Random) => string;

const MUTATIONS: readonly Mutation[] = [
  // Octets.
  (text, random) => replace(text, random, 1, String.fromCharCode(random.below(256))),
  (text, random) => replace(text, random, 1, random.pick(TELLING)),
  (text, random) => replace(text, random, 0, random.pick(TELLING)),
  (text, random) => replace(text, random, 1 + random.below(3), ''),
  (text, random) => {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + text.slice(at, at + random.below(120)) + text.slice(at);
  },
  // Lines.
  (text, random) => atLine(text, random, (line) => [line, line]),
  (text, random) => atLine(text, random, () => []),
  (text, random) => atLine(text, random, (line) => [random.pick([' ', '\t', '']) + line]),
  (text, random) =>
    atLine(text, random, (line) => [line.replace(':', random.pick([' :', '\t:', '::', ':\r\n ', '', ': \0', ':,']))]),
  (text, random) => atLine(text, random, (line) => [line.replace(/[a-z]/g, (letter) => letter.toUpperCase())]),
  (text, random) => atLineEnd(text, random, random.pick(LINE_ENDS)),
  (text, random) => {
    const lines = text.split('\r\n');
    const [one, other] = [random.below(lines.length), random.below(lines.length)];
    [lines[one], lines[other]] = [lines[other]!, lines[one]!];
    return lines.join('\r\n');
  },
  (text, random) => afterStart(text, random.pick(FIELDS)),
  (text, random) => afterStart(text, `${random.pick(CODING_NAMES)}: ${random.pick(CODINGS)}`),
  (text, random) => afterStart(text, `Content-Length: ${random.pick(LENGTHS)}`),
  // Framing.
  (text, random) =>
    text.replace(/(Content-Length: )(\d+)/i, (_all, name, length) => `${name}${changed(Number(length), random)}`),
  (text, random) => text.replace(/(Transfer-Encoding: )[^\r]*/i, (_all, name) => `${name}${random.pick(CODINGS)}`),
  (text, random) => atChunk(text, random, () => random.pick(SIZES)),
  (text, random) =>
    atChunk(text, random, (size) => (Number.parseInt(size, 16) + random.pick([-2, -1, 1, 2, 16])).toString(16)),
  (text) =>
    text.replace(/0\r\n\r\n$/, '0\r\nContent-Length: 3\r\nHost: evil.test\r\nTransfer-Encoding: chunked\r\n\r\n'),
  (text) => text.replace(/0\r\n\r\n$/, ''),
  // The start line.
  (text, random) => {
    const end = text.indexOf('\r\n');
    const words = text.slice(0, Math.max(0, end)).split(' ');
    words[random.below(words.length)] = random.pick(START_WORDS);
    return words.join(random.once(8) ? '  ' : ' ') + text.slice(Math.max(0, end));
  },
  (text, random) => text.slice(0, random.below(text.length + 1)),
];

/** `text` with up to `most` changes. */
export function mutate(text: string, random: Random, most: number): string {
  let mutated = text;
  for (let left = 1 + random.below(most); left > 0; left -= 1) mutated = random.pick(MUTATIONS)(mutated, random);
  return mutated;
}

function replace(text: string, random: Random, octets: number, by: string): string {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + by + text.slice(at + octets);
}

function atLine(text: string, random: Random, change: (line: string) => string[]): string {
  const lines = text.split('\r\n');
  const at = random.below(lines.length);
  return lines.toSpliced(at, 1, ...change(lines[at]!)).join('\r\n');
}

function atLineEnd(text: string, random: Random, by: string): string {
  const lines = text.split('\r\n');
  const at = random.below(lines.length);
  return `${lines.slice(0, at + 1).join('\r\n')}${by}${lines.slice(at + 1).join('\r\n')}`;
}

function afterStart(text: string, line: string): string {
  const end = text.indexOf('\r\n');
  return end === -1 ? text : `${text.slice(0, end + 2)}${line}\r\n${text.slice(end + 2)}`;
}

/** Changes one line that looks like a chunk size. */
function atChunk(text: string, random: Random, change: (size: string) => string): string {
  const sizes = [...text.matchAll(/(?<=\r\n)[0-9a-f]{1,4}(?=\r\n)/gi)];
  if (sizes.length === 0) return text;
  const size = random.pick(sizes);
  return text.slice(0, size.index) + change(size[0]) + text.slice(size.index + size[0].length);
}

function changed(length: number, random: Random): string {
  if (random.once(2)) return random.pick(LENGTHS);
  return String(Math.max(0, length + random.pick([-20, -5, -1, 1, 5, 20, 1000])));
}
