/**
 * The chunked transfer coding, decoded step by step: RFC 9112, section 7.1. The octets may come cut at any place; data comes
 * out as views into them. Nothing that is not exactly the grammar passes: where two readers see the end of a chunk
 * differently, one of them takes a part of the body for the next message.
 *
 *     chunked-body = *chunk last-chunk trailer-section CRLF
 *     chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF        last-chunk = 1*("0") [ chunk-ext ] CRLF
 *
 *          size --";"--> extension      data --last octet--> data-cr --CR--> data-lf --LF--> size
 *            |               |            ^
 *            +------CR-------+--> size-lf +--LF, size > 0          size-lf --LF, size 0--> trailers --empty line--> complete
 */

import { ProtocolViolation } from '../protocol-violation.ts';
import { parseFieldLines } from './field-section.ts';
import type { Fields } from './fields.ts';
import { allowedTrailers } from './trailer-fields.ts';

/** Digits of a chunk size; a longer one overflows in some reader (RFC 9112, section 7.1). */
const SIZE_DIGITS_MAX = 16;
/** Octets of chunk extensions in one body: they serve nobody here, and can be made to outweigh the data (section 7.1.1). */
const EXTENSION_OCTETS_MAX = 8_192;
/** Octets of a trailer section; those in use are a checksum or a signature. */
const TRAILER_OCTETS_MAX = 8_192;

/** Where in the grammar the next octet stands. `extensions`: octets of chunk extensions so far. */
export type ChunkedState =
  | { readonly kind: 'size'; readonly digits: number; readonly size: number; readonly extensions: number }
  | { readonly kind: 'extension' | 'size-lf'; readonly size: number; readonly extensions: number }
  | { readonly kind: 'data'; readonly left: number; readonly extensions: number }
  | { readonly kind: 'data-cr' | 'data-lf'; readonly extensions: number }
  | { readonly kind: 'trailers'; readonly text: string }
  | { readonly kind: 'complete'; readonly trailers: Fields };

export const CHUNKED_START: ChunkedState = { kind: 'size', digits: 0, size: 0, extensions: 0 };

export interface ChunkedStep {
  readonly state: ChunkedState;
  /** The data of chunks, as views into the octets that came. */
  readonly data: readonly Uint8Array[];
  /** How many octets belonged to the body: fewer than came only when it is complete. */
  readonly used: number;
}

/** Takes the next octets of a chunked body. @throws ProtocolViolation with the offset in `octets` */
export function decodeChunked(start: ChunkedState, octets: Uint8Array): ChunkedStep {
  const data: Uint8Array[] = [];
  let state = start;
  let at = 0;
  while (at < octets.length && state.kind !== 'complete') {
    if (state.kind === 'data') {
      const part = octets.subarray(at, at + state.left);
      data.push(part);
      at += part.length;
      const left: number = state.left - part.length;
      state = left > 0 ? { ...state, left } : { kind: 'data-cr', extensions: state.extensions };
    } else {
      state = afterOctet(state, octets[at]!, at);
      at += 1;
    }
  }
  return { state, data, used: at };
}

type LineState = Exclude<ChunkedState, { kind: 'data' | 'complete' }>;
type SizeState = Extract<ChunkedState, { kind: 'size' }>;
type InExtension = Pick<SizeState, 'size' | 'extensions'>;

const CR = 13;
const LF = 10;
const SEMICOLON = 59;

function afterOctet(state: LineState, octet: number, at: number): ChunkedState {
  switch (state.kind) {
    case 'size':
      return afterSizeOctet(state, octet, at);
    case 'extension':
      return afterExtensionOctet(state, octet, at);
    case 'size-lf':
      expect(octet, LF, 'the line of the chunk size', at);
      if (state.size === 0) return { kind: 'trailers', text: '' };
      return { kind: 'data', left: state.size, extensions: state.extensions };
    case 'data-cr':
      expect(octet, CR, 'the data of the chunk', at);
      return { kind: 'data-lf', extensions: state.extensions };
    case 'data-lf':
      expect(octet, LF, 'the data of the chunk', at);
      return { kind: 'size', digits: 0, size: 0, extensions: state.extensions };
    case 'trailers':
      return afterTrailerOctet(state.text, octet, at);
  }
}

function afterSizeOctet({ digits, size, extensions }: SizeState, octet: number, at: number): ChunkedState {
  const digit = hexValue(octet);
  if (digit === null) {
    if (digits === 0) throw new ProtocolViolation('Expected a chunk size', at, 'RFC 9112, section 7.1');
    if (octet === CR) return { kind: 'size-lf', size, extensions };
    if (octet === SEMICOLON) return afterExtensionOctet({ size, extensions }, octet, at);
    throw new ProtocolViolation('Expected a hexadecimal digit, ";" or CRLF', at, 'RFC 9112, section 7.1');
  }
  const grown = size * 16 + digit;
  if (digits === SIZE_DIGITS_MAX || grown > Number.MAX_SAFE_INTEGER) {
    throw new ProtocolViolation('The chunk size is too large', at, 'RFC 9112, section 7.1');
  }
  return { kind: 'size', digits: digits + 1, size: grown, extensions };
}

/** Extensions are not understood, and are skipped (section 7.1.1); but a bare LF in them ends the line for some readers. */
function afterExtensionOctet({ size, extensions: before }: InExtension, octet: number, at: number): ChunkedState {
  if (octet === CR) return { kind: 'size-lf', size, extensions: before };
  const isText = octet === 9 || (octet >= 32 && octet !== 127);
  if (!isText) throw new ProtocolViolation('A control in a chunk extension', at, 'RFC 9112, section 7.1.1');
  const extensions = before + 1;
  if (extensions > EXTENSION_OCTETS_MAX) {
    throw new ProtocolViolation('The chunk extensions are too long', at, 'RFC 9112, section 7.1.1');
  }
  return { kind: 'extension', size, extensions };
}

function afterTrailerOctet(before: string, octet: number, at: number): ChunkedState {
  const text = before + String.fromCharCode(octet);
  if (octet !== LF) {
    if (text.length < TRAILER_OCTETS_MAX) return { kind: 'trailers', text };
    throw new ProtocolViolation('The trailer section is too long', at, 'RFC 9112, section 7.1.2');
  }
  if (!text.endsWith('\r\n')) {
    throw new ProtocolViolation('A bare LF in the trailer section', at, 'RFC 9112, section 2.2');
  }
  const isLast = text === '\r\n' || text.endsWith('\r\n\r\n');
  if (!isLast) return { kind: 'trailers', text };
  return { kind: 'complete', trailers: allowedTrailers(parseFieldLines(text.slice(0, -2))) };
}

function expect(octet: number, wanted: number, what: string, at: number): void {
  if (octet !== wanted) throw new ProtocolViolation(`CRLF must follow ${what}`, at, 'RFC 9112, section 7.1');
}

function hexValue(octet: number): number | null {
  if (octet >= 48 && octet <= 57) return octet - 48;
  const letter = octet | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : null;
}
