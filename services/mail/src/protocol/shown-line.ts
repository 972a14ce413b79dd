/**
 * What a line of a conversation may show to everybody. A password stands not only where it belongs: the command before it is
 * misspelt or was refused, the mechanism is forgotten, a tab stands for a blank. So a line is shown whole only when it begins
 * with a command that carries no password.
 */

/** In the place of what is not shown. */
export const HIDDEN = '********';

/**
 * The word that a line begins with, where it is one that somebody may have meant as a command: base64 has capitals, small
 * letters and digits together.
 */
const WORD = /^(?:[A-Z]{1,12}|[a-z]{1,12})$/;
/** Names of SASL mechanisms (RFC 4422, section 3.1) that base64 cannot look like: known ones, and those with a hyphen. */
const MECHANISM = /^(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|EXTERNAL|ANONYMOUS|[A-Z]+-[A-Z0-9-]+)$/i;

/** A line that begins with no known command, or with one that carries a password: its first word at most. */
export function showFirstWord(line: string): string {
  const [word = '', ...rest] = line.trim().split(/\s+/);
  if (!WORD.test(word)) return HIDDEN;
  return rest.length === 0 ? word : `${word} ${HIDDEN}`;
}

/** AUTH of SMTP (RFC 4954) and POP3 (RFC 5034): the mechanism, not what stands behind it. */
export function showAuth(line: string): string {
  const [, mechanism, ...rest] = line.trim().split(/\s+/);
  if (mechanism === undefined) return 'AUTH';
  if (!MECHANISM.test(mechanism)) return `AUTH ${HIDDEN}`;
  return rest.length === 0 ? `AUTH ${mechanism}` : `AUTH ${mechanism} ${HIDDEN}`;
}
