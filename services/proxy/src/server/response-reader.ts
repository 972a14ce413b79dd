import { responseFraming } from '#shared/http/body-framing.ts';
import { type Fields, withoutFields } from '#shared/http/fields.ts';
import { findHeadEnd, parseResponseHead, type ResponseHead } from '#shared/http/response-head.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { type BodyCarrier, MessageBody } from './message-body.ts';

/** Longest response head, in octets; some sites send 16 KiB of cookies and policies. */
const HEAD_OCTETS_MAX = 65_536;
/** 1xx responses before the final one; more are a sender that never comes to the point. */
const INFORMATION_MAX = 32;

/** Not to be sent in 1xx (RFC 9110, section 8.6; RFC 9112, section 6.1): who believed them would wait for a body. */
const FRAMING_FIELDS: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'trailer']);

export interface ReadResponse {
  readonly head: ResponseHead;
  readonly body: MessageBody;
}

/** What becomes of the octets. */
interface ResponseListener {
  /** A 1xx (RFC 9110, section 15.2). */
  readonly onInformation: (status: number, fields: Fields) => void;
  readonly onResponse: (response: ReadResponse) => void;
}

/** Reads one response from a connection: the 1xx before it, its head and its body. */
export class ResponseReader {
  readonly #method: string;
  readonly #carrier: BodyCarrier;
  readonly #listener: ResponseListener;
  /** What has come of a head that is not there in full. */
  #begun: Buffer = Buffer.alloc(0);
  #informations = 0;
  #body: MessageBody | null = null;

  /** @param method of the request: it decides whether a body follows. */
  constructor(method: string, carrier: BodyCarrier, listener: ResponseListener) {
    this.#method = method;
    this.#carrier = carrier;
    this.#listener = listener;
  }

  /** Null until the head of the final response has come. */
  get body(): MessageBody | null {
    return this.#body;
  }

  /** Whether a head has begun and is not there in full. */
  get isInHead(): boolean {
    return this.#begun.length > 0;
  }

  /** Whether any octet has come. */
  get hasBegun(): boolean {
    return this.#body !== null || this.#begun.length > 0 || this.#informations > 0;
  }

  /**
   * Takes what has come; returns how many of the octets are behind the end of the response.
   *
   * @throws Error with a sentence that says why this is no response; a body that is none breaks instead
   */
  take(octets: Buffer): number {
    if (this.#body !== null) return octets.length - this.#feed(octets);
    const rest = this.#takeHeads(this.#begun.length === 0 ? octets : Buffer.concat([this.#begun, octets]));
    return this.#body === null ? 0 : rest.length - this.#feed(rest);
  }

  /** Reads heads up to the one of the final response; returns what follows it, or keeps what is not complete. */
  #takeHeads(octets: Buffer): Buffer {
    let rest = octets;
    let looked = this.#begun.length;
    this.#begun = Buffer.alloc(0);
    while (this.#body === null) {
      const end = findHeadEnd(rest, looked);
      if ((end ?? rest.length) > HEAD_OCTETS_MAX) {
        throw new ProtocolViolation('The head is too long', HEAD_OCTETS_MAX, 'RFC 9112, section 5');
      }
      if (end === null) {
        this.#begun = rest;
        break;
      }
      this.#takeHead(parseResponseHead(rest.toString('latin1', 0, end)));
      rest = rest.subarray(end);
      looked = 0;
    }
    return rest;
  }

  #feed(octets: Buffer): number {
    return this.#body?.feed(octets) ?? 0;
  }

  #takeHead(head: ResponseHead): void {
    if (head.status === 101) {
      throw new ProtocolViolation('Another protocol was not asked for', 9, 'RFC 9110, section 7.8');
    }
    if (head.status < 200) {
      this.#informations += 1;
      if (this.#informations > INFORMATION_MAX) {
        throw new ProtocolViolation('There is no end of 1xx responses', 0, 'RFC 9110, section 15.2');
      }
      this.#listener.onInformation(head.status, withoutFields(head.fields, FRAMING_FIELDS));
      return;
    }
    const framing = responseFraming(this.#method, head);
    if (framing.kind === 'fault') throw new Error(framing.because);
    this.#body = new MessageBody(framing, this.#carrier);
    this.#listener.onResponse({ head, body: this.#body });
  }
}
