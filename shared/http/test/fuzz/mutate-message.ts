/** Hostile HTTP messages out of good ones: octets, lines, lengths, chunks and fields changed. */

import { CODING_NAMES, CODINGS, FIELDS, LENGTHS, LINE_ENDS, SIZES, START_WORDS, TELLING } from './hostile-words.ts';
import type { Random } from './random.ts';

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
