import { type IntakeFacts, takeHeaderSection } from '../protocol/header-intake.ts';
import { HeaderCollector, MailDataInspector } from '../protocol/mail-data.ts';
import type { SmtpReply } from '../protocol/smtp-reply.ts';
import type { Arrival } from '../protocol/trace.ts';
import { isDiskFull } from '../store/file-pieces.ts';
import type { QueueWriter } from '../store/queued-message.ts';

const FAULTS = {
  'bare-cr': [
    '5.6.0',
    'Bare CR in the message',
    'a CR that no LF follows is not allowed in mail data (RFC 5321, section 2.3.8)',
  ],
  'bare-lf': [
    '5.6.0',
    'Bare LF in the message',
    'an LF that no CR precedes could end the message early at another server',
  ],
  nul: ['5.6.0', 'NUL in the message', 'the octet 0 is not allowed in mail data (RFC 5322, section 4)'],
} as const;

/** A message that came whole and is on disk. */
export interface Received {
  readonly kind: 'received';
  readonly facts: IntakeFacts;
  readonly octets: number;
  readonly isEightBit: boolean;
}

/** Why a message is not taken. */
export interface Refused {
  readonly kind: 'refused';
  readonly reply: SmtpReply;
  readonly because: string;
}

/** There is no room for one more entry. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

/** RFC 5321, section 4.2.3: the sender tries again. */
export const NO_ROOM: SmtpReply = { code: 452, status: '4.3.1', text: 'No room for the message, try again later' };

export const QUEUE_FULL: Refused = {
  kind: 'refused',
  reply: { code: 452, status: '4.3.1', text: 'The queue is full, try again later' },
  because: 'the queue holds as many messages as it may',
};

/** What holds for one message. */
export interface ReceivingLimits {
  readonly isSubmission: boolean;
  readonly octetsMax: number;
  /** Its recipients that are aliases leading to another domain. */
  readonly forwarding: readonly string[];
}

/** One message on its way in. The first reason to refuse it stands; what follows is read and dropped. */
export class Receiving {
  readonly #writer: QueueWriter | null;
  readonly #arrival: Arrival;
  readonly #limits: ReceivingLimits;
  readonly #inspector = new MailDataInspector();
  #header: HeaderCollector | null = new HeaderCollector();
  #facts: IntakeFacts | null = null;
  #refused: Refused | null = null;
  #octets = 0;
  #written = 0;
  #isOver = false;

  /** @param writer null for a message that is refused in any case, for which nothing is written */
  constructor(writer: QueueWriter | null, arrival: Arrival, limits: ReceivingLimits) {
    this.#writer = writer;
    this.#arrival = arrival;
    this.#limits = limits;
  }

  get refused(): Refused | null {
    return this.#refused;
  }

  /** Whether the message came whole and is wanted. */
  get isKept(): boolean {
    return this.#refused === null && this.#facts !== null && this.#header === null && this.#isOver;
  }

  async add(piece: Uint8Array): Promise<void> {
    this.#octets += piece.length;
    if (this.#refused !== null) return;
    this.#inspector.inspect(piece);
    this.#judge();
    if (this.#header === null) return this.#write(piece);
    const beginning = this.#header.add(piece);
    if (beginning !== null) await this.#takeHeader(beginning);
  }

  /** To be called when all data came: the message is on disk when this resolves with `received`. */
  async end(): Promise<Received | Refused> {
    this.#inspector.end();
    this.#judge();
    if (this.#header !== null) await this.#takeHeader(this.#header.take());
    if (this.#refused === null) await this.#writer?.finish().catch((error: Error) => this.refuse(notStored(error)));
    if (this.#refused !== null) return this.#refused;
    this.#isOver = true;
    return { kind: 'received', facts: this.#facts!, octets: this.#written, isEightBit: this.#inspector.isEightBit };
  }

  refuse(refused: Refused): void {
    this.#refused ??= refused;
  }

  async discard(): Promise<void> {
    await this.#writer?.discard().catch(() => {});
  }

  #judge(): void {
    const { fault } = this.#inspector;
    if (fault !== null) {
      const [status, text, because] = FAULTS[fault];
      this.refuse({ kind: 'refused', reply: { code: 550, status, text }, because });
    }
    if (this.#octets > this.#limits.octetsMax) {
      const because = `the message is larger than ${this.#limits.octetsMax} octets`;
      this.refuse({ kind: 'refused', reply: { code: 552, status: '5.3.4', text: 'Message too large' }, because });
    }
  }

  async #takeHeader(beginning: Uint8Array): Promise<void> {
    this.#header = null;
    if (this.#refused !== null) return;
    const { isSubmission, forwarding } = this.#limits;
    const intake = takeHeaderSection(beginning, this.#arrival, isSubmission, forwarding);
    if (intake.kind === 'refused') return this.refuse(intake);
    this.#facts = intake.facts;
    await this.#write(intake.octets);
  }

  async #write(octets: Uint8Array): Promise<void> {
    if (this.#refused !== null) return;
    try {
      await this.#writer?.write(octets);
      this.#written += octets.length;
    } catch (error) {
      this.refuse(notStored(error));
    }
  }
}

/** The refusal after an error of the disk. */
export function notStored(error: unknown): Refused {
  if (error instanceof QueueFull) return QUEUE_FULL;
  const isFull = isDiskFull(error);
  const reply = isFull
    ? NO_ROOM
    : { code: 451, status: '4.3.0', text: 'The message could not be stored, try again later' };
  return { kind: 'refused', reply, because: `writing to the disk failed: ${(error as Error).message}` };
}
