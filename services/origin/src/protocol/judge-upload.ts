/**
 * PUT and DELETE: what is refused before a body is read, and what a condition of the client forbids (RFC 9110, sections 9.3.4,
 * 9.3.5, 13).
 */

import { type Fields, fieldValue, hasField } from '#shared/http/fields.ts';
import { essenceOf } from '#shared/http/media-type.ts';
import { evaluatePreconditions, type Validators } from '#shared/http/preconditions.ts';
import { UNKNOWN_TYPE } from './media-type.ts';

/** Longest document that is taken, in octets. */
export const UPLOAD_OCTETS_MAX = 1024 * 1024;

/** The status that ends the matter, and why. */
export interface UploadRefusal {
  readonly status: number;
  readonly because: string;
  readonly fields?: Fields;
}

export interface UploadRequest {
  readonly method: string;
  readonly httpVersion: string;
  readonly fields: Fields;
}

/** What is wrong with the head of a PUT for a document whose name stands for `mediaType`; null: its body may come. */
export function judgeUpload(request: UploadRequest, mediaType: string): UploadRefusal | null {
  const { fields, httpVersion } = request;
  // RFC 9110, section 14.4: a server that would take a part for the whole destroys the rest.
  if (hasField(fields, 'Content-Range'))
    return refuse(400, 'Content-Range in a PUT: only whole documents are taken (RFC 9110, section 14.4)');
  const coding = fieldValue(fields, 'Content-Encoding');
  if (coding !== undefined && coding.toLowerCase() !== 'identity')
    return refuse(415, `documents are not taken in the coding ${coding}`, [['Accept-Encoding', 'identity']]);
  const given = essenceOf(fieldValue(fields, 'Content-Type') ?? mediaType);
  // What is not known by its name may be anything, and what is sent without a type is taken for what its name says.
  if (![UNKNOWN_TYPE, essenceOf(mediaType)].includes(given) && mediaType !== UNKNOWN_TYPE)
    return refuse(415, `the name stands for ${essenceOf(mediaType)}, and Content-Type says ${given}`);
  const length = fieldValue(fields, 'Content-Length');
  if (length === undefined && httpVersion !== '2' && !hasField(fields, 'Transfer-Encoding'))
    return refuse(411, 'a PUT says how long its document is (RFC 9110, section 15.5.12)');
  if (Number(length ?? 0) > UPLOAD_OCTETS_MAX) return tooLarge();
  return null;
}

export function tooLarge(): UploadRefusal {
  return refuse(413, `at most ${UPLOAD_OCTETS_MAX} octets are taken`);
}

/**
 * Whether the conditions of the client hold for what is there now, null for nothing: so that nobody overwrites what he has not
 * seen, the "lost update" (RFC 9110, section 13.1.1).
 */
export function judgeConditions(request: UploadRequest, current: Validators | null, now: number): UploadRefusal | null {
  if (current === null) {
    // RFC 9110, sections 13.1.1 and 13.1.2: without a current representation If-Match is false, If-None-Match is true.
    return hasField(request.fields, 'If-Match') ? refuse(412, 'If-Match, and there is no document') : null;
  }
  const outcome = evaluatePreconditions(request.method, request.fields, current, now);
  return outcome.kind === 'precondition-failed' ? refuse(412, outcome.because) : null;
}

function refuse(status: number, because: string, fields: Fields = []): UploadRefusal {
  return { status, because, fields };
}
