/** Commands of POP3: RFC 1939, section 3: a keyword of three or four letters and arguments, separated by single blanks. */
import { HIDDEN, showAuth, showFirstWord } from './shown-line.ts';

export interface Pop3Command {
  /** In upper case. */
  readonly keyword: string;
  readonly arguments: readonly string[];
  /** Everything behind the keyword: a password may contain blanks. */
  readonly rest: string;
}

/** Longest command with its CRLF, in octets (RFC 2449, section 4). */
export const COMMAND_OCTETS_MAX = 255;
/**
 * Longest response to a SASL challenge with its CRLF, in octets. RFC 5034, section 4: as long as the mechanisms need; PLAIN
 * has three texts of 255 octets at most (RFC 4616, section 2), in base64.
 */
export const SASL_RESPONSE_OCTETS_MAX = 1024;

/** Commands that carry no password. */
const OPEN = ['STLS', 'CAPA', 'QUIT', 'STAT', 'LIST', 'RETR', 'DELE', 'NOOP', 'RSET', 'TOP', 'UIDL'];

export function parsePop3Command(line: string): Pop3Command {
  const blank = line.indexOf(' ');
  const keyword = (blank === -1 ? line : line.slice(0, blank)).toUpperCase();
  const rest = blank === -1 ? '' : line.slice(blank + 1);
  return { keyword, arguments: rest.split(' ').filter((word) => word !== ''), rest };
}

/** A line as it may be shown: the password hidden. @param isSaslResponse whether the line answers a challenge */
export function formatForReport(line: string, isSaslResponse: boolean): string {
  if (isSaslResponse) return line === '*' ? line : HIDDEN;
  const [word = '', name, ...more] = line.trim().split(/\s+/);
  const keyword = word.toUpperCase();
  if (OPEN.includes(keyword)) return line;
  if (keyword === 'AUTH') return showAuth(line);
  // No name has a blank in it: what follows one is the password in the wrong line.
  if (keyword === 'USER' && name !== undefined) return more.length === 0 ? line : `${word} ${name} ${HIDDEN}`;
  return keyword === 'PASS' ? `PASS ${HIDDEN}` : showFirstWord(line);
}
