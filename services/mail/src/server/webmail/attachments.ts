import { randomUUID } from 'node:crypto';
import type { DraftAttachment } from '../../page/compose-page.ts';
import { decodeCharset } from '../../protocol/charset.ts';
import { type FormPlace, formatFormPlace, parseFormPlace } from '../../protocol/form-place.ts';
import { isNamed, splitHeaderSection } from '../../protocol/header-section.ts';
import { joinOctets, toText } from '../../protocol/octets.ts';
import { namePageObjects } from '../../protocol/page-letter.ts';
import { safeFilename } from '../../protocol/safe-filename.ts';
import type { LetterAttachment } from '../compose.ts';
import { openMessage, partOf, readDecoded, takeOctets } from '../stored-message.ts';
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
  /** Null for a file that came with the form. */
  readonly place: AttachmentPlace | null;
}

/** Attachments of one letter. */
const ATTACHMENTS_MAX = 100;
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,80}\/[a-z0-9!#$&^_.+-]{1,80}$/;

/**
 * The files of a form, behind those of a draft or an original that are to go along.
 *
 * @returns null when they have more octets than `octetsMax` together
 */
export async function readAttachments(visit: Visit, form: WebForm, octetsMax: number): Promise<Attached[] | null> {
  const attached: Attached[] = [];
  let octets = form.files.reduce((sum, { content }) => sum + content.length, 0);
  if (octets > octetsMax) return null;
  for (const place of keptPlaces(form)) {
    // One octet more than there is room for is enough to know that it is too much.
    const one = await readPlaced(visit, place, octetsMax - octets + 1);
    if (one === null) continue;
    octets += one.content.length;
    if (octets > octetsMax) return null;
    attached.push(one);
  }
  const files = form.files.slice(0, ATTACHMENTS_MAX - attached.length).map(({ filename, type, content }, index) => ({
    filename: safeFilename(filename, `file-${index + 1}`),
    type: MEDIA_TYPE.test(type) ? type : 'application/octet-stream',
    content,
    place: null,
  }));
  return [...attached, ...files];
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

async function readPlaced(visit: Visit, place: AttachmentPlace, octetsMax: number): Promise<Attached | null> {
  const mailbox = await folderOfPlace(visit, place);
  if (mailbox === null) return null;
  if (place.section === '') {
    const pieces = await mailbox.read(place.uid);
    const content = pieces === null ? null : joinOctets(await takeOctets(pieces, octetsMax));
    return content === null
      ? null
      : { filename: 'message.eml', type: 'message/rfc822', content: withoutBcc(content), place };
  }
  const opened = await openMessage(mailbox, place.uid);
  const part = opened === null ? null : partOf(opened, place.section);
  if (opened === null || part === null) return null;
  return {
    filename: attachmentName(part.filename, part.type, part.section),
    type: MEDIA_TYPE.test(part.type) ? part.type : 'application/octet-stream',
    content: joinOctets(await takeOctets(readDecoded(opened, part), octetsMax)),
    place,
  };
}

/** RFC 5322, section 3.6.3: who passes on a letter of their own does not tell whom else it went to. */
function withoutBcc(message: Uint8Array): Uint8Array {
  const { fields, endsAt } = splitHeaderSection(message);
  const told = fields.filter((field) => !isNamed(field, 'Bcc')).map(({ octets }) => octets);
  return joinOctets([...told, message.subarray(endsAt)]);
}

/** The attachments that the form can name again: those that lie somewhere already. */
export function placedAttachments(attached: readonly Attached[]): DraftAttachment[] {
  return attached.flatMap(({ place, filename, type, content }) =>
    place === null ? [] : [{ place: formatPlace(place), filename, type, octets: content.length }],
  );
}

/** The first page among the attachments becomes the message, with the pictures that it names. */
export function asPage(letter: Outgoing, attached: readonly Attached[]): Outgoing {
  const page = attached.find(({ type }) => type === 'text/html');
  if (page === undefined) return letter;
  const objects = attached
    .filter((one) => one !== page)
    .map((one) => ({ ...one, contentId: `${randomUUID()}@${letter.from.address.split('@').at(-1)}` }));
  const charset = /<meta[^>]+charset=["']?([\w-]+)/i.exec(toText(page.content.subarray(0, 1024)))?.[1] ?? 'utf-8';
  const { html, named } = namePageObjects(decodeCharset(page.content, charset), objects);
  const attachments = objects.map(({ contentId, ...one }) =>
    named.some((object) => object.contentId === contentId) ? { ...one, contentId } : one,
  );
  return { ...letter, html, attachments };
}
