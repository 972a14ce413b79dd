/** What the API answers, as schemas: the types of its code, and its OpenAPI document. */
import { z } from 'zod';
import { FLAG_NAMES } from './flag-words.ts';

const time = () => z.iso.datetime();

const addressAnswer = z.object({ name: z.string(), address: z.string() });

export const flagsAnswer = z.record(z.enum(FLAG_NAMES), z.boolean());

export const summaryAnswer = z.object({
  id: z.string().describe('Names the message for ever: no other message of this server gets it'),
  account: z.string(),
  folder: z.string(),
  from: z.array(addressAnswer),
  to: z.array(addressAnswer),
  cc: z.array(addressAnswer),
  subject: z.string(),
  arrivedAt: time().describe('Lab time'),
  octets: z.int(),
  flags: flagsAnswer,
});

const linkAnswer = z.object({
  url: z.string(),
  text: z.string().describe('What the reader sees; empty in plain text'),
});
const codeAnswer = z.object({
  code: z.string().describe('As it is typed in'),
  written: z.string().describe('As the message has it'),
});
export const findingsAnswer = z.object({ links: z.array(linkAnswer), codes: z.array(codeAnswer) });

const partAnswer = z.object({
  section: z.string().describe('Its number, as IMAP counts: 1.2'),
  type: z.string(),
  filename: z.string(),
  contentId: z.string(),
  disposition: z.enum(['inline', 'attachment', '']),
  encodedOctets: z.int(),
});

const hopAnswer = z.object({
  from: z.string(),
  address: z.string(),
  by: z.string(),
  transmission: z.string(),
  id: z.string(),
  recipient: z.string(),
  at: time().nullable(),
});

export const messageAnswer = summaryAnswer.extend({
  bcc: z.array(addressAnswer),
  replyTo: z.array(addressAnswer),
  date: time().nullable(),
  messageId: z.string(),
  inReplyTo: z.array(z.string()),
  references: z.array(z.string()),
  text: z.string(),
  html: z.string().describe('As it came: clean it before you show it'),
  ...findingsAnswer.shape,
  attachments: z.array(partAnswer),
  parts: z.array(partAnswer),
  envelope: z.object({ mailFrom: z.string().nullable(), rcptTo: z.string() }).describe('As it was delivered'),
  way: z.array(hopAnswer).describe('The servers that it passed, oldest first'),
  fields: z.array(z.object({ name: z.string(), value: z.string() })).describe('The header, decoded, in its order'),
});

export const messagesAnswer = z.object({
  messages: z.array(summaryAnswer).describe('Newest first'),
  before: z.string().nullable().describe('Give it as `before` for the next page; null when this is the last'),
  here: z.string().describe('Give it as `since` to see only what comes from now on'),
});

export const waitAnswer = z.object({
  message: messageAnswer,
  next: z.string().describe('Give it as `since` to wait for one that came behind it'),
});

export const accountAnswer = z.object({
  account: z.string(),
  address: z.string(),
  fullName: z.string(),
  messages: z.int().describe('In INBOX'),
  unread: z.int(),
  quota: z.object({ limitOctets: z.int().describe('0 for none'), usedOctets: z.int(), usedMessages: z.int() }),
});

export const folderAnswer = z.object({
  name: z.string(),
  use: z.string().nullable().describe('Its special use (RFC 6154)'),
  messages: z.int(),
  unread: z.int(),
  uidValidity: z.int(),
  uidNext: z.int(),
});

export const sentAnswer = z.object({
  id: z.string().describe('In the queue'),
  messageId: z.string().nullable(),
  exchange: z.string().describe('What the reports of its delivery are grouped by'),
});

export const resetAnswer = z.object({
  messages: z.int().describe('Deleted, in all mailboxes'),
  folders: z.int().describe('Deleted: those that the users had made'),
  queueEntries: z.int().describe('Dropped: nobody is told of them'),
  faults: z.int().describe('Removed'),
});

export const problemAnswer = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What is wrong, and what to do'),
  })
  .describe('RFC 9457');
