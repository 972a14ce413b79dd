/**
 * Recipients that exist for tests: mail to `temperror@` any domain of the lab is put off, to `permerror@` refused, and so on.
 * Only the server of that domain does so: one that sends the mail on takes it as any other. What a name does it does at RCPT; with `-data` behind it (`451-data`), after the dot that ends the message. A name that an
 * account or an alias has is never magic. Mail that is taken in the end lies in the mailbox of the domain's postmaster.
 */
import type { MailDirectory } from './mail-directory.ts';
import type { SmtpReply } from './smtp-reply.ts';

export type MagicEffect =
  | { readonly kind: 'reply'; readonly reply: SmtpReply }
  /** No answer until the client has lost its patience, or we ours. */
  | { readonly kind: 'silence' }
  | { readonly kind: 'slow' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'greylist' };

export interface MagicRecipient {
  readonly stage: 'smtp-rcpt' | 'smtp-message' | 'smtp-stored';
  readonly effect: MagicEffect;
}

/** Codes of RFC 5321, section 4.2.3, and of its extensions, with the enhanced code of RFC 3463 that says the same. */
const CODES: Readonly<Record<string, readonly [status: string, text: string]>> = {
  '421': ['4.3.2', 'Service not available, closing transmission channel'],
  '450': ['4.2.1', 'Mailbox unavailable at this time'],
  '451': ['4.3.0', 'Local error in processing'],
  '452': ['4.2.2', 'Insufficient system storage'],
  '454': ['4.7.0', 'Temporary authentication failure'],
  '455': ['4.5.4', 'Unable to accommodate parameters'],
  '500': ['5.5.2', 'Syntax error'],
  '501': ['5.5.4', 'Syntax error in parameters'],
  '502': ['5.5.1', 'Command not implemented'],
  '503': ['5.5.1', 'Bad sequence of commands'],
  '504': ['5.5.4', 'Command parameter not implemented'],
  '521': ['5.3.2', 'This host takes no mail'],
  '530': ['5.7.0', 'Authentication required'],
  '535': ['5.7.8', 'Authentication credentials invalid'],
  '550': ['5.1.1', 'Mailbox unavailable'],
  '551': ['5.1.6', 'User not local'],
  '552': ['5.2.2', 'Exceeded storage allocation'],
  '553': ['5.1.3', 'Mailbox name not allowed'],
  '554': ['5.0.0', 'Transaction failed'],
};

const EFFECTS: ReadonlyMap<string, MagicEffect> = new Map<string, MagicEffect>([
  ...Object.keys(CODES).map((code) => [code, codeEffect(code)] as const),
  ['temperror', codeEffect('451')],
  ['permerror', codeEffect('550')],
  ['timeout', { kind: 'silence' }],
  ['slow', { kind: 'slow' }],
  ['drop', { kind: 'drop' }],
  ['greylist', { kind: 'greylist' }],
]);

/** Every magic local part, with what it does. */
export const MAGIC_RECIPIENTS: ReadonlyMap<string, MagicRecipient> = new Map<string, MagicRecipient>([
  ...[...EFFECTS].map(([name, effect]) => [name, { stage: 'smtp-rcpt', effect }] as const),
  ...[...EFFECTS].map(([name, effect]) => [`${name}-data`, { stage: 'smtp-message', effect }] as const),
  // The drop that leaves the sender in doubt whether its message arrived (RFC 1047).
  ['drop-stored', { stage: 'smtp-stored', effect: { kind: 'drop' } }],
]);

/** What is magic in a directory: the names that nobody there has. */
export function magicNamesOf({ accounts, aliases }: MailDirectory): ReadonlyMap<string, MagicRecipient> {
  return new Map([...MAGIC_RECIPIENTS].filter(([name]) => !accounts.has(name) && !aliases.has(name)));
}

/** The stages at which some recipient may be magic. */
export function magicStages(magic: ReadonlyMap<string, MagicRecipient>): ReadonlySet<string> {
  return new Set([...magic.values()].map(({ stage }) => stage));
}

/** Those of `recipients` that are magic at a stage: elsewhere than at an own domain, the server there answers. */
export function* magicAmong(
  recipients: readonly string[],
  stage: string,
  magic: ReadonlyMap<string, MagicRecipient>,
  ownDomains: readonly string[],
): Generator<{ readonly name: string; readonly address: string; readonly effect: MagicEffect }> {
  for (const address of recipients) {
    const at = address.lastIndexOf('@');
    if (!ownDomains.includes(address.slice(at + 1).toLowerCase())) continue;
    const name = address.slice(0, at).toLowerCase();
    const found = magic.get(name);
    if (found?.stage === stage) yield { name, address, effect: found.effect };
  }
}

/** The directory in which the magic names lead to the postmaster, so that they are no unknown users. */
export function withMagicNames(directory: MailDirectory, magic: ReadonlyMap<string, MagicRecipient>): MailDirectory {
  const added = [...magic.keys()].map((name) => [name, ['postmaster']] as const);
  return { ...directory, aliases: new Map([...directory.aliases, ...added]) };
}

function codeEffect(code: string): MagicEffect {
  const [status, text] = CODES[code] ?? ['4.0.0', ''];
  return { kind: 'reply', reply: { code: Number(code), status, text: `${text} (on purpose)` } };
}
