/**
 * A message from its first octet to its last, cut into spans: headers, bodies of entities that have nothing inside, and what
 * stands outside of the parts of a multipart. Made of the tree of entities; places are octets of the message with CRLF line ends.
 */
import type { Entity } from './imap/entity.ts';

export interface Span {
  /** `outside` are the delimiters of a multipart, and the text before, between and behind them: RFC 2046, section 5.1.1. */
  readonly kind: 'header' | 'body' | 'outside';
  readonly from: number;
  readonly to: number;
  readonly entity: Entity;
  /** The messages that it is in, the outermost first. */
  readonly messages: readonly Entity[];
  /** Whether a signature is over it, so that no octet may change: RFC 1847, section 2.1. */
  readonly isSigned: boolean;
}

/** The spans, one behind the other without a gap. */
export function* spansOf(message: Entity): Generator<Span> {
  yield* inside(message, [message], false);
}

/** @param isSigned whether the entity is inside of a multipart/signed */
function* inside(entity: Entity, messages: readonly Entity[], isSigned: boolean): Generator<Span> {
  const { mediaType, parts, message, headerFrom, bodyFrom, bodyTo } = entity;
  const whose = { entity, messages };
  yield { kind: 'header', from: headerFrom, to: bodyFrom, ...whose, isSigned };
  if (message !== null && mediaType.value === 'message/rfc822') {
    yield* inside(message, [...messages, message], isSigned);
    return;
  }
  if (parts.length === 0) {
    yield { kind: 'body', from: bodyFrom, to: bodyTo, ...whose, isSigned };
    return;
  }
  const isSigning = isSigned || mediaType.value === 'multipart/signed';
  let at = bodyFrom;
  for (const part of parts) {
    yield { kind: 'outside', from: at, to: part.headerFrom, ...whose, isSigned: isSigning };
    yield* inside(part, messages, isSigning);
    at = part.bodyTo;
  }
  yield { kind: 'outside', from: at, to: bodyTo, ...whose, isSigned: isSigning };
}
