/**
 * What stands behind `MAIL FROM:` and `RCPT TO:`: a path in angle brackets, and parameters. RFC 5321, sections 4.1.1.2,
 * 4.1.1.3, 4.1.1.11 and 4.1.2; a source route is read and forgotten (appendix C). The mailbox in the path is given as it was
 * written: protocol/mailbox-address.ts reads it.
 */
import { ProtocolViolation } from '#shared/protocol-violation.ts';

export interface PathArgument {
  /** What stands in the angle brackets, without a source route; empty for the null reverse-path. */
  readonly path: string;
  /** Keywords in upper case to their values, decoded from xtext (RFC 3461, section 4); true where there is none. */
  readonly parameters: ReadonlyMap<string, string | true>;
  /** A keyword that is there twice. */
  readonly duplicate: string | null;
}

/** Characters between the angle brackets: RFC 5321, section 4.5.3.1.3, and room for a source route. */
const PATH_LENGTH_MAX = 1024;
/** Parameters of one command; all extensions that are known have fewer. */
const PARAMETERS_MAX = 20;

const KEYWORD = /^[A-Za-z0-9][A-Za-z0-9-]*$/;
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/;
/** Characters that cannot be seen; in an address they pretend to be another one. */
const INVISIBLE = /[\u200b\u2060\ufeff]/;
const SOURCE_ROUTE = /^@[^\s,:@"]+(?:,@[^\s,:@"]+)*:/;

/**
 * @param prefix `MAIL FROM` or `RCPT TO`.
 * @throws ProtocolViolation
 */
export function parsePathArgument(prefix: string, command: string): PathArgument {
  const colon = command.indexOf(':');
  if (command.slice(0, Math.max(0, colon)).trim().toUpperCase() !== prefix) throw violation('There is no path', colon);
  const opened = /^[ \t]*</.exec(command.slice(colon + 1));
  if (opened === null) throw violation('The path does not begin with "<"', colon + 1);
  const begin = colon + 1 + opened[0].length;
  const end = pathEnd(command, begin);
  const rest = command.slice(end + 1);
  if (rest !== '' && !/^[ \t]/.test(rest)) throw violation('Something clings to the path', end + 1);
  const path = command.slice(begin, end).replace(SOURCE_ROUTE, '');
  if (CONTROLS.test(path) || INVISIBLE.test(path))
    throw violation('The path has a character that none may have', begin);
  return { path, ...parseParameters(rest, end + 1) };
}

/** Where the ">" is that ends the path: one in a quoted local part does not. */
function pathEnd(command: string, begin: number): number {
  let isQuoted = false;
  for (let at = begin; at < command.length && at - begin <= PATH_LENGTH_MAX; at += 1) {
    const character = command[at];
    if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted && character === '\\') at += 1;
    else if (!isQuoted && character === '>') return at;
    else if (!isQuoted && (character === '<' || character === ' ' || character === '\t')) break;
  }
  throw violation('The path does not end with ">"', begin);
}

function parseParameters(text: string, offset: number): Pick<PathArgument, 'parameters' | 'duplicate'> {
  const parameters = new Map<string, string | true>();
  let duplicate: string | null = null;
  const words = text.split(/[ \t]+/).filter((word) => word !== '');
  if (words.length > PARAMETERS_MAX) throw violation('There are too many parameters', offset);
  for (const word of words) {
    const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const keyword = name.toUpperCase();
    if (!KEYWORD.test(name)) throw violation('A parameter has no keyword', offset);
    if (parameters.has(keyword)) duplicate ??= keyword;
    parameters.set(keyword, value === undefined || value === '' ? true : decodeXtext(value, offset));
  }
  return { parameters, duplicate };
}

/** RFC 3461, section 4: `+` and two hexadecimal digits stand for a character; none of them is a control. */
function decodeXtext(value: string, offset: number): string {
  const decoded = value.replace(/\+([0-9A-F]{2})/g, (_all, digits: string) =>
    String.fromCharCode(Number(`0x${digits}`)),
  );
  if (CONTROLS.test(decoded)) throw violation('The value of a parameter has a control character', offset);
  return decoded;
}

function violation(what: string, offset: number): ProtocolViolation {
  return new ProtocolViolation(what, Math.max(0, offset), 'RFC 5321, section 4.1.2');
}
