import { HeadReader } from '#shared/http/head-reader.ts';
import { HEADER_OCTETS_MAX, type Refusal, refuse } from '#shared/http/request-guard.ts';
import {
  parseRequestLine,
  REQUEST_LINE_OCTETS_MAX,
  refuseLongLine,
  refuseViolation,
} from '#shared/http/request-head.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';

/** As much of what has come as a head may be long, and one octet more: the text that heads are read from. */
export function headText(octets: Buffer): string {
  return octets.toString('latin1', 0, Math.min(octets.length, HEADER_OCTETS_MAX + 1));
}

/** Reads the head of one request as it comes, and knows when to give up before its end. */
export class RequestReader {
  readonly #head = new HeadReader();
  #lineIsKnown = false;

  /** Whether nothing has come but empty lines. */
  get isEmpty(): boolean {
    return this.#head.isEmpty;
  }

  /** Octets that have come. */
  get length(): number {
    return this.#head.length;
  }

  /** What has come. */
  get text(): string {
    return this.#head.text;
  }

  /**
   * Takes what has come next. Returns how many octets belong to the head when it is complete, -1 when there is more to come,
   * or how to answer what is none.
   *
   * @param text of `octets`, by `headText`
   */
  take(text: string, octets: Buffer): number | Refusal {
    try {
      const used = this.#head.push(text);
      const isTooLong = this.#head.length > HEADER_OCTETS_MAX || (used === -1 && text.length < octets.length);
      return this.#refuseUnfinished(isTooLong, used !== -1) ?? used;
    } catch (error) {
      if (error instanceof ProtocolViolation) return refuseViolation(error);
      throw error;
    }
  }

  /** What is wrong with a head before its end: its first line is none, or it is too long. */
  #refuseUnfinished(isTooLong: boolean, isComplete: boolean): Refusal | null {
    const { startLine, length, mayBeStartLine } = this.#head;
    if (startLine === null) {
      if (!mayBeStartLine) return refuse(400, 'the octets are no request (RFC 9112, section 2.1)');
      return length > REQUEST_LINE_OCTETS_MAX ? refuseLongLine(this.#head.text) : null;
    }
    if (!this.#lineIsKnown && (isTooLong || !isComplete)) {
      // The line of HTTP/0.9 is all that comes: who sent it waits for the answer.
      this.#lineIsKnown = true;
      const line = parseRequestLine(startLine);
      if ('kind' in line) return line;
      if (startLine.length > REQUEST_LINE_OCTETS_MAX) return refuseLongLine(startLine);
    }
    if (!isTooLong) return null;
    return refuse(431, `the header section is larger than ${HEADER_OCTETS_MAX} octets (RFC 6585, section 5)`);
  }
}
