/**
 * Aliases in the format of /etc/aliases: `name: target, target`, continued on lines that begin with a blank. A target is an
 * account, another alias or an address elsewhere. Commands, files and lists of Sendmail's are refused. A name may have
 * letters beyond ASCII: then it is reached with SMTPUTF8 (RFC 6531).
 */
import { FileFault } from '#shared/file-fault.ts';
import { parseMailboxAddress } from './mailbox-address.ts';

/** Names in lower case to their targets. */
export type AliasList = ReadonlyMap<string, readonly string[]>;

const LINES_MAX = 10_000;
const NAME = /^[a-z0-9\u00a1-\uffef][a-z0-9\u00a1-\uffef._+-]*$/;
const TARGETS_MAX = 100;

/** @throws FileFault */
export function parseAliasList(text: string): AliasList {
  const aliases = new Map<string, readonly string[]>();
  for (const { line, lineNumber } of unfold(text)) {
    const colon = line.indexOf(':');
    const name = sameName(line.slice(0, Math.max(0, colon)).trim());
    if (!NAME.test(name)) throw new FileFault(lineNumber, 'no alias is named here: write name: target');
    if (aliases.has(name)) throw new FileFault(lineNumber, `the alias ${name} is there twice: remove one of them`);
    aliases.set(name, parseTargets(line.slice(colon + 1), lineNumber));
  }
  return aliases;
}

/** The form in which names are compared: letters in lower case, each written in one way (RFC 6532, section 3.1). */
export function sameName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function* unfold(text: string): Generator<{ line: string; lineNumber: number }> {
  let open: { line: string; lineNumber: number } | null = null;
  for (const [index, line] of text.split(/\r?\n/).slice(0, LINES_MAX).entries()) {
    if (line.startsWith('#') || line.trim() === '') continue;
    if (/^[ \t]/.test(line)) {
      if (open === null)
        throw new FileFault(index + 1, 'a line that begins with a blank continues an alias: name one before it');
      open.line += ` ${line.trim()}`;
      continue;
    }
    if (open !== null) yield open;
    open = { line, lineNumber: index + 1 };
  }
  if (open !== null) yield open;
}

function parseTargets(text: string, lineNumber: number): string[] {
  const targets = text.split(',').map((target) => target.trim());
  if (targets.length > TARGETS_MAX)
    throw new FileFault(lineNumber, `an alias has ${TARGETS_MAX} targets at most: split it`);
  for (const target of targets) {
    if (/^["|/:]/.test(target))
      throw new FileFault(lineNumber, `"${target}" is a command or a file: name accounts and addresses`);
    try {
      parseMailboxAddress(target.includes('@') ? target : `${target}@local`);
    } catch {
      throw new FileFault(lineNumber, `"${target}" is neither an account nor an address: write account or name@domain`);
    }
  }
  return targets;
}
