import { type Draft, PRESETS, type Preset } from '../../page/compose-page.ts';
import { preset } from '../../page/presets.ts';
import { shownAddressList } from '../../page/shown-address.ts';
import type { FormPlace } from '../../protocol/form-place.ts';
import { decodeModifiedUtf7 } from '../../protocol/imap/modified-utf7.ts';
import { decodedOctets } from '../../protocol/message-part.ts';
import {
  addressReply,
  addressReplyToAll,
  forwardSubject,
  quote,
  replyReferences,
  replySubject,
} from '../../protocol/reply.ts';
import { specialFolderName } from '../special-folders.ts';
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
  place: null,
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
  if (kind === 'reply' || kind === 'all') return replyTo(opened, kind, own, visit);
  return forward(opened, kind, visit);
}

/** A message, and what a form is to call it. */
interface PlacedMessage extends OpenedMessage {
  readonly place: FormPlace;
}

async function open(visit: Visit, folder: string, uid: number): Promise<PlacedMessage | null> {
  const found = await findFolder(visit.folders, folder);
  if (found === null) return null;
  const { uidValidity } = await found.mailbox.messages();
  const opened = await openMessage(found.mailbox, uid);
  return opened === null ? null : { ...opened, place: { uidValidity, uid, folder } };
}

async function replyTo(opened: PlacedMessage, kind: 'reply' | 'all', own: string, { words }: Visit): Promise<Draft> {
  const { described, place } = opened;
  const { to, cc } = kind === 'all' ? addressReplyToAll(described, own) : addressReply(described, own);
  return {
    ...EMPTY,
    to: shownAddressList(to),
    cc: shownAddressList(cc),
    subject: replySubject(described.subject),
    text: `\n\n${shownAddressList(described.from)} ${words.wrote}\n${quote(await readWords(opened))}\n`,
    ...replyReferences(described),
    original: { kind: 'reply', place },
  };
}

async function forward(opened: PlacedMessage, kind: 'forward' | 'attach', visit: Visit): Promise<Draft> {
  const { described, uid, mailbox, place } = opened;
  const isWhole = kind === 'attach';
  const whole = {
    place: formatPlace({ ...place, section: '' }),
    filename: 'message.eml',
    type: 'message/rfc822',
    octets: mailbox.stored(uid)?.octets ?? 0,
  };
  return {
    ...EMPTY,
    subject: forwardSubject(described.subject),
    text: isWhole ? '' : `\n\n${await forwardedText(opened, visit)}`,
    original: { kind: 'forward', place },
    attachments: isWhole ? [whole] : partsOf(opened),
  };
}

async function forwardedText(opened: OpenedMessage, { words }: Visit): Promise<string> {
  const { from, to, subject } = opened.described;
  const fields = [
    `${words.from}: ${shownAddressList(from)}`,
    `${words.to}: ${shownAddressList(to)}`,
    `${words.subject}: ${subject}`,
  ];
  return `--- ${words.forwarded} ---\n${fields.join('\n')}\n\n${await readWords(opened)}`;
}

function partsOf({ described, place }: PlacedMessage) {
  return described.attachments.map(({ filename, type, section, encoding, octets }) => ({
    place: formatPlace({ ...place, section }),
    filename: attachmentName(filename, type, section),
    type,
    octets: decodedOctets({ encoding, octets }),
  }));
}

/** A draft as it lies in Drafts; null when it is gone. */
export async function keptDraft(visit: Visit, uid: number): Promise<Draft | null> {
  const folder = decodeModifiedUtf7(await specialFolderName(visit.folders, 'drafts'));
  const opened = await open(visit, folder, uid);
  if (opened === null) return null;
  const { described, place } = opened;
  const { to, cc, bcc, subject, inReplyTo, references, from } = described;
  return {
    ...EMPTY,
    to: shownAddressList(to),
    cc: shownAddressList(cc),
    bcc: shownAddressList(bcc),
    subject,
    text: (await readWords(opened)).replace(/\n$/, ''),
    inReplyTo: inReplyTo.join(' '),
    references: references.join(' '),
    isPlainFrom: from.every(({ name }) => name === ''),
    place,
    attachments: partsOf(opened),
  };
}
