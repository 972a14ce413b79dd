/**
 * Hostile messages through the pure parsers alone: whole, octet by octet, and cut at other places. They must come out alike, throw
 * nothing but what is documented, and understand a message as the strict reader does or not at all.
 */

import { ProtocolViolation } from '../../../protocol-violation.ts';
import { type BodyFraming, type FramingFault, requestFraming, responseFraming } from '../../body-framing.ts';
import { CHUNKED_START, decodeChunked } from '../../chunked-decoder.ts';
import { HeadReader } from '../../head-reader.ts';
import { guardRequest } from '../../request-guard.ts';
import { parseRequestHead } from '../../request-head.ts';
import { findHeadEnd, parseResponseHead } from '../../response-head.ts';
import { mutate } from './mutate-message.ts';
import { Random } from './random.ts';
import { sampleRequest, sampleResponse } from './sample-messages.ts';
import { readRequest, readResponse } from './strict-reader.ts';

/** What the parsers make of some octets. */
export type Outcome =
  | { readonly kind: 'message'; readonly start: string; readonly body: string; readonly end: number }
  | { readonly kind: 'unfinished' | 'refused' };

const CHANGES_MAX = 4;
const REFUSED: Outcome = { kind: 'refused' };
const UNFINISHED: Outcome = { kind: 'unfinished' };

/** One input, as text of octets. */
export interface CodecInput {
  readonly kind: 'request' | 'response';
  readonly method: string;
  readonly text: string;
}

export function codecInput(seed: number): CodecInput {
  const random = new Random(seed);
  const kind = random.once(2) ? 'request' : 'response';
  const method = kind === 'response' && random.once(6) ? 'HEAD' : 'GET';
  const path = `/f/${random.id()}`;
  const good = kind === 'request' ? sampleRequest('a.test', path, random) : sampleResponse(method, path, random);
  return { kind, method, text: random.once(8) ? good : mutate(good, random, CHANGES_MAX) };
}

/** The input with the octets cut at `cuts`, in ascending order. @throws anything but ProtocolViolation is a fault of the parsers */
export function understand({ kind, method, text }: CodecInput, cuts: readonly number[]): Outcome {
  const octets = Buffer.from(text, 'latin1');
  const places = [0, ...cuts, octets.length];
  const pieces = places.slice(1).map((place, at) => octets.subarray(places[at], place));
  try {
    return kind === 'request' ? understandRequest(pieces) : understandResponse(pieces, method);
  } catch (error) {
    if (error instanceof ProtocolViolation) return REFUSED;
    throw error;
  }
}

/** A sentence where the parsers take for a message what is none for the strict reader, or another one. */
export function disagreement({ kind, method, text }: CodecInput, outcome: Outcome): string | null {
  if (outcome.kind !== 'message') return null;
  const reading = kind === 'request' ? readRequest(text, 0) : finalResponse(text, method);
  if (reading.kind !== 'message') return `a message, which is ${reading.kind} for the strict reader`;
  const { body, end } = reading.message;
  if (body !== outcome.body) return `a body of ${outcome.body.length} octets instead of ${body.length}`;
  return end === outcome.end ? null : `a message that ends at ${outcome.end} instead of ${end}`;
}

function finalResponse(text: string, method: string): ReturnType<typeof readResponse> {
  let at = 0;
  for (;;) {
    const reading = readResponse(text, at, method, false);
    if (reading.kind !== 'message' || !/^1/.test(reading.message.start[1]!)) return reading;
    at = reading.message.end;
  }
}

function understandRequest(pieces: readonly Buffer[]): Outcome {
  const reader = new HeadReader();
  for (const [place, piece] of pieces.entries()) {
    const used = reader.push(piece.toString('latin1'));
    if (used === -1) continue;
    const head = parseRequestHead(reader.text);
    if ('kind' in head || guardRequest(head).kind === 'refuse') return REFUSED;
    const start = `${head.method} ${head.target} ${head.httpVersion}`;
    const before = octetsOf(pieces.slice(0, place)) + used;
    const rest = [piece.subarray(used), ...pieces.slice(place + 1)];
    return withBody(start, before, requestFraming(head.httpVersion, head.fields), rest);
  }
  return UNFINISHED;
}

function understandResponse(pieces: readonly Buffer[], method: string): Outcome {
  let begun: Buffer = Buffer.alloc(0);
  let before = 0;
  let looked = 0;
  for (const [place, piece] of pieces.entries()) {
    begun = Buffer.concat([begun, piece]);
    for (let end = findHeadEnd(begun, looked); end !== null; end = findHeadEnd(begun, 0)) {
      const head = parseResponseHead(begun.toString('latin1', 0, end));
      before += end;
      begun = begun.subarray(end);
      if (head.status >= 200) {
        return withBody(String(head.status), before, responseFraming(method, head), [
          begun,
          ...pieces.slice(place + 1),
        ]);
      }
    }
    looked = begun.length;
  }
  return UNFINISHED;
}

function withBody(
  start: string,
  from: number,
  framing: BodyFraming | FramingFault,
  pieces: readonly Buffer[],
): Outcome {
  if (framing.kind === 'fault') return REFUSED;
  if (framing.kind === 'none') return { kind: 'message', start, body: '', end: from };
  if (framing.kind === 'chunked') return withChunks(start, from, pieces);
  // What lasts until the connection ends is never whole here.
  const text = Buffer.concat(pieces).toString('latin1');
  if (framing.kind === 'until-close' || text.length < framing.octets) return UNFINISHED;
  return { kind: 'message', start, body: text.slice(0, framing.octets), end: from + framing.octets };
}

function withChunks(start: string, from: number, pieces: readonly Buffer[]): Outcome {
  let state = CHUNKED_START;
  let body = '';
  let end = from;
  for (const piece of pieces) {
    const step = decodeChunked(state, piece);
    state = step.state;
    end += step.used;
    for (const data of step.data) body += Buffer.from(data).toString('latin1');
    if (state.kind === 'complete') return { kind: 'message', start, body, end };
  }
  return UNFINISHED;
}

function octetsOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
