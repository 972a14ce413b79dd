import { frameAnswer, informationFields, isPersistent } from '#shared/http/answer-framing.ts';
import { type Fields, fieldLines, listMembers } from '#shared/http/fields.ts';
import {
  CHUNK_END,
  formatChunkSize,
  formatHead,
  formatLastChunk,
  formatStatusLine,
} from '#shared/http/message-writer.ts';
import type { Accepted, Refusal, RequestHead } from '#shared/http/request-guard.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import type { Ends } from '../reports.ts';
import type { BodySource } from './body-source.ts';
import type { AnswerHead, ClientAnswer } from './client-answer.ts';
import type { MessageBody } from './message-body.ts';
import type { ReadRequest } from './parse-request.ts';

/** What an answer needs of the connection that it goes by. */
export interface AnswerCarrier {
  readonly ends: Ends;
  /** Whether the connection could take another request after this one. */
  readonly mayGoOn: boolean;
  /** Writes; what is written in one go leaves in one piece. Text stands for octets (Latin-1). */
  put(octets: string | Uint8Array): void;
  /** Resolves when there is room for more; false: the client is gone. */
  room(): Promise<boolean>;
  /** The client is told to go on with its body. */
  continued(): void;
  ended(close: boolean): void;
  breakOff(untilClose: boolean): void;
}

/** The answer to one request on a connection: its framing, and when it ends. */
export class ClientWriter implements ClientAnswer {
  readonly head: RequestHead;
  readonly judged: Accepted | Refusal;
  readonly waitsForContinue: boolean;
  readonly #text: string;
  readonly #message: MessageBody | null;
  readonly #carrier: AnswerCarrier;
  #framing: 'unsent' | 'none' | 'length' | 'chunked' | 'until-close' | 'done' = 'unsent';
  #left = 0;
  #close = false;
  #gone = false;
  #onGone: (() => void)[] = [];

  constructor(request: ReadRequest, message: MessageBody | null, waitsForContinue: boolean, carrier: AnswerCarrier) {
    this.head = request.head;
    this.judged = request.judged;
    this.#text = request.text;
    this.waitsForContinue = waitsForContinue;
    this.#message = message;
    this.#carrier = carrier;
  }

  get body(): BodySource | null {
    return this.#message;
  }

  get ends(): Ends {
    return this.#carrier.ends;
  }

  get headSent(): boolean {
    return this.#framing !== 'unsent';
  }

  get isGone(): boolean {
    return this.#gone;
  }

  /** Whoever ends the connection, or sends a body, asks for more than an answer. */
  get repeatable(): string | null {
    return this.#close || this.#message !== null ? null : this.#text;
  }

  onGone(listener: () => void): void {
    if (this.#gone) listener();
    else this.#onGone.push(listener);
  }

  sendInformation(status: number, fields: Fields): void {
    // RFC 9110, section 15.2: never to an HTTP/1.0 client.
    if (this.head.httpVersion === '1.0' || this.headSent || this.#gone) return;
    this.#carrier.put(formatHead(formatStatusLine(status, reasonPhrase(status)), informationFields(fields)));
    if (status === 100) this.#carrier.continued();
  }

  sendHead({ status, reason, fields }: AnswerHead, length: number | null | 'none'): void {
    if (this.headSent) throw new Error('An answer has one head');
    // What is left of a body would be taken for the next request.
    const isUnread = this.#message !== null && !this.#message.isComplete;
    const persistent = this.#carrier.mayGoOn && !isUnread && isPersistent(this.head);
    const framed = frameAnswer(this.head, { status, fields }, length, persistent);
    this.#framing = framed.body;
    this.#close = framed.close;
    this.#left = framed.body === 'length' ? (length as number) : 0;
    if (!this.#gone) this.#carrier.put(formatHead(formatStatusLine(status, reason), framed.fields));
  }

  write(octets: Uint8Array): Promise<boolean> {
    if (this.#gone) return Promise.resolve(false);
    if (octets.length > 0) this.#put(octets);
    return this.#carrier.room();
  }

  end(trailers: Fields = []): void {
    if (this.#gone || this.#framing === 'done') return;
    // RFC 9112, section 6.2: a client that was promised more must not take the next answer for the rest of this one.
    if (this.#left > 0) {
      this.breakOff();
      return;
    }
    if (this.#framing === 'chunked') this.#carrier.put(formatLastChunk(this.#wantsTrailers() ? trailers : []));
    this.#framing = 'done';
    this.#carrier.ended(this.#close);
  }

  breakOff(): void {
    if (this.#gone || this.#framing === 'done') return;
    const untilClose = this.#framing === 'until-close';
    this.#framing = 'done';
    this.#carrier.breakOff(untilClose);
  }

  /** The client has left, or will be answered by somebody else. */
  leave(): void {
    if (this.#gone || this.#framing === 'done') return;
    this.#gone = true;
    for (const listener of this.#onGone) listener();
    this.#onGone = [];
  }

  #put(octets: Uint8Array): void {
    switch (this.#framing) {
      case 'length':
        if (octets.length > this.#left) throw new Error('An answer is longer than its Content-Length');
        this.#left -= octets.length;
        this.#carrier.put(octets);
        return;
      case 'chunked':
        this.#carrier.put(formatChunkSize(octets.length));
        this.#carrier.put(octets);
        this.#carrier.put(CHUNK_END);
        return;
      case 'until-close':
        this.#carrier.put(octets);
        return;
      case 'none':
        return;
      case 'unsent':
      case 'done':
        throw new Error('A body follows its head and comes before its end');
    }
  }

  /** RFC 9110, section 6.5.1: trailers go to who says `TE: trailers`; others would lose them or worse. */
  #wantsTrailers(): boolean {
    return fieldLines(this.head.fields, 'TE')
      .flatMap(listMembers)
      .some((member) => member.toLowerCase() === 'trailers');
  }
}
