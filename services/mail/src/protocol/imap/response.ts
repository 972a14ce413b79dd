/** What the server says: RFC 3501, section 7. Text has one character for each octet. */

/** The end of a command: a status response with the command's tag (section 7.1). */
export interface Reply {
  readonly status: 'OK' | 'NO' | 'BAD';
  /** A response code: `READ-ONLY`, `TRYCREATE`; those of RFC 5530 too. */
  readonly code?: string;
  readonly text: string;
  readonly because?: string;
}

/** A command that is not done, as the client is told. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reply: Reply;

  constructor(status: 'NO' | 'BAD', code: string | null, text: string, because?: string) {
    super(text);
    this.reply = { status, text, ...(code === null ? {} : { code }), ...(because === undefined ? {} : { because }) };
  }
}

export function ok(text: string, code?: string, because?: string): Reply {
  return { status: 'OK', text, ...(code === undefined ? {} : { code }), ...(because === undefined ? {} : { because }) };
}

export function formatReply(tag: string, { status, code, text }: Reply): string {
  return `${tag} ${status} ${code === undefined ? '' : `[${code}] `}${text}`;
}

/** `string`: quoted where it can be, otherwise a literal. */
export function formatString(text: string): string {
  if (text.length > QUOTED_LENGTH_MAX || UNQUOTABLE.test(text)) return `{${text.length}}\r\n${text}`;
  return ESCAPED.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}

const UNQUOTABLE = /[\x00\r\n\x7f-\xff]/;
const ESCAPED = /["\\]/;
/** Longest quoted string: clients have limits on a line. */
const QUOTED_LENGTH_MAX = 1000;

export function formatNstring(text: string | null): string {
  return text === null ? 'NIL' : formatString(text);
}

/** `astring`: an atom where it can be one. Many clients read the atom NIL as no name at all. */
export function formatAstring(text: string): string {
  const isAtom = /^[^\x00-\x20\x7f-\xff(){%*"\\]+$/.test(text) && text.toUpperCase() !== 'NIL';
  return isAtom ? text : formatString(text);
}

export function formatFlags(flags: readonly string[]): string {
  return `(${flags.join(' ')})`;
}
