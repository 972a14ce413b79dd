import type { z } from 'zod';
import { asciiAddress } from '../../page/shown-address.ts';
import { readAddressField } from '../../protocol/address-field.ts';
import { ToCrlf } from '../../protocol/line-ends.ts';
import { type MailDirectory, ownsAddress } from '../../protocol/mail-directory.ts';
import {
  formatMailboxAddress,
  isInternationalized,
  type MailboxAddress,
  parseMailboxAddress,
} from '../../protocol/mailbox-address.ts';
import { type Door, judgeRecipient } from '../../protocol/relay-policy.ts';
import { composeMessage } from '../compose.ts';
import type { EnvelopeRecipient } from '../message-intake.ts';
import { NO_ROOM } from '../receiving.ts';
import { type LetterParts, type Outgoing, submitLetter } from '../submit-letter.ts';
import type { letterInput } from './letter-input.ts';
import { badRequest, Problem, refusedMessage } from './problem.ts';

/** A message that this server answers for from now on. */
export interface Sent {
  /** Its name in the queue. */
  readonly id: string;
  readonly messageId: string | null;
  /** What its reports are grouped by. */
  readonly exchange: string;
}

/**
 * Composes a letter and puts it into the queue: as one of an account here, with a copy in its Sent, or as one that came from
 * outside for somebody here. @throws Problem
 */
export async function sendLetter(
  parts: LetterParts,
  letter: z.output<typeof letterInput>,
  clientAddress: string,
): Promise<Sent> {
  const { directory, host } = parts;
  const [from, ...more] = readAddressField(letter.from);
  if (from === undefined || more.length > 0) throw badRequest(`"${letter.from}" is not one address: write name@domain`);
  const account = ownerOf(readAddress(from.address), directory);
  const outgoing: Outgoing = {
    from: { ...from, name: from.name || (directory.accounts.get(account ?? '')?.fullName ?? '') },
    to: letter.to.map(readAddress),
    cc: letter.cc.map(readAddress),
    bcc: letter.bcc.map(readAddress),
    subject: letter.subject,
    text: letter.text,
    ...(letter.html === undefined ? {} : { html: letter.html }),
    attachments: letter.attachments.map(({ content, contentId, ...rest }) => ({
      ...rest,
      content: Buffer.from(content, 'base64'),
      ...(contentId === undefined ? {} : { contentId }),
    })),
    inReplyTo: letter.inReplyTo ?? '',
    references: letter.inReplyTo ?? '',
  };
  const to = [...outgoing.to, ...outgoing.cc, ...(outgoing.bcc ?? [])];
  requireReceiver(to);
  if (account === null) {
    const message = await composeMessage({ ...outgoing, at: host.clock.now() });
    return submit(parts, message, { from: from.address, to, clientAddress });
  }
  const sent = await submitLetter(parts, outgoing, { account, clientAddress });
  if (sent.kind === 'refused') throw refusedMessage(sent.reply, sent.address ?? 'the whole message');
  return { id: sent.id, messageId: sent.messageId, exchange: sent.exchange };
}

/** Puts a message that is there as octets into the queue; lines may end in LF. @throws Problem */
export async function sendRaw(
  parts: LetterParts,
  message: AsyncIterable<Uint8Array>,
  envelope: { from: string; to: readonly string[] },
  clientAddress: string,
): Promise<Sent> {
  return submit(parts, withCrlf(message), { ...envelope, to: envelope.to.map(readAddress), clientAddress });
}

async function submit(
  parts: LetterParts,
  message: AsyncIterable<Uint8Array>,
  { from, to, clientAddress }: { from: string; to: readonly MailboxAddress[]; clientAddress: string },
): Promise<Sent> {
  const { host, directory } = parts;
  requireReceiver(to);
  const sender = from === '' ? null : readAddress(from);
  const account = sender === null ? null : ownerOf(sender, directory);
  const door: Door = account === null ? { kind: 'relay' } : { kind: 'submission', account };
  const reversePath = sender === null ? '' : formatMailboxAddress(sender);
  const recipients = to.map((address) => judged(door, address, directory, reversePath));
  if (!parts.mailboxes.hasDiskFor(0)) throw refusedMessage(NO_ROOM, 'the disk has no room for new mail');
  const receipt = await parts.receive(message, {
    exchange: host.newExchange(),
    reversePath,
    recipients,
    envid: null,
    ret: null,
    needsSmtpUtf8: [reversePath, ...recipients.map(({ address }) => address)].some(isInternationalized),
    isSubmission: true,
    transmission: 'HTTP',
    helo: 'api',
    clientAddress,
  });
  if (receipt.kind !== 'queued') throw refusedMessage(receipt.reply, receipt.because);
  return { id: receipt.entry.id, messageId: receipt.entry.messageId, exchange: receipt.entry.exchange };
}

function requireReceiver(to: readonly MailboxAddress[]): void {
  if (to.length === 0) throw badRequest('The message is for nobody: give to, cc or bcc');
}

function judged(door: Door, address: MailboxAddress, directory: MailDirectory, from: string): EnvelopeRecipient {
  const verdict = judgeRecipient(door, address, directory);
  const text = formatMailboxAddress(address);
  if (verdict.kind === 'accept')
    return { address: text, destinations: verdict.destinations, notify: null, orcpt: null };
  if (door.kind === 'relay' && verdict.reply.status === '5.7.1') {
    const because = `${from || 'the null reverse-path'} is no account here, so it may write to ${directory.domains.join(', ')} only`;
    throw refusedMessage(verdict.reply, because);
  }
  throw refusedMessage(verdict.reply, verdict.because);
}

/** The account whose address it is; null when it is nobody's here. */
function ownerOf(address: MailboxAddress, directory: MailDirectory): string | null {
  return [...directory.accounts.keys()].find((account) => ownsAddress(account, address, directory)) ?? null;
}

function readAddress(text: string): MailboxAddress {
  const [one, ...more] = readAddressField(text);
  try {
    if (one !== undefined && more.length === 0) return parseMailboxAddress(asciiAddress(one.address));
  } catch {
    // It is told below.
  }
  throw badRequest(`"${text.slice(0, 100)}" is no address: write name@domain`);
}

async function* withCrlf(message: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const converter = new ToCrlf();
  for await (const piece of message) yield converter.convert(piece);
}

/** For the control API, which tells an error by its message. */
export function asError(problem: unknown): Error {
  return problem instanceof Problem
    ? Object.assign(new Error(`${problem.title}. ${problem.message}`), { statusCode: problem.status })
    : (problem as Error);
}
