/** Non-ASCII text in header fields: RFC 2047. `=?utf-8?B?7JWI64WV?=` is 안녕. */
import { decodeCharset } from './charset.ts';
import { fromBinaryText, joinOctets } from './octets.ts';
import { decodeBase64, decodeQ } from './transfer-encoding.ts';

/** Section 2: 75 characters; longer ones are in use and are taken up to this. */
const WORD_LENGTH_MAX = 1000;
const WORD = new RegExp(
  `=\\?([^?\\s*]{1,60})(?:\\*[^?\\s]{0,20})?\\?([bBqQ])\\?([^?\\s]{0,${WORD_LENGTH_MAX}})\\?=`,
  'g',
);

/** `text` with its encoded words decoded. What is no encoded word stays as it is. */
export function decodeEncodedWords(text: string): string {
  const words = [...text.matchAll(WORD)].map((match) => ({
    charset: match[1]!.toLowerCase(),
    octets: /b/i.test(match[2]!) ? decodeBase64(fromBinaryText(match[3]!)) : decodeQ(fromBinaryText(match[3]!)),
    from: match.index,
    to: match.index + match[0].length,
  }));
  let decoded = '';
  let at = 0;
  for (let first = 0; first < words.length; ) {
    // Section 6.2: blanks between encoded words are no text. Words of one character set are joined before they are
    // decoded, because some writers split a character between two.
    let next = first + 1;
    while (
      next < words.length &&
      /^\s+$/.test(text.slice(words[next - 1]!.to, words[next]!.from)) &&
      isAlike(words[first]!, words[next]!)
    )
      next += 1;
    const run = words.slice(first, next);
    const gap = text.slice(at, run[0]!.from);
    decoded += first > 0 && /^\s+$/.test(gap) ? '' : gap;
    const octets = run.length === 1 ? run[0]!.octets : joinOctets(run.map((word) => word.octets));
    decoded += decodeCharset(octets, run[0]!.charset);
    at = run.at(-1)!.to;
    first = next;
  }
  return decoded + text.slice(at);
}

function isAlike(one: { charset: string }, other: { charset: string }): boolean {
  return one.charset === other.charset;
}

/** An encoded word as it stands in a field, and what it says. */
export interface EncodedWord {
  readonly encoded: string;
  readonly charset: string;
  readonly encoding: 'B' | 'Q';
  readonly decoded: string;
}

/** Encoded words that are told of one field. */
const TOLD_MAX = 50;

export function findEncodedWords(text: string): EncodedWord[] {
  return [...text.matchAll(WORD)].slice(0, TOLD_MAX).map(([encoded, charset = '', encoding = '']) => ({
    encoded,
    charset: charset.toLowerCase(),
    encoding: encoding.toUpperCase() === 'B' ? 'B' : 'Q',
    decoded: decodeEncodedWords(encoded),
  }));
}
