/**
 * DNS messages on a stream (RFC 1035, section 4.2.2; RFC 7766, section 8): each follows its length in two octets. For
 * TCP and TLS.
 */

/** Octets of the length before each message. */
const LENGTH_OCTETS = 2;

/** A message with its length before it, so that both go out in one write (RFC 7766, section 8). */
export function encodeFrame(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(LENGTH_OCTETS + message.length);
  new DataView(frame.buffer).setUint16(0, message.length);
  frame.set(message, LENGTH_OCTETS);
  return frame;
}

/** Cuts a stream into messages, however its octets arrive. What it keeps is less than one message of 65 535 octets. */
export class FrameReader {
  #pieces: Uint8Array[] = [];
  #octets = 0;

  /** Octets that wait for the rest of their message. */
  get pending(): number {
    return this.#octets;
  }

  /** Takes the next octets of the stream and returns the messages that are complete now. */
  push(octets: Uint8Array): Uint8Array[] {
    this.#pieces.push(octets);
    this.#octets += octets.length;
    const messages: Uint8Array[] = [];
    for (let length = this.#nextLength(); length !== undefined; length = this.#nextLength()) {
      const joined = this.#join();
      messages.push(joined.subarray(LENGTH_OCTETS, LENGTH_OCTETS + length));
      this.#pieces = [joined.subarray(LENGTH_OCTETS + length)];
      this.#octets -= LENGTH_OCTETS + length;
    }
    return messages;
  }

  /** The length of the first message, or undefined while it is not complete. */
  #nextLength(): number | undefined {
    if (this.#octets < LENGTH_OCTETS) return undefined;
    if (this.#pieces[0]!.length < LENGTH_OCTETS) this.#join();
    const first = this.#pieces[0]!;
    const length = (first[0]! << 8) | first[1]!;
    return this.#octets >= LENGTH_OCTETS + length ? length : undefined;
  }

  /** Makes one piece of all; done only when a message is complete, so that no octet is copied again and again. */
  #join(): Uint8Array {
    if (this.#pieces.length > 1) {
      const joined = new Uint8Array(this.#octets);
      let at = 0;
      for (const piece of this.#pieces) {
        joined.set(piece, at);
        at += piece.length;
      }
      this.#pieces = [joined];
    }
    return this.#pieces[0] ?? new Uint8Array(0);
  }
}
