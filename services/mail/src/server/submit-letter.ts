import { randomUUID } from 'node:crypto';
import type { Host } from '#shared/host/host.ts';
import type { MailDirectory } from '../protocol/mail-directory.ts';
import {
  formatMailboxAddress,
  isInternationalized,
  type MailboxAddress,
  parseMailboxAddress,
} from '../protocol/mailbox-address.ts';
import { judgeRecipient, judgeSender } from '../protocol/relay-policy.ts';
import { formatSmtpReply, type SmtpReply } from '../protocol/smtp-reply.ts';
import type { MailStore } from '../store/mail-store.ts';
import { composeMessage, type Letter } from './compose.ts';
import type { Envelope, EnvelopeRecipient, Receipt } from './message-intake.ts';
import { NO_ROOM } from './receiving.ts';
import { fileCopy } from './special-folders.ts';

export interface LetterParts {
  readonly host: Host;
  readonly directory: MailDirectory;
  readonly mailboxes: MailStore;
  readonly mailHost: string;
  receive(message: AsyncIterable<Uint8Array>, envelope: Envelope, cause?: string): Promise<Receipt>;
}

/** A letter without what the server writes itself. */
export type Outgoing = Omit<Letter, 'at' | 'messageId' | 'boundary' | 'keepsBcc'>;

export interface LetterSender {
  readonly account: string;
  readonly clientAddress: string;
  /** The exchange that brought the letter, where one did. */
  readonly cause?: string;
}

export type SentLetter =
  | {
      readonly kind: 'queued';
      /** Its number in the queue. */
      readonly id: string;
      readonly messageId: string;
      readonly exchange: string;
      /** Whether a copy lies in Sent; the message is on its way also when there was no room for one. */
      readonly isFiled: boolean;
    }
  | { readonly kind: 'refused'; readonly reply: SmtpReply; readonly address: string | null };

/** The name that an account writes under. */
export function ownAddress({ directory, mailHost }: Pick<LetterParts, 'directory' | 'mailHost'>, account: string) {
  const name = directory.accounts.get(account)?.fullName ?? '';
  return { name, address: `${account}@${directory.domains[0] ?? mailHost}` };
}

/** Sends a letter for one of the accounts here, with the rules, the intake and the queue of port 587. */
export async function submitLetter(parts: LetterParts, letter: Outgoing, sender: LetterSender): Promise<SentLetter> {
  const { host, directory } = parts;
  const door = { kind: 'submission', account: sender.account } as const;
  const from = judgeSender(door, readOwn(letter.from.address), directory);
  if (from.kind === 'refuse') return { kind: 'refused', reply: from.reply, address: letter.from.address };
  const recipients: EnvelopeRecipient[] = [];
  for (const one of distinct([...letter.to, ...letter.cc, ...(letter.bcc ?? [])])) {
    const verdict = judgeRecipient(door, one, directory);
    const address = formatMailboxAddress(one);
    if (verdict.kind === 'refuse') return { kind: 'refused', reply: verdict.reply, address };
    recipients.push({ address, destinations: verdict.destinations, notify: null, orcpt: null });
  }
  if (recipients.length === 0) return { kind: 'refused', reply: NO_RECIPIENT, address: null };
  if (!parts.mailboxes.hasDiskFor(0)) return { kind: 'refused', reply: NO_ROOM, address: null };
  const messageId = `<${randomUUID()}@${letter.from.address.split('@').at(-1)}>`;
  const written: Letter = { ...letter, messageId, boundary: randomUUID(), at: host.clock.now() };
  const envelope = envelopeFor(host, letter.from.address, recipients, sender);
  const receipt = await parts.receive(await composeMessage(written), envelope, sender.cause);
  if (receipt.kind !== 'queued') return { kind: 'refused', reply: receipt.reply, address: null };
  const copy = await composeMessage({ ...written, keepsBcc: true });
  const isFiled = await fileCopy(parts.mailboxes.folders(sender.account), 'sent', copy, 'S').then(
    () => true,
    (error: Error) => {
      host.log.warn(`Cannot keep a copy of what ${sender.account} sent: ${error.message}`);
      return false;
    },
  );
  return { kind: 'queued', id: receipt.entry.id, messageId, exchange: receipt.entry.exchange, isFiled };
}

/** What a refused letter met, for people. */
export function refusalText({ reply, address }: SentLetter & { kind: 'refused' }): string {
  return address === null ? formatSmtpReply(reply) : `${address} (${formatSmtpReply(reply)})`;
}

/** RFC 5321, section 3.3: DATA without a recipient has nothing to do. */
const NO_RECIPIENT: SmtpReply = { code: 554, status: '5.5.1', text: 'No valid recipients' };

/** An address that cannot be read belongs to nobody: it is judged as one that is foreign. */
function readOwn(address: string): MailboxAddress {
  try {
    return parseMailboxAddress(address);
  } catch {
    return { localPart: '', domain: '' };
  }
}

function distinct(addresses: readonly MailboxAddress[]): MailboxAddress[] {
  return [...new Map(addresses.map((address) => [formatMailboxAddress(address), address])).values()];
}

function envelopeFor(
  host: Host,
  address: string,
  recipients: readonly EnvelopeRecipient[],
  sender: LetterSender,
): Envelope {
  return {
    exchange: host.newExchange(),
    reversePath: address,
    recipients,
    envid: null,
    ret: null,
    needsSmtpUtf8: recipients.some((recipient) => isInternationalized(recipient.address)),
    isSubmission: true,
    transmission: 'HTTP',
    helo: 'browser',
    clientAddress: sender.clientAddress,
  };
}
