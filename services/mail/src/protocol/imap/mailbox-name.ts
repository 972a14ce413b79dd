/**
 * Names of mailboxes: RFC 3501, section 5.1. Levels are separated by `/`. On disk a mailbox is a folder of Maildir++: a full
 * stop, and the levels separated by full stops; a full stop inside of a level is written `&AC4-` there, which no client can
 * send (decoding refuses what need not be encoded). So no name leads outside of the account's folder.
 */
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { decodeModifiedUtf7 } from './modified-utf7.ts';

export const INBOX = 'INBOX';
export const DELIMITER = '/';
const CLAUSE = 'RFC 3501, section 5.1';
/** Octets of the folder's name: file systems allow 255. */
const FOLDER_OCTETS_MAX = 240;
const LEVELS_MAX = 20;
/** What a mail program that keeps sub-folders inside of a Maildir could not create. */
const MAILDIR_FOLDERS = ['cur', 'new', 'tmp'];
const FULL_STOP = '&AC4-';

/** The name in the one form that this server uses. @throws ProtocolViolation for a name that no mailbox can have */
export function parseMailboxName(given: string): string {
  const levels = given.split(DELIMITER);
  // RFC 3501, section 5.1: INBOX in any case is the same mailbox.
  if (levels[0]?.toUpperCase() === INBOX) levels[0] = INBOX;
  const name = levels.join(DELIMITER);
  decodeModifiedUtf7(name);
  const fault = faultOf(name, levels);
  if (fault !== null) throw new ProtocolViolation(`Cannot use this name: ${fault}`, 0, CLAUSE);
  return name;
}

function faultOf(name: string, levels: readonly string[]): string | null {
  if (levels.some((level) => level === '')) return 'a level of it is empty';
  if (levels.some((level) => level === '.' || level === '..')) return 'a level of it is a full stop';
  if (levels.some((level) => MAILDIR_FOLDERS.includes(level)))
    return 'a level of it is the name of a part of a Maildir';
  if (/^~/.test(name)) return 'it begins with ~';
  // They could be created but not listed.
  if (/[%*]/.test(name)) return 'it has a wildcard';
  if (levels.length > LEVELS_MAX) return `it has more than ${LEVELS_MAX} levels`;
  return folderOf(name).length > FOLDER_OCTETS_MAX ? 'it is too long' : null;
}

/** The folder of a mailbox other than INBOX. */
export function folderOf(name: string): string {
  return `.${name.replaceAll('.', FULL_STOP).replaceAll(DELIMITER, '.')}`;
}

/** The mailbox of a folder; null for a folder that another program named in a way that no mailbox is named. */
export function nameOfFolder(folder: string): string | null {
  const name = folder.slice(1).replaceAll('.', DELIMITER).replaceAll(FULL_STOP, '.');
  try {
    return folder.startsWith('.') && name !== INBOX && parseMailboxName(name) === name ? name : null;
  } catch {
    return null;
  }
}

/** `a/b/c` is below `a/b` and `a`. */
export function superiorsOf(name: string): string[] {
  const levels = name.split(DELIMITER);
  return levels.slice(1).map((_, index) => levels.slice(0, index + 1).join(DELIMITER));
}

export function isInferior(name: string, superior: string): boolean {
  return name.startsWith(`${superior}${DELIMITER}`);
}
