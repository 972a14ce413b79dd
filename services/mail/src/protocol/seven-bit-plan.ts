/**
 * How a message is made fit for a server that takes 7 bits only: RFC 6152, section 3. Nothing may get lost and the result must be
 * MIME, so bodies become quoted-printable or base64 where they have to, and everything else stays as it is. What may not be
 * encoded (RFC 2045, section 6.4) or not be changed (RFC 1847) makes it impossible, and the message goes back.
 */

import { isNamed } from './header-section.ts';
import { type Entity, encodingOf } from './imap/entity.ts';
import { ENTITIES_MAX } from './imap/entity-scanner.ts';
import { HEADER_OCTETS_MAX } from './mail-data.ts';
import type { Span } from './message-spans.ts';
import type { PartEncoding } from './part-encoder.ts';
import type { Flaws } from './span-flaws.ts';

/** What happens to the octets of one span. */
export type SpanChange =
  | { readonly kind: 'none' }
  /** `encoding` is the new Content-Transfer-Encoding, when it is another one; `added` are fields that were missing. */
  | { readonly kind: 'header'; readonly encoding: PartEncoding | '7bit' | null; readonly added: readonly string[] }
  | { readonly kind: 'body'; readonly decoding: string; readonly encoding: PartEncoding }
  /** RFC 2046, section 5.1.1: `discard-text`. A line of it that does not fit is left out. */
  | { readonly kind: 'discard' };

export type SevenBitPlan =
  | { readonly kind: 'unneeded' }
  /** A change for each span. */
  | { readonly kind: 'possible'; readonly changes: readonly SpanChange[]; readonly because: string }
  | { readonly kind: 'impossible'; readonly because: string };

/** Parts that the reason names. */
const PARTS_TOLD_MAX = 3;
/** RFC 2045, section 6.2: encodings that change no octet. */
const IDENTITY_ENCODINGS = ['7bit', '8bit', 'binary'];
/** RFC 6532, section 3.7, and RFC 6533, section 6: the types of `message` that may be encoded all the same. */
const ENCODABLE_MESSAGE = /^message\/global(?:-headers|-delivery-status|-disposition-notification)?$/;

/** @param flaws of each span */
export function planSevenBit(spans: readonly Span[], flaws: readonly Flaws[]): SevenBitPlan {
  const flawed = spans.filter((span, at) => isFlawed(span, flaws[at]!));
  if (flawed.length === 0) return { kind: 'unneeded' };
  const because = whyNot(spans, flaws);
  if (because !== null) return { kind: 'impossible', because };
  const encodings = new Map<Entity, PartEncoding>();
  for (const { kind, entity } of flawed) if (kind === 'body') encodings.set(entity, encodingFor(entity));
  // RFC 2045, section 4: an encoding means something only in a message that says it is MIME.
  const mime = new Set(flawed.flatMap(({ kind, messages }) => (kind === 'body' ? messages : [])));
  const unnamed = new Map(spans.map(({ kind, entity }, at) => [entity, kind === 'body' && flaws[at]!.isUtf8]));
  const changes = spans.map((span, at): SpanChange => {
    const { kind, entity } = span;
    const encoding = encodings.get(entity);
    if (kind === 'header') return headerChange(span, encoding, mime.has(entity), unnamed.get(entity) ?? false);
    if (kind === 'outside') return isFlawed(span, flaws[at]!) ? { kind: 'discard' } : { kind: 'none' };
    return encoding === undefined ? { kind: 'none' } : { kind: 'body', decoding: encodingOf(entity.fields), encoding };
  });
  return { kind: 'possible', changes, because: describe(encodings) };
}

/** A line of a header that is too long has no encoding, and goes as it is. */
function isFlawed({ kind }: Span, { isEightBit, hasLongLine }: Flaws): boolean {
  return isEightBit || (hasLongLine && kind !== 'header');
}

