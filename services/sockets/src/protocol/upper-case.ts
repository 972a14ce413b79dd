/**
 * The upper-case protocol: a message is UTF-8 text, the answer is the same text in upper case. It is published in no RFC:
 * an example of a proprietary protocol (section 2.7 of the course notes).
 *
 * Over UDP a message is one datagram. Over TCP it is what one read of the connection brings: a stream has no borders
 * between messages, so a longer text is answered in part, and what follows is never read.
 */

/** Octets that a server takes of one datagram, the `recvfrom(2048)` of the notes; the rest of a longer one is lost. */
export const DATAGRAM_BYTES_MAX = 2048;

/** Octets that a server takes from a connection before it answers, the `recv(1024)` of the notes. */
export const READ_BYTES_MAX = 1024;

/**
 * The answer to `message`: upper case as Unicode has it, without regard to a language. What is no UTF-8, also a
 * character cut in two by the limits above, becomes U+FFFD.
 */
export function answer(message: Uint8Array): Uint8Array {
  return new TextEncoder().encode(readable(message).toUpperCase());
}

/** `message` as text, for people to read. */
export function readable(message: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(message);
}
