/**
 * One-time codes in a message, for a test that must type one in. The rule:
 *
 *  1. A code has 4 to 8 digits ("482913", "482 913", "G-482913"), or 5 to 10 capital letters and digits with at least one
 *     digit ("7F3K9Q", "AB12-CD34"), and stands by itself: not in an address of the Web or of mail, no amount of money, date,
 *     time or percentage, not behind "#".
 *  2. The subject or the text speaks of a code: code, otp, pin, passcode, password, token, verification, verify, 2fa, one-time;
 *     인증, 코드, 확인번호, 보안번호, 일회용, 비밀번호.
 *  3. It stands on a line of its own (then such a word is in the subject or not more than three lines above it), or within
 *     60 characters of such a word on the same line.
 *
 * The surest is first: alone on its line, then the nearest to its word.
 */

export interface OneTimeCode {
  /** As it is typed in: "482913". */
  readonly code: string;
  /** As it was written: "482 913". */
  readonly written: string;
}

/** Codes of one message, and characters of it that are looked at. */
const CODES_MAX = 10;
const TEXT_LENGTH_MAX = 200_000;
const LINE_LENGTH_MAX = 2_000;
/** Characters between a code and its word, at most. */
const NEAR_MAX = 60;
/** Lines between them, at most, when the code stands alone. */
const LINES_ABOVE_MAX = 3;

const WORD =
  /\b(?:codes?|otp|pin|passcode|password|token|verification|verify|2fa|one-time)\b|인증|코드|확인 ?번호|보안 ?번호|일회용|비밀번호/gi;
const NO_CODE = /(?:https?:\/\/|www\.)\S+|[^\s<>]+@[^\s<>]+/gi;
const CANDIDATE =
  /(?<![\w.,:/#@%&=+$€£₩-])(?:[A-Z]-(?<prefixed>\d{4,8})|(?<grouped>\d{3}[ -]\d{3})|(?<paired>[A-Z0-9]{3,5}-[A-Z0-9]{3,5})|(?<plain>\d{4,8}|[A-Z0-9]{5,10}))(?![\w/@%:=+-]|[.,]\d|\s?(?:원|달러|유로|won|krw|usd|eur|dollars?|euros?|%|년|월|일|시간|분|초|years?|days?|hours?|minutes?|seconds?)(?![a-z]))/g;

export function codesIn({ subject, text }: { readonly subject: string; readonly text: string }): OneTimeCode[] {
  const subjectSpeaks = wordsOf(subject).length > 0;
  const found: { code: string; written: string; distance: number }[] = inLine(subject);
  const lines = text
    .slice(0, TEXT_LENGTH_MAX)
    .split('\n')
    .map(stripped)
    .filter((line) => line !== '');
  let wordAbove = subjectSpeaks ? Number.POSITIVE_INFINITY : 0;
  for (const line of lines) {
    const speaks = wordsOf(line).length > 0;
    const alone = aloneOn(line);
    if (alone !== null && wordAbove > 0) found.push({ ...alone, distance: -1 });
    else if (speaks) found.push(...inLine(line));
    wordAbove = speaks ? Math.max(wordAbove, LINES_ABOVE_MAX) : wordAbove - 1;
  }
  const sorted = found.sort((one, other) => one.distance - other.distance);
  const unique = new Map(sorted.toReversed().map(({ code, written }) => [code, { code, written }]));
  return [...unique.values()].reverse().slice(0, CODES_MAX);
}

/** Without addresses, which are full of numbers, and without the marks that set a code off. */
function stripped(line: string): string {
  return line
    .slice(0, LINE_LENGTH_MAX)
    .replace(NO_CODE, (found) => ' '.repeat(found.length))
    .replace(/^[\s>*_`"'“”|-]+|[\s*_`"'“”|.!-]+$/g, '');
}

function aloneOn(line: string): OneTimeCode | null {
  const [only] = candidatesOf(line);
  return only !== undefined && only.written.length === line.length ? only : null;
}

function inLine(line: string): { code: string; written: string; distance: number }[] {
  const clean = stripped(line);
  const words = wordsOf(clean);
  return candidatesOf(clean).flatMap(({ code, written, at }) => {
    const distance = Math.min(
      ...words.map((word) => (word.at < at ? at - word.at - word.length : word.at - at - written.length)),
    );
    return distance <= NEAR_MAX ? [{ code, written, distance: Math.max(0, distance) }] : [];
  });
}

function wordsOf(line: string): { at: number; length: number }[] {
  return [...line.slice(0, LINE_LENGTH_MAX).matchAll(WORD)].map((match) => ({
    at: match.index,
    length: match[0].length,
  }));
}

function candidatesOf(line: string): (OneTimeCode & { at: number })[] {
  return [...line.matchAll(CANDIDATE)].flatMap(({ 0: written, index: at, groups = {} }) => {
    const { prefixed, grouped, paired, plain } = groups;
    const code = prefixed ?? grouped?.replace(/[ -]/, '') ?? paired ?? plain ?? '';
    return /\d/.test(code) ? [{ code, written, at }] : [];
  });
}