function whyNot(spans: readonly Span[], flaws: readonly Flaws[]): string | null {
  const headers = spans.filter(({ kind }) => kind === 'header');
  // Behind the last entity that is told apart, text and delimiters are not.
  if (headers.length >= ENTITIES_MAX) return `it has ${ENTITIES_MAX} parts or more`;
  for (const [at, span] of spans.entries()) {
    const found = isFlawed(span, flaws[at]!) ? whyNotSpan(span, flaws[at]!) : null;
    if (found !== null) return found;
  }
  const isTooLong = headers.some(({ from, to }) => to - from > HEADER_OCTETS_MAX);
  return isTooLong ? `a header in it has more than ${HEADER_OCTETS_MAX} octets` : null;
}

function whyNotSpan({ kind, entity, isSigned }: Span, { hasEightBitDelimiter }: Flaws): string | null {
  const type = entity.mediaType.value;
  if (isSigned)
    return 'a part of it that does not fit is signed, and an encoding would break the signature (RFC 1847, section 2.1)';
  // What MIME has for them, encoded words, depends on what a field means (RFC 2047, section 5), which a relay cannot know.
  if (kind === 'header') return 'a header field in it has octets above 127, and only bodies have encodings';
  if (kind === 'outside') return hasEightBitDelimiter ? 'a boundary in it has octets above 127' : null;
  const isComposite = type.startsWith('multipart/') || type.startsWith('message/');
  if (isComposite && !ENCODABLE_MESSAGE.test(type))
    return `a part of it is ${type}, which has no encoding (RFC 2045, section 6.4)`;
  const encoding = encodingOf(entity.fields);
  const isKnown = IDENTITY_ENCODINGS.includes(encoding) || isPartEncoding(encoding);
  return isKnown ? null : `a part of it has the encoding ${encoding}, which is not known`;
}

/** What is encoded already and does not fit all the same is decoded, and encoded as it ought to be. */
function encodingFor({ fields, mediaType }: Entity): PartEncoding {
  const encoding = encodingOf(fields);
  if (isPartEncoding(encoding)) return encoding;
  const { value } = mediaType;
  return value.startsWith('text/') || value.startsWith('message/') ? 'quoted-printable' : 'base64';
}

function isPartEncoding(encoding: string): encoding is PartEncoding {
  return encoding === 'quoted-printable' || encoding === 'base64';
}

function headerChange(
  { entity, isSigned }: Span,
  encoding: PartEncoding | undefined,
  isMime: boolean,
  isUtf8: boolean,
): SpanChange {
  const { fields, mediaType } = entity;
  const has = (name: string) => fields.some((field) => isNamed(field, name));
  const added: string[] = [];
  if (isMime && !has('MIME-Version')) added.push('MIME-Version: 1.0');
  if (encoding !== undefined && !has('Content-Type')) {
    // RFC 1428, section 3: 8-bit text of which nobody says what it is.
    added.push(`Content-Type: text/plain; charset=${isUtf8 ? 'utf-8' : 'unknown-8bit'}`);
  }
  // Nothing has 8 bits any more; the octets under a signature, and what is said of them, stay as they are.
  const isRelabelled = ['8bit', 'binary'].includes(encodingOf(fields)) && !isSigned;
  const isSigning = mediaType.value === 'multipart/signed';
  const label = encoding ?? (isRelabelled && !isSigning ? '7bit' : null);
  return label === null && added.length === 0 ? { kind: 'none' } : { kind: 'header', encoding: label, added };
}

function describe(encodings: ReadonlyMap<Entity, PartEncoding>): string {
  const told = [...encodings].map(([{ mediaType }, encoding]) => `${mediaType.value} as ${encoding}`);
  const shown = [...new Set(told)];
  const more = shown.length > PARTS_TOLD_MAX ? ' and others' : '';
  const how =
    told.length === 0 ? 'text outside of its parts is left out' : shown.slice(0, PARTS_TOLD_MAX).join(', ') + more;
  return `it is converted to 7-bit MIME (RFC 6152, section 3): ${how}`;
}
