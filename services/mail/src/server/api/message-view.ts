import type { z } from 'zod';
import { htmlText } from '../../protocol/html-scan.ts';
import { linksIn } from '../../protocol/message-links.ts';
import { allParts, type MessagePart } from '../../protocol/message-part.ts';
import { readWay } from '../../protocol/message-way.ts';
import { codesIn } from '../../protocol/one-time-codes.ts';
import { type OpenedMessage, openMessage, readText, readTexts } from '../stored-message.ts';
import type { messageAnswer, summaryAnswer } from './answers.ts';
import { flagWords } from './flag-words.ts';
import { nameOf, type ShelvedMessage } from './mail-shelf.ts';
import type { MessageSummary } from './message-summaries.ts';
import { notFound } from './problem.ts';

/** A message in a list. */
export function summaryView(message: ShelvedMessage, summary: MessageSummary): z.infer<typeof summaryAnswer> {
  const { at, stored } = message;
  return {
    id: nameOf(message),
    account: at.account,
    folder: at.folder,
    from: [...summary.from],
    to: [...summary.to],
    cc: [...summary.cc],
    subject: summary.subject,
    arrivedAt: new Date(summary.arrivedAt).toISOString(),
    octets: stored.octets,
    flags: flagWords(stored.flags),
  };
}

/** A whole message. @throws Problem when it has gone meanwhile */
export async function messageView(message: ShelvedMessage): Promise<z.infer<typeof messageAnswer>> {
  const { at, stored } = message;
  const opened = await openMessage(at.mailbox, stored.uid);
  if (opened === null) throw notFound('The message was there a moment ago, and is deleted now');
  const { described, arrivedAt } = opened;
  const { text, html } = await textsOf(opened);
  const { from, to, cc, bcc, replyTo, subject, date, messageId, inReplyTo, references } = described;
  return {
    id: nameOf(message),
    account: at.account,
    folder: at.folder,
    from: [...from],
    to: [...to],
    cc: [...cc],
    bcc: [...bcc],
    replyTo: [...replyTo],
    subject,
    date: asIso(date),
    messageId,
    inReplyTo: [...inReplyTo],
    references: [...references],
    arrivedAt: new Date(arrivedAt).toISOString(),
    octets: stored.octets,
    flags: flagWords(stored.flags),
    text,
    html,
    ...findings(subject, text, html),
    attachments: described.attachments.map(partView),
    parts: [...allParts(described.part)].map(partView),
    envelope: envelopeOf(opened, at.address),
    way: readWay(opened.scanned.entity.fields).map((hop) => ({ ...hop, at: asIso(hop.at) })),
    fields: [...described.fields],
  };
}

/** The links and codes of a message alone. @throws Problem when it has gone meanwhile */
export async function findingsView({ at, stored }: ShelvedMessage) {
  const opened = await openMessage(at.mailbox, stored.uid);
  if (opened === null) throw notFound('The message was there a moment ago, and is deleted now');
  const { text, html } = await textsOf(opened);
  return findings(opened.described.subject, text, html);
}

/** What a search for words looks at. Null when the message has gone meanwhile. */
export async function searchedText({ at, stored }: ShelvedMessage): Promise<string | null> {
  const opened = await openMessage(at.mailbox, stored.uid);
  if (opened === null) return null;
  const { text, html } = await textsOf(opened);
  return `${opened.described.subject}\n${text}\n${htmlText(html)}`;
}

function findings(subject: string, text: string, html: string) {
  return {
    links: linksIn({ text, html }),
    codes: codesIn({ subject, text: text.trim() === '' ? htmlText(html) : text }),
  };
}

async function textsOf(opened: OpenedMessage): Promise<{ text: string; html: string }> {
  const { html } = opened.described;
  return { text: await readTexts(opened), html: html === null ? '' : await readText(opened, html) };
}

function partView({ section, type, filename, contentId, disposition, octets }: MessagePart) {
  return { section, type, filename, contentId, disposition, encodedOctets: octets };
}

/** RFC 5321, section 4.4: the final delivery wrote Return-Path; `for` of its Received names a lone recipient. */
function envelopeOf({ scanned, described }: OpenedMessage, address: string) {
  const returnPath = described.fields.find(({ name }) => name.toLowerCase() === 'return-path')?.value ?? null;
  const lastHop = readWay(scanned.entity.fields).at(-1);
  return {
    /** Empty for the null reverse-path; null when the message was not delivered but put here. */
    mailFrom: returnPath === null ? null : returnPath.replace(/^\s*<|>\s*$/g, ''),
    rcptTo: lastHop !== undefined && lastHop.recipient !== '' ? lastHop.recipient : address,
  };
}

function asIso(ms: number | null): string | null {
  return ms === null || !Number.isFinite(ms) ? null : new Date(ms).toISOString();
}
