import { randomUUID } from 'node:crypto';
import type { DraftAttachment } from '../../page/compose-page.ts';
import { decodeCharset } from '../../protocol/charset.ts';
import { type FormPlace, formatFormPlace, parseFormPlace } from '../../protocol/form-place.ts';
import { isNamed, splitHeaderSection } from '../../protocol/header-section.ts';
import { decodedOctets } from '../../protocol/message-part.ts';
import { joinOctets, toText } from '../../protocol/octets.ts';
import { namePageObjects } from '../../protocol/page-letter.ts';
import { safeFilename } from '../../protocol/safe-filename.ts';
import type { LetterAttachment } from '../compose.ts';
import { readRange } from '../message-reading.ts';
import { type OpenedMessage, openMessage, partOf, readDecoded, takeOctets } from '../stored-message.ts';
import type { Outgoing } from '../submit-letter.ts';
import { sectionOf, type Visit } from './desk.ts';
import { folderOfPlace } from './form-places.ts';
import { attachmentName } from './parts.ts';
import type { WebForm } from './web-form.ts';

/** Where an attachment lies already: a part of a message of this account, or, without a section, the message. */
export interface AttachmentPlace extends FormPlace {
  readonly section: string;
}

/** An attachment of a letter that is being written. */
export interface Attached extends LetterAttachment {
  readonly octets: number;
  /** Null for a file that came with the form. */
  readonly place: AttachmentPlace | null;
}

