/** A part's octets, decoded while they come in pieces: RFC 2045, section 6. */
import { CR, joinOctets, SPACE, TAB } from './octets.ts';
import { Base64Decoder, decodeQuotedPrintable } from './transfer-encoding.ts';

/** A line of quoted-printable has 76 characters; without a line end this many are held back at most, in octets. */
const LINE_OCTETS_MAX = 64 * 1024;
const EQUALS = 0x3d;

export interface PartDecoder {
  push(encoded: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

/** @param encoding in lower case; one that is not known changes nothing (RFC 2045, section 6.4). */
export function openPartDecoder(encoding: string): PartDecoder {
  if (encoding === 'base64') return new Base64Decoder();
  return encoding === 'quoted-printable' ? new QuotedPrintableDecoder() : IDENTITY;
}

const IDENTITY: PartDecoder = { push: (octets) => octets, end: () => new Uint8Array() };

/** What follows the last `=` may need the next piece: a code of two digits, or blanks and the end of the line. */
class QuotedPrintableDecoder implements PartDecoder {
  #held: Uint8Array = new Uint8Array();

  push(encoded: Uint8Array): Uint8Array {
    const octets = joinOctets([this.#held, encoded]);
    const open = openFrom(octets);
    this.#held = octets.slice(open);
    return decodeQuotedPrintable(octets.subarray(0, open));
  }

  end(): Uint8Array {
    return decodeQuotedPrintable(this.#held);
  }
}

/** Where the `=` stands that is not complete; the end when there is none. */
function openFrom(octets: Uint8Array): number {
  const equals = octets.lastIndexOf(EQUALS);
  if (equals === -1 || octets.length - equals > LINE_OCTETS_MAX) return octets.length;
  const behind = octets.subarray(equals + 1);
  const mayBeBreak = behind.every((octet) => octet === SPACE || octet === TAB || octet === CR);
  return behind.length < 2 || mayBeBreak ? equals : octets.length;
}
