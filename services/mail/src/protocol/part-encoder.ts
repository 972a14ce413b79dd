/** A part's octets as lines of 7 bits, while they come in pieces: RFC 2045, sections 6.7 and 6.8. What part-decoder.ts undoes. */
import { CR, joinOctets, LF, SPACE, TAB } from './octets.ts';

export type PartEncoding = 'quoted-printable' | 'base64';

export interface PartEncoder {
  push(octets: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

export function openPartEncoder(encoding: PartEncoding): PartEncoder {
  return encoding === 'base64' ? new Base64Encoder() : new QuotedPrintableEncoder();
}

/** Octets that a line of 76 characters of base64 stands for. */
const BASE64_LINE_OCTETS = 57;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const LETTERS = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
const EQUALS = 0x3d;
const HYPHEN = 0x2d;

/** Line ends stand between the lines: the last line has none, because the one before a boundary is the boundary's. */
class Base64Encoder implements PartEncoder {
  #held: Uint8Array = new Uint8Array();
  #hasLines = false;

  push(octets: Uint8Array): Uint8Array {
    const all = joinOctets([this.#held, octets]);
    const whole = all.length - (all.length % BASE64_LINE_OCTETS);
    this.#held = all.slice(whole);
    return this.#encode(all.subarray(0, whole));
  }

  end(): Uint8Array {
    return this.#encode(this.#held);
  }

  #encode(octets: Uint8Array): Uint8Array {
    const lines = Math.ceil(octets.length / BASE64_LINE_OCTETS);
    const encoded = new Uint8Array(Math.ceil(octets.length / 3) * 4 + lines * 2);
    let length = 0;
    for (let at = 0; at < octets.length; at += 3) {
      if (at % BASE64_LINE_OCTETS === 0) {
        if (this.#hasLines) {
          encoded[length++] = CR;
          encoded[length++] = LF;
        }
        this.#hasLines = true;
      }
      const left = octets.length - at;
      const bits = (octets[at]! << 16) | ((octets[at + 1] ?? 0) << 8) | (octets[at + 2] ?? 0);
      encoded[length++] = LETTERS[bits >> 18]!;
      encoded[length++] = LETTERS[(bits >> 12) & 63]!;
      encoded[length++] = left > 1 ? LETTERS[(bits >> 6) & 63]! : EQUALS;
      encoded[length++] = left > 2 ? LETTERS[bits & 63]! : EQUALS;
    }
    return encoded.subarray(0, length);
  }
}

/** Characters of a line of quoted-printable, without the `=` that joins it to the next one. */
const LINE_LENGTH_MAX = 75;
/** Characters that an octet becomes at most: three, and its share of a soft line break, of which there is one in 25 octets. */
const CHARACTERS_PER_OCTET = 4;
/** `=` with two digits, and `=` with a line end. */
const ESCAPE_LENGTH = 3;
const SOFT_BREAK_LENGTH = 3;
const HEX = Uint8Array.from('0123456789ABCDEF', (digit) => digit.charCodeAt(0));

/** CRLF stays a line end, as section 6.7 (4) asks of text; a CR or an LF alone does not travel and is encoded. */
class QuotedPrintableEncoder implements PartEncoder {
  /** The last octet: what it becomes depends on the next one. */
  #held: Uint8Array = new Uint8Array();
  #column = 0;

  push(octets: Uint8Array): Uint8Array {
    return this.#encode(joinOctets([this.#held, octets]), false);
  }

  end(): Uint8Array {
    return this.#encode(this.#held, true);
  }

  #encode(octets: Uint8Array, isLast: boolean): Uint8Array {
    const encoded = new Uint8Array(SOFT_BREAK_LENGTH + octets.length * CHARACTERS_PER_OCTET);
    const decided = isLast ? octets.length : octets.length - 1;
    let column = this.#column;
    let length = 0;
    let at = 0;
    for (; at < decided; at += 1) {
      const octet = octets[at]!;
      const next = octets[at + 1];
      if (octet === CR && next === LF) {
        encoded[length++] = CR;
        encoded[length++] = LF;
        column = 0;
        at += 1;
        continue;
      }
      const isLiteral = mayStand(octet, next);
      if (column + (isLiteral ? 1 : ESCAPE_LENGTH) > LINE_LENGTH_MAX) {
        encoded[length++] = EQUALS;
        encoded[length++] = CR;
        encoded[length++] = LF;
        column = 0;
      }
      // Where a line is broken, or decoded anew, a line may begin that looks like the boundary of a multipart around.
      if (isLiteral && !(column === 0 && octet === HYPHEN && next === HYPHEN)) {
        encoded[length++] = octet;
        column += 1;
        continue;
      }
      encoded[length++] = EQUALS;
      encoded[length++] = HEX[octet >> 4]!;
      encoded[length++] = HEX[octet & 15]!;
      column += ESCAPE_LENGTH;
    }
    this.#column = column;
    this.#held = octets.slice(at);
    return encoded.subarray(0, length);
  }
}

/** Section 6.7, (2) and (3): printable ASCII without `=`, and blanks that do not end a line, stand for themselves. */
function mayStand(octet: number, next: number | undefined): boolean {
  if (octet === SPACE || octet === TAB) return next !== undefined && next !== CR && next !== LF;
  return octet > SPACE && octet < 0x7f && octet !== EQUALS;
}
