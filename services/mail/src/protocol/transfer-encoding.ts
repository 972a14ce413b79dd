/** The two encodings that carry any octets through 7-bit mail: RFC 2045, sections 6.7 and 6.8. Decoding forgives, as section 6.7 asks. */
import { CR, LF } from './octets.ts';

const EQUALS = 0x3d;
const UNDERSCORE = 0x5f;
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** What each octet stands for; -1 for one that is outside of the alphabet. */
const VALUE_OF = Int8Array.from({ length: 256 }, (_, octet) => BASE64.indexOf(String.fromCharCode(octet)));

/** Characters outside of the alphabet are skipped; decoding ends at the padding. */
export function decodeBase64(encoded: Uint8Array): Uint8Array {
  return new Base64Decoder().push(encoded);
}

/** Base64 that comes in pieces: the bits that make no whole octet yet wait for the next one. */
export class Base64Decoder {
  #bits = 0;
  #held = 0;
  #isOver = false;

  push(encoded: Uint8Array): Uint8Array {
    if (this.#isOver) return new Uint8Array();
    const decoded = new Uint8Array(Math.ceil((encoded.length * 3) / 4) + 1);
    let [length, bits, held] = [0, this.#bits, this.#held];
    for (let at = 0; at < encoded.length; at += 1) {
      const value = VALUE_OF[encoded[at]!]!;
      if (value === -1) {
        this.#isOver = encoded[at] === EQUALS;
        if (this.#isOver) break;
        continue;
      }
      held = ((held << 6) | value) & 0xffff;
      bits += 6;
      if (bits < 8) continue;
      bits -= 8;
      decoded[length++] = (held >> bits) & 0xff;
    }
    [this.#bits, this.#held] = [bits, held];
    return decoded.subarray(0, length);
  }

  /** Bits that are left over are of no octet. */
  end(): Uint8Array {
    return new Uint8Array();
  }
}

/** Quoted-printable of a body: `=` at the end of a line joins it to the next one. */
export function decodeQuotedPrintable(encoded: Uint8Array): Uint8Array {
  const decoded = new Uint8Array(encoded.length);
  let length = 0;
  for (let at = 0; at < encoded.length; at += 1) {
    const octet = encoded[at]!;
    if (octet !== EQUALS) {
      decoded[length++] = octet;
      continue;
    }
    const softBreak = softBreakLength(encoded, at);
    const value = hexValue(encoded, at + 1);
    if (softBreak > 0) at += softBreak;
    else if (value !== null) {
      decoded[length++] = value;
      at += 2;
    } else decoded[length++] = octet;
  }
  return decoded.subarray(0, length);
}

/** The Q encoding of an encoded word (RFC 2047, section 4.2): `_` is a blank. */
export function decodeQ(encoded: Uint8Array): Uint8Array {
  return decodeQuotedPrintable(encoded.map((octet) => (octet === UNDERSCORE ? 0x20 : octet)));
}

/** Octets after the `=` up to the end of its line, when only blanks stand between. */
function softBreakLength(encoded: Uint8Array, equalsAt: number): number {
  let at = equalsAt + 1;
  while (encoded[at] === 0x20 || encoded[at] === 0x09) at += 1;
  if (encoded[at] === LF) return at - equalsAt;
  return encoded[at] === CR && encoded[at + 1] === LF ? at + 1 - equalsAt : 0;
}

function hexValue(octets: Uint8Array, at: number): number | null {
  const digits = String.fromCharCode(octets[at] ?? 0, octets[at + 1] ?? 0);
  return /^[0-9A-Fa-f]{2}$/.test(digits) ? Number.parseInt(digits, 16) : null;
}
