/** A part's octets, decoded while they come in pieces: RFC 2045, section 6. */
import { CR, joinOctets, SPACE, TAB } from './octets.ts';
import { decodeBase64, decodeQuotedPrintable } from './transfer-encoding.ts';

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

/** Four characters of the alphabet are three octets: what is left of four waits for the next piece. */
class Base64Decoder implements PartDecoder {
  #held: Uint8Array = new Uint8Array();
  #isOver = false;

  push(encoded: Uint8Array): Uint8Array {
    if (this.#isOver) return new Uint8Array();
    const letters = joinOctets([this.#held, encoded.filter(isBase64)]);
    const padding = letters.indexOf(EQUALS);
    this.#isOver = padding !== -1;
    const whole = this.#isOver ? letters.length : letters.length - (letters.length % 4);
    this.#held = letters.slice(whole);
    return decodeBase64(letters.subarray(0, whole));
  }

  end(): Uint8Array {
    return decodeBase64(this.#held);
  }
}

function isBase64(octet: number): boolean {
  return (
    (octet >= 0x41 && octet <= 0x5a) ||
    (octet >= 0x61 && octet <= 0x7a) ||
    (octet >= 0x2f && octet <= 0x39) ||
    octet === 0x2b ||
    octet === EQUALS
  );
}

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
