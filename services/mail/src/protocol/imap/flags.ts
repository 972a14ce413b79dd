/**
 * Flags of messages: RFC 3501, section 2.3.2. System flags begin with `\` and have a letter in the names of Maildir files;
 * every other flag is a keyword, whose letter (a to z) is its place in the list of the mailbox's keywords.
 */
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { type MaildirFlags, sortFlags } from '../maildir-name.ts';

export const SYSTEM_FLAGS = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'] as const;
const LETTERS = new Map<string, string>([
  ['\\answered', 'R'],
  ['\\flagged', 'F'],
  ['\\deleted', 'T'],
  ['\\seen', 'S'],
  ['\\draft', 'D'],
]);
const NAME_OF = new Map(SYSTEM_FLAGS.map((name) => [LETTERS.get(name.toLowerCase())!, name]));
/** Keywords that a mailbox has at most: a letter for each. */
export const KEYWORDS_MAX = 26;
/** Longest keyword, in characters. */
const KEYWORD_LENGTH_MAX = 64;
const LETTER_A = 'a'.charCodeAt(0);

/** The keywords among `flags`. @throws ProtocolViolation for a flag that no client may set */
export function keywordsIn(flags: readonly string[]): string[] {
  return flags.filter((flag) => {
    if (LETTERS.has(flag.toLowerCase())) return false;
    // RFC 3501, section 2.3.2: \Recent is the server's; other flags with a backslash belong to future RFCs.
    if (flag.startsWith('\\') || flag.length > KEYWORD_LENGTH_MAX)
      throw new ProtocolViolation(
        `Cannot set the flag ${flag.slice(0, KEYWORD_LENGTH_MAX)}`,
        0,
        'RFC 3501, section 2.3.2',
      );
    return true;
  });
}

/** The letters of flags; a keyword that the mailbox does not have gives none. */
export function toLetters(flags: readonly string[], keywords: readonly string[]): MaildirFlags {
  return sortFlags(flags.map((flag) => LETTERS.get(flag.toLowerCase()) ?? keywordLetter(flag, keywords)).join(''));
}

/** The names of a file's letters. Letters that are no flag of IMAP (P, passed on) are left out. */
export function toFlags(letters: MaildirFlags, keywords: readonly string[]): string[] {
  return [...letters].flatMap((letter) => {
    const name = NAME_OF.get(letter) ?? keywords[letter.charCodeAt(0) - LETTER_A];
    return name === undefined || name === '' ? [] : [name];
  });
}

/** What STORE makes of a file's letters (RFC 3501, section 6.4.6). Letters that have no name in IMAP stay. */
export function changeLetters(
  letters: MaildirFlags,
  how: 'replace' | 'add' | 'remove',
  wanted: MaildirFlags,
  keywords: readonly string[],
): MaildirFlags {
  if (how === 'add') return sortFlags(letters + wanted);
  if (how === 'remove') return sortFlags([...letters].filter((letter) => !wanted.includes(letter)).join(''));
  const unnamed = [...letters].filter((letter) => toFlags(letter, keywords).length === 0);
  return sortFlags(unnamed.join('') + wanted);
}

function keywordLetter(keyword: string, keywords: readonly string[]): string {
  const at = keywords.findIndex((one) => one.toLowerCase() === keyword.toLowerCase());
  return at === -1 ? '' : String.fromCharCode(LETTER_A + at);
}
