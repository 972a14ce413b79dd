/** What a decoder or a parser throws, and nothing else: bytes or text that the named document does not allow. */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
  /** Where in the input, in octets (or characters of a text) from its beginning. */
  readonly offset: number;
  /** The rule that was broken: "RFC 1035, section 4.1.4". */
  readonly clause: string;

  constructor(what: string, offset: number, clause: string) {
    super(`${what} at offset ${offset} (${clause})`);
    this.offset = offset;
    this.clause = clause;
  }
}
