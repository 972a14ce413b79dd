import { type Draft, PRESETS, type Preset } from '../../page/compose-page.ts';
import { preset } from '../../page/presets.ts';
import { formatAddressList } from '../../protocol/address-field.ts';
import { decodeModifiedUtf7 } from '../../protocol/imap/modified-utf7.ts';
import { decodedOctets } from '../../protocol/message-part.ts';
import type { DescribedMessage } from '../../protocol/mime-message.ts';
import {
  addressReply,
  addressReplyToAll,
  forwardSubject,
  quote,
  replyReferences,
  replySubject,
} from '../../protocol/reply.ts';
import { specialFolder, specialFolderName } from '../special-folders.ts';
import { type OpenedMessage, openMessage, readWords } from '../stored-message.ts';
import { ownAddress } from '../submit-letter.ts';
import { formatPlace } from './attachments.ts';
import { findFolder, uidOf, type Visit, type WebDesk } from './desk.ts';
import { attachmentName } from './parts.ts';

const EMPTY: Draft = {
  to: '',
  cc: '',
  bcc: '',
  subject: '',
  text: '',
  inReplyTo: '',
  references: '',
  isPlainFrom: false,
  isPage: false,
  draftUid: null,
  original: null,
  attachments: [],
  isKept: false,
};

/**
 * What a new letter begins with: nothing, `?preset`, `?draft=<uid>`, or a message, `?reply|all|forward|attach=<uid>&folder=<name>`.
 * Null when that message is gone.
 */
export async function draftFor(desk: WebDesk, visit: Visit): Promise<Draft | null> {
  const { query } = visit.asked;
  const own = ownAddress(desk.parts, visit.account).address;
  const wanted = PRESETS.find((one: Preset) => one === query.preset);
  if (wanted !== undefined) return { ...EMPTY, ...preset(wanted, own, visit.language) };
  if (query.draft !== undefined) {
    const kept = await keptDraft(visit, uidOf(query.draft));
    return kept === null ? null : { ...kept, isKept: query.kept === '1' };
  }
  const kind = (['reply', 'all', 'forward', 'attach'] as const).find((one) => query[one] !== undefined);
  if (kind === undefined) return { ...EMPTY, to: (query.to ?? '').slice(0, 1000) };
  const folder = query.folder ?? '';
  const opened = await open(visit, folder, uidOf(query[kind]));
  if (opened === null) return null;
  if (kind === 'reply' || kind === 'all') return replyTo(opened, kind, own, folder, visit);
  return forward(opened, kind, folder, visit);
}

async function open(visit: Visit, folder: string, uid: number): Promise<OpenedMessage | null> {
  const found = await findFolder(visit.folders, folder);
  return found === null ? null : openMessage(found.mailbox, uid);
}

async function replyTo(
  opened: OpenedMessage,
  kind: 'reply' | 'all',
  own: string,
  folder: string,
  { words }: Visit,
): Promise<Draft> {
  const { described, uid } = opened;
  const { to, cc } = kind === 'all' ? addressReplyToAll(described, own) : addressReply(described, own);
  return {
    ...EMPTY,
    to: formatAddressList(to),
    cc: formatAddressList(cc),
    subject: replySubject(described.subject),
    text: `\n\n${formatAddressList(described.from)} ${words.wrote}\n${quote(await readWords(opened))}\n`,
    ...replyReferences(described),
    original: { kind: 'reply', uid, folder },
  };
}

async function forward(
  opened: OpenedMessage,
  kind: 'forward' | 'attach',
  folder: string,
  visit: Visit,
): Promise<Draft> {
  const { described, uid, mailbox } = opened;
  const isWhole = kind === 'attach';
  const whole = {
    place: formatPlace({ folder, uid, section: '' }),
    filename: 'message.eml',
    type: 'message/rfc822',
    octets: mailbox.stored(uid)?.octets ?? 0,
  };
  return {
    ...EMPTY,
    subject: forwardSubject(described.subject),
    text: isWhole ? '' : `\n\n${await forwardedText(opened, visit)}`,
    original: { kind: 'forward', uid, folder },
    attachments: isWhole ? [whole] : partsOf(described, folder, uid),
  };
}

async function forwardedText(opened: OpenedMessage, { words }: Visit): Promise<string> {
  const { from, to, subject } = opened.described;
  const fields = [
    `${words.from}: ${formatAddressList(from)}`,
    `${words.to}: ${formatAddressList(to)}`,
    `${words.subject}: ${subject}`,
  ];
  return `--- ${words.forwarded} ---\n${fields.join('\n')}\n\n${await readWords(opened)}`;
}

function partsOf({ attachments }: DescribedMessage, folder: string, uid: number) {
  return attachments.map(({ filename, type, section, encoding, octets }) => ({
    place: formatPlace({ folder, uid, section }),
    filename: attachmentName(filename, type, section),
    type,
    octets: decodedOctets({ encoding, octets }),
  }));
}

/** A draft as it lies in Drafts; null when it is gone. */
export async function keptDraft(visit: Visit, uid: number): Promise<Draft | null> {
  const opened = await openMessage(await specialFolder(visit.folders, 'drafts'), uid);
  if (opened === null) return null;
  const folder = decodeModifiedUtf7(await specialFolderName(visit.folders, 'drafts'));
  const { described } = opened;
  const { to, cc, bcc, subject, inReplyTo, references, from } = described;
  return {
    ...EMPTY,
    to: formatAddressList(to),
    cc: formatAddressList(cc),
    bcc: formatAddressList(bcc),
    subject,
    text: (await readWords(opened)).replace(/\n$/, ''),
    inReplyTo: inReplyTo.join(' '),
    references: references.join(' '),
    isPlainFrom: from.every(({ name }) => name === ''),
    draftUid: uid,
    attachments: partsOf(described, folder, uid),
  };
}