/** Attachments of one letter. */
const ATTACHMENTS_MAX = 100;
/** Texts up to so many octets are held, so that they can travel as they are; everything else is read while the letter is written. */
const HELD_TEXT_OCTETS_MAX = 256 * 1024;
/** A page that becomes the letter itself, in octets. */
const PAGE_OCTETS_MAX = 1024 * 1024;
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,80}\/[a-z0-9!#$&^_.+-]{1,80}$/;

/**
 * Octets that the attachments of a letter have together at most, when a message has `messageOctetsMax`: base64 makes of 57
 * octets a line of 76 characters and its line end (RFC 2045, section 6.8).
 */
export function attachedOctetsMax(messageOctetsMax: number): number {
  return Math.floor((messageOctetsMax / 78) * 57);
}

/**
 * The files of a form, behind those of a draft or an original that are to go along.
 *
 * @returns null when they have more octets than `octetsMax` together
 */
export async function readAttachments(visit: Visit, form: WebForm, octetsMax: number): Promise<Attached[] | null> {
  const placed = await findPlaced(visit, keptPlaces(form));
  const files = form.files.slice(0, ATTACHMENTS_MAX - placed.length).map(({ filename, type, octets, read }, index) => ({
    filename: safeFilename(filename, `file-${index + 1}`),
    type: MEDIA_TYPE.test(type) ? type : 'application/octet-stream',
    octets,
    content: read,
    place: null,
  }));
  const attached = [...placed, ...files];
  if (attached.reduce((sum, { octets }) => sum + octets, 0) > octetsMax) return null;
  return Promise.all(attached.map(withHeldText));
}

async function withHeldText(one: Attached): Promise<Attached> {
  const { type, octets, content } = one;
  if (content instanceof Uint8Array || !type.startsWith('text/') || octets > HELD_TEXT_OCTETS_MAX) return one;
  return { ...one, content: joinOctets(await takeOctets(content(), HELD_TEXT_OCTETS_MAX)) };
}

/** What lies somewhere already and is to go along. */
export function keptPlaces(form: WebForm): AttachmentPlace[] {
  const places = form.all('keep').slice(0, ATTACHMENTS_MAX).map(placeOf);
  return places.filter((place) => place !== null);
}

/** `section/uidvalidity.uid/folder` */
function placeOf(text: string): AttachmentPlace | null {
  const [section, ...rest] = text.split('/');
  const place = parseFormPlace(rest.join('/'));
  return place === null ? null : { ...place, section: sectionOf(section) };
}

export function formatPlace(place: AttachmentPlace): string {
  return `${place.section}/${formatFormPlace(place)}`;
}

/** Those that are still there. A message is looked into once, however many of its parts go along. */
async function findPlaced(visit: Visit, places: readonly AttachmentPlace[]): Promise<Attached[]> {
  const messages = new Map<string, OpenedMessage | null>();
  const found: Attached[] = [];
  for (const place of places) {
    const key = formatFormPlace(place);
    if (!messages.has(key)) messages.set(key, await openPlaced(visit, place));
    const opened = messages.get(key) ?? null;
    const one = opened === null ? null : attachmentAt(opened, place);
    if (one !== null) found.push(one);
  }
  return found;
}

async function openPlaced(visit: Visit, place: FormPlace): Promise<OpenedMessage | null> {
  const mailbox = await folderOfPlace(visit, place);
  return mailbox === null ? null : openMessage(mailbox, place.uid);
}

function attachmentAt(opened: OpenedMessage, place: AttachmentPlace): Attached | null {
  if (place.section === '') {
    const octets = opened.mailbox.stored(opened.uid)?.octets ?? 0;
    return {
      filename: 'message.eml',
      type: 'message/rfc822',
      octets,
      content: () => whileThere(opened, readWithoutBcc(opened)),
      place,
    };
  }
  const part = partOf(opened, place.section);
  if (part === null) return null;
  return {
    filename: attachmentName(part.filename, part.type, part.section),
    type: MEDIA_TYPE.test(part.type) ? part.type : 'application/octet-stream',
    octets: decodedOctets(part),
    content: () => whileThere(opened, readDecoded(opened, part)),
    place,
  };
}

/** Another program may have removed the message meanwhile: a letter is not sent with half of a file. */
async function* whileThere({ mailbox, uid }: OpenedMessage, pieces: AsyncIterable<Uint8Array>) {
  if (mailbox.stored(uid) === null) throw new Error('The message that an attachment lies in was removed');
  yield* pieces;
}

/** RFC 5322, section 3.6.3: who passes on a letter of their own does not tell whom else it went to. */
async function* readWithoutBcc({ mailbox, uid, scanned }: OpenedMessage): AsyncGenerator<Uint8Array> {
  const { bodyFrom } = scanned.entity;
  const header = joinOctets(await takeOctets(readRange(mailbox, uid, scanned, 0, bodyFrom), bodyFrom));
  const { fields, endsAt } = splitHeaderSection(header);
  const told = fields.filter((field) => !isNamed(field, 'Bcc')).map(({ octets }) => octets);
  yield joinOctets([...told, header.subarray(endsAt)]);
  yield* readRange(mailbox, uid, scanned, bodyFrom, mailbox.stored(uid)?.octets ?? 0);
}

/** The attachments that the form can name again: those that lie somewhere already. */
export function placedAttachments(attached: readonly Attached[]): DraftAttachment[] {
  return attached.flatMap(({ place, filename, type, octets }) =>
    place === null ? [] : [{ place: formatPlace(place), filename, type, octets }],
  );
}

/** The first page among the attachments becomes the message, with the pictures that it names. */
export async function asPage(letter: Outgoing, attached: readonly Attached[]): Promise<Outgoing> {
  const page = attached.find(({ type, octets }) => type === 'text/html' && octets <= PAGE_OCTETS_MAX);
  if (page === undefined) return letter;
  const objects = attached
    .filter((one) => one !== page)
    .map((one) => ({ ...one, contentId: `${randomUUID()}@${letter.from.address.split('@').at(-1)}` }));
  const { content } = page;
  const octets = content instanceof Uint8Array ? content : joinOctets(await takeOctets(content(), PAGE_OCTETS_MAX));
  const charset = /<meta[^>]+charset=["']?([\w-]+)/i.exec(toText(octets.subarray(0, 1024)))?.[1] ?? 'utf-8';
  const { html, named } = namePageObjects(decodeCharset(octets, charset), objects);
  const attachments = objects.map(({ contentId, ...one }) =>
    named.some((object) => object.contentId === contentId) ? { ...one, contentId } : one,
  );
  return { ...letter, html, attachments };
}
