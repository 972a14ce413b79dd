import type { Host } from '#shared/host/host.ts';
import type { Draft } from '../page/pages.ts';
import type { Words } from '../page/words.ts';
import { parseAddressList, readAddressField } from '../protocol/address-field.ts';
import type { MailDirectory } from '../protocol/mail-directory.ts';
import { formatMailboxAddress, isInternationalized, type MailboxAddress } from '../protocol/mailbox-address.ts';
import type { ReadMessage } from '../protocol/mime-message.ts';
import { judgeRecipient } from '../protocol/relay-policy.ts';
import { formatSmtpReply } from '../protocol/smtp-reply.ts';
import { composeMessage } from './compose.ts';
import type { Envelope, EnvelopeRecipient, Receipt } from './message-intake.ts';

export type SentLetter =
  | { readonly kind: 'queued'; readonly id: string }
  | { readonly kind: 'refused'; readonly sentence: string };

export interface LetterParts {
  readonly host: Host;
  readonly directory: MailDirectory;
  readonly mailHost: string;
  receive(message: AsyncIterable<Uint8Array>, envelope: Envelope, cause: string): Promise<Receipt>;
}

interface LetterSender {
  readonly account: string;
  readonly clientAddress: string;
  /** The exchange of the form. */
  readonly cause: string;
}

/** Longest References field that a reply continues, in characters. */
const REFERENCES_LENGTH_MAX = 4_000;
const RECIPIENTS_MAX = 100;

export function emptyDraft(): Draft {
  return { to: '', cc: '', subject: '', text: '', inReplyTo: '', references: '' };
}

/** The beginning of a reply or of a message that passes another on: RFC 5322, section 3.6.4. */
export function draftAbout(original: ReadMessage, kind: 'reply' | 'forward', words: Words): Draft {
  const prefix = kind === 'reply' ? 'Re: ' : 'Fwd: ';
  const isPrefixed = original.subject.toLowerCase().startsWith(prefix.toLowerCase());
  const subject = isPrefixed ? original.subject : `${prefix}${original.subject}`;
  const references = messageIds(`${original.references} ${original.messageId}`);
  const ids = { inReplyTo: messageIds(original.messageId), references };
  if (kind === 'forward') {
    const fields = [
      `${words.from}: ${original.from}`,
      `${words.to}: ${original.to}`,
      `${words.subject}: ${original.subject}`,
    ];
    return {
      to: '',
      cc: '',
      subject,
      text: `\n\n--- ${words.forwarded} ---\n${fields.join('\n')}\n\n${original.text}`,
      ...ids,
    };
  }
  const [sender] = readAddressField(original.replyTo || original.from);
  const quoted = original.text
    .trimEnd()
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
  return {
    to: sender?.address ?? '',
    cc: '',
    subject,
    text: `\n\n${original.from} ${words.wrote}\n${quoted}\n`,
    ...ids,
  };
}

/** Sends a draft as its user through the same intake and queue as port 587. */
export async function submitDraft(
  parts: LetterParts,
  draft: Draft,
  sender: LetterSender,
  words: Words,
): Promise<SentLetter> {
  const recipients = readRecipients(parts.directory, draft, sender.account, words);
  if (recipients.kind === 'refused') return recipients;
  const { host, directory, mailHost } = parts;
  const account = directory.accounts.get(sender.account);
  const address = `${sender.account}@${directory.domains[0] ?? mailHost}`;
  const message = await composeMessage({
    from: { name: account?.fullName ?? '', address },
    to: recipients.to,
    cc: recipients.cc,
    subject: draft.subject.replace(/[\r\n]+/g, ' '),
    text: draft.text,
    inReplyTo: messageIds(draft.inReplyTo),
    references: messageIds(draft.references),
    at: host.clock.now(),
  });
  const receipt = await parts.receive(
    once(message),
    envelopeFor(host, address, recipients.envelope, sender),
    sender.cause,
  );
  if (receipt.kind === 'queued') return { kind: 'queued', id: receipt.entry.id };
  return { kind: 'refused', sentence: formatSmtpReply(receipt.reply) };
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

type Recipients =
  | { readonly kind: 'refused'; readonly sentence: string }
  | {
      readonly kind: 'read';
      readonly to: MailboxAddress[];
      readonly cc: MailboxAddress[];
      readonly envelope: EnvelopeRecipient[];
    };

function readRecipients(directory: MailDirectory, draft: Draft, account: string, words: Words): Recipients {
  const { addresses: to, unreadable } = parseAddressList(draft.to);
  const { addresses: cc, unreadable: unreadableToo } = parseAddressList(draft.cc);
  const [wrong] = [...unreadable, ...unreadableToo];
  if (wrong !== undefined) return { kind: 'refused', sentence: `${words.isNoAddress} ${wrong.slice(0, 100)}` };
  // MFMT-02: a message has a From and a To.
  if (to.length === 0 || to.length + cc.length > RECIPIENTS_MAX)
    return { kind: 'refused', sentence: words.needsRecipient };
  const envelope: EnvelopeRecipient[] = [];
  for (const address of [...to, ...cc]) {
    const verdict = judgeRecipient({ kind: 'submission', account }, address, directory);
    const text = formatMailboxAddress(address);
    if (verdict.kind === 'refuse')
      return { kind: 'refused', sentence: `${words.isRefused} ${text} (${formatSmtpReply(verdict.reply)})` };
    envelope.push({ address: text, destinations: verdict.destinations, notify: null, orcpt: null });
  }
  return { kind: 'read', to, cc, envelope };
}

/** The message identifiers in a text, and nothing else of it (RFC 5322, section 3.6.4). */
function messageIds(text: string): string {
  const ids = text.slice(-REFERENCES_LENGTH_MAX).match(/<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>/g) ?? [];
  return [...new Set(ids)].join(' ');
}

async function* once(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  yield octets;
}
