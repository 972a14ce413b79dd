import { ToCrlf } from '../protocol/line-ends.ts';
import { CR } from '../protocol/octets.ts';

/** Turns the line ends of files (LF) into those of the wire (CRLF), in pieces of any size. */
export class WireOctets {
  readonly #byLine = new ToCrlf();
  #hasCr = false;

  convert(piece: Buffer): Uint8Array {
    // What has CRLF already, as other programs may write it, is looked at line by line.
    this.#hasCr ||= piece.includes(CR);
    if (this.#hasCr) return this.#byLine.convert(piece);
    // One character for each octet: the engine's own search in text is three times as fast as ours in octets.
    return Buffer.from(piece.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
  }
}
