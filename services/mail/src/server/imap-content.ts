import { type Entity, encodingOf } from '../protocol/imap/entity.ts';
import type { FetchItem, SectionItem } from '../protocol/imap/fetch-item.ts';
import { Refusal } from '../protocol/imap/response.ts';
import { findPart, locateSection, type Partial } from '../protocol/imap/section.ts';
import { joinOctets } from '../protocol/octets.ts';
import { decodeBase64, decodeQuotedPrintable } from '../protocol/transfer-encoding.ts';
import type { ImapSession } from './imap-session.ts';
import { readRange, type ScannedMessage } from './message-reading.ts';

/** Octets of a part that are held to be decoded. */
const DECODED_OCTETS_MAX = 64 * 1024 * 1024;
/** RFC 2045, section 6.2: the first three change nothing. */
const KNOWN_ENCODINGS = ['7bit', '8bit', 'binary', 'quoted-printable', 'base64'];

/** A piece of a FETCH response: text, octets, or the place in the message where they are. */
export type ResponsePiece = string | Uint8Array | { readonly from: number; readonly to: number };

type ContentItem = Extract<FetchItem, { readonly section: unknown }>;

export function isContent(item: FetchItem): item is ContentItem {
  return item.kind === 'section' || item.kind === 'binary' || item.kind === 'binary-size';
}

/** What stands for a section in the response: RFC 3501, section 7.4.2; of BINARY, RFC 9051, section 7.5.2. */
export async function contentPieces(
  session: ImapSession,
  uid: number,
  item: ContentItem,
  scanned: ScannedMessage,
): Promise<ResponsePiece[]> {
  if (item.kind === 'section') return sectionPieces(item, scanned);
  const decoded = await decodePart(session, uid, item.section.part, scanned);
  if (item.kind === 'binary-size') return [`${item.label} ${decoded?.length ?? 0}`];
  if (decoded === null) return [`${item.label} NIL`];
  const { from, to } = partOf(0, decoded.length, item.partial);
  const octets = decoded.subarray(from, to);
  return [`${item.label} ${octets.includes(0) ? '~' : ''}{${octets.length}}`, octets];
}

function sectionPieces({ label, section, partial }: SectionItem, { entity }: ScannedMessage): ResponsePiece[] {
  const located = locateSection(entity, section);
  if (located === null) return [`${label} NIL`];
  if (located.kind === 'octets') {
    const { from, to } = partOf(0, located.octets.length, partial);
    return [`${label} {${to - from}}`, located.octets.subarray(from, to)];
  }
  const range = partOf(located.from, located.to, partial);
  return [`${label} {${range.to - range.from}}`, range];
}

function partOf(from: number, to: number, partial: Partial | null): { from: number; to: number } {
  if (partial === null) return { from, to };
  const begin = Math.min(to, from + partial.from);
  return { from: begin, to: Math.min(to, begin + partial.octets) };
}

/** Asked before anything of a response is sent. @throws Refusal for a part that cannot be decoded */
export function requireDecodable(item: FetchItem, { entity }: ScannedMessage): void {
  if (item.kind !== 'binary' && item.kind !== 'binary-size') return;
  const { part: numbers } = item.section;
  const part = findPart(entity, numbers);
  if (part === null) return;
  if (part.bodyTo - firstOctet(part, numbers) > DECODED_OCTETS_MAX)
    throw new Refusal('NO', 'LIMIT', `A part of more than ${DECODED_OCTETS_MAX} octets is not decoded`);
  const encoding = numbers.length === 0 ? 'binary' : contentEncoding(part);
  if (!KNOWN_ENCODINGS.includes(encoding))
    throw new Refusal('NO', 'UNKNOWN-CTE', 'The encoding of the part is unknown', `nobody can decode ${encoding}`);
}

/** A whole message has its header too. */
function firstOctet(part: Entity, numbers: readonly number[]): number {
  return numbers.length === 0 ? part.headerFrom : part.bodyFrom;
}

/** RFC 2045, section 6.4: what has parts inside has no other encoding than those that change nothing. */
function contentEncoding(part: Entity): string {
  return part.parts.length > 0 || part.message !== null ? 'binary' : encodingOf(part.fields);
}

/** Null when the message has no such part. */
async function decodePart(
  { selected }: ImapSession,
  uid: number,
  numbers: readonly number[],
  scanned: ScannedMessage,
): Promise<Uint8Array | null> {
  const part = findPart(scanned.entity, numbers);
  if (part === null) return null;
  const from = firstOctet(part, numbers);
  const pieces: Uint8Array[] = [];
  for await (const piece of readRange(selected.mailbox, uid, scanned, from, part.bodyTo)) pieces.push(piece);
  const octets = joinOctets(pieces);
  // A whole message has no encoding.
  return numbers.length === 0 ? octets : decode(octets, contentEncoding(part));
}

function decode(octets: Uint8Array, encoding: string): Uint8Array {
  if (encoding === 'base64') return decodeBase64(octets);
  return encoding === 'quoted-printable' ? decodeQuotedPrintable(octets) : octets;
}
