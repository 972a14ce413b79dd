import type { Socket } from 'node:net';
import type { BodyFraming } from '#shared/http/body-framing.ts';
import { fieldLines } from '#shared/http/fields.ts';
import { type Refusal, type RequestHead, refuse } from '#shared/http/request-guard.ts';
import type { Authority } from '#shared/http/request-target.ts';
import type { Ends } from '../reports.ts';
import type { ClientLimits } from './client-limits.ts';
import { ClientOutlet } from './client-outlet.ts';
import { type AnswerCarrier, ClientWriter } from './client-writer.ts';
import { MessageBody } from './message-body.ts';
import type { ReadRequest } from './parse-request.ts';
import { headText, RequestReader } from './request-reader.ts';

/** What connections are for: who answers what comes by them. */
export interface ConnectionUser {
  readonly limits: ClientLimits;
  /** Milliseconds of a monotonic clock; exact to `limits.checkMs`. */
  readonly now: number;
  /** Octets that all connections hold of requests that cannot be answered yet. */
  held: number;
  endsOf(socket: Socket): Ends;
  /** The request in a complete head. */
  parse(text: string): ReadRequest | Refusal;
  /** Answers at once, if `text` is a request whose answer is ready. */
  answerReady(text: string, connection: ClientConnection): boolean;
  answer(writer: ClientWriter): void;
  /** CONNECT: the connection is the tunnel's from now on. `first` is what came after the head. */
  tunnel(head: RequestHead, authority: Authority, socket: Socket, first: Buffer): void;
  /** The octets that answer what is no request. @param isHead whether it asked for a head alone, as far as it could be read */
  refuse(refusal: Refusal, ends: Ends, isHead: boolean): string | Uint8Array;
  closed(connection: ClientConnection): void;
}

/**
 *   idle --octets--> head --complete--> answering --answered--> idle
 *                      |                    |
 *                      +----refused---------+---close---> lingering ---> (closed)
 *                                           +---CONNECT-> given away
 */
type Phase = 'idle' | 'head' | 'answering' | 'lingering' | 'given-away' | 'closed';

/**
 * One connection of a client: requests in, answers out, one after the other. A request that comes while another is being answered
 * waits (RFC 9112, section 9.3.2), and of those that wait no more than some octets are taken in.
 */
export class ClientConnection implements AnswerCarrier {
  readonly socket: Socket;
  readonly #user: ConnectionUser;
  readonly #outlet: ClientOutlet;
  #phase: Phase = 'idle';
  /** When patience ends; looked at now and then. */
  #deadline: number;
  /** When it ends for good: only while lingering. */
  #lastDeadline = Infinity;
  #reader: RequestReader | null = null;
  #body: MessageBody | null = null;
  #bodyPausedAt: number | null = null;
  #writer: ClientWriter | null = null;
  #ahead: Buffer[] = [];
  #aheadOctets = 0;
  /** What of `user.held` is this connection's. */
  #held = 0;
  #isFirst = true;
  /** No request is taken after the one that is being answered: the client sends no more, or what it sends cannot be told apart. */
  #isLast = false;
  #taking = false;

  constructor(socket: Socket, user: ConnectionUser) {
    this.socket = socket;
    this.#user = user;
    this.#deadline = user.now + user.limits.headMs;
    this.#outlet = new ClientOutlet(socket, user.limits.sendMs, () => {
      if (this.#phase === 'idle') this.#takeAhead();
    });
    socket.on('data', (octets: Buffer) => this.#take(octets));
    socket.on('end', () => this.#endInput());
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
  }

  get ends(): Ends {
    return this.#user.endsOf(this.socket);
  }

  get isIdle(): boolean {
    return this.#phase === 'idle' && !this.#isFirst;
  }

  /** When an idle connection ends: the earlier, the longer it has been idle. */
  get idleUntil(): number {
    return this.#deadline;
  }

  get mayGoOn(): boolean {
    return !this.#isLast;
  }

  /** Ends the connection if its client has taken too long. */
  check(now: number): void {
    if (now < this.#deadline && now < this.#lastDeadline) return;
    switch (this.#phase) {
      case 'idle':
        // RFC 9110, section 15.5.9: who opened a connection hears why it ends; who has kept one knows.
        if (this.#isFirst) this.#refuse(LATE);
        else this.socket.destroySoon();
        return;
      case 'head':
        if (this.#reader?.isEmpty && !this.#isFirst) this.socket.destroySoon();
        else this.#refuse(LATE);
        return;
      case 'answering':
        // It is held back: whoever does not take the body has a limit of its own.
        if (this.#bodyPausedAt !== null) return;
        this.#breakRequest(LATE, 'the client took too long to send the body');
        return;
      case 'lingering':
        this.socket.destroy();
    }
  }

  /** Writes an answer that was ready. */
  putReady(head: Uint8Array, body: Uint8Array | null): void {
    this.#isFirst = false;
    this.#deadline = this.#user.now + this.#user.limits.idleMs;
    this.#outlet.putWhole(head, body);
  }

  put(octets: string | Uint8Array): void {
    this.#outlet.put(octets);
  }

  room(): Promise<boolean> {
    return this.#outlet.room();
  }

  continued(): void {
    this.#expectBody();
  }

  ended(close: boolean): void {
    if (this.#phase !== 'answering') return;
    const body = this.#body;
    this.#writer = null;
    this.#body = null;
    if (close || (body !== null && !body.isComplete)) {
      body?.broke('the answer came before the end of the body');
      this.#linger();
      return;
    }
    this.#isFirst = false;
    this.#phase = 'idle';
    this.#deadline = this.#user.now + this.#user.limits.idleMs;
    this.#takeAhead();
  }

  breakOff(untilClose: boolean): void {
    // Where the end of the connection is the end of the body, only a reset tells of one that is no end.
    if (untilClose) this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  close(): void {
    this.socket.destroy();
  }

  #take(octets: Buffer): void {
    switch (this.#phase) {
      case 'idle':
        if (this.#aheadOctets === 0 && !this.#outlet.isFull) this.#takeHead(octets);
        else this.#keep(octets);
        return;
      case 'head':
        this.#takeHead(octets);
        return;
      case 'answering':
        this.#takeBody(octets);
        return;
      case 'lingering':
        if (this.#deadline !== Infinity) this.#deadline = this.#user.now + this.#user.limits.lingerSilentMs;
    }
  }

  /** Takes what came while an answer went out: as many requests as are answered at once. */
  #takeAhead(): void {
    // What is answered at once comes back to here: one loop for all of them, however many there are.
    if (this.#taking) return;
    this.#taking = true;
    while (this.#phase === 'idle' && this.#aheadOctets > 0 && !this.#outlet.isFull) {
      const octets = this.#ahead.length === 1 ? this.#ahead[0]! : Buffer.concat(this.#ahead);
      this.#forgetAhead();
      this.#takeHead(octets);
    }
    this.#taking = false;
    if (this.#isLast && (this.#phase === 'idle' || this.#phase === 'head')) this.#endInput();
    else if (this.#aheadOctets <= this.#user.limits.aheadOctetsMax && this.#bodyPausedAt === null) this.socket.resume();
  }

  #takeHead(octets: Buffer): void {
    const text = headText(octets);
    if (this.#reader === null) {
      if (this.#user.answerReady(text, this)) return;
      this.#reader = new RequestReader();
      this.#deadline = this.#user.now + this.#user.limits.headMs;
      this.#phase = 'head';
    }
    const read = this.#reader.take(text, octets);
    this.#hold(read === -1 ? this.#reader.length : 0);
    if (typeof read !== 'number') this.#refuse(read);
    else if (read === -1 && this.#holdsTooMuch) this.#refuse(CROWDED);
    else if (read !== -1) this.#begin(this.#reader.text, octets.subarray(read));
  }

  #begin(text: string, rest: Buffer): void {
    const request = this.#user.parse(text);
    if (request.kind === 'refuse') {
      this.#refuse(request);
      return;
    }
    this.#reader = null;
    const { head, judged } = request;
    if (judged.kind === 'accept' && judged.target.form === 'authority')
      this.#giveAway(head, judged.target.authority, rest);
    else this.#answer(request, judged.kind === 'accept' ? judged.framing : NO_BODY, rest);
  }

  #answer(request: ReadRequest, framing: BodyFraming, rest: Buffer): void {
    const { head, judged } = request;
    const body = framing.kind === 'none' ? null : new MessageBody(framing, this.#bodyCarrier());
    const waits = body !== null && !body.isComplete && rest.length === 0 && expectsContinue(head);
    const writer = new ClientWriter(request, body, waits, this);
    this.#phase = 'answering';
    this.#body = body;
    this.#writer = writer;
    this.#deadline = Infinity;
    if (body !== null && !waits) this.#expectBody();
    // What is no request may have a body that is none: the next request cannot be told from it.
    if (judged.kind === 'refuse') this.#isLast = true;
    if (rest.length > 0) this.#takeBody(rest);
    if (this.#writer === writer) this.#user.answer(writer);
  }

  #takeBody(octets: Buffer): void {
    const body = this.#body;
    if (body === null || body.isComplete) {
      this.#keep(octets);
      return;
    }
    const used = body.feed(octets);
    if (body.isBroken) {
      this.#breakRequest(refuse(400, 'the body cannot be understood (RFC 9112, section 7.1)'), '');
      return;
    }
    this.#deadline += (used * 1000) / this.#user.limits.bodyOctetsPerS;
    if (!body.isComplete) return;
    this.#deadline = Infinity;
    if (used < octets.length) this.#keep(octets.subarray(used));
  }

  /** Octets of the next request, which has to wait. */
  #keep(octets: Buffer): void {
    if (this.#isLast || octets.length === 0) return;
    if (this.#ahead.length >= PIECES_MAX) this.#ahead = [Buffer.concat(this.#ahead)];
    this.#ahead.push(octets);
    this.#aheadOctets += octets.length;
    this.#hold(this.#aheadOctets);
    if (this.#holdsTooMuch) {
      // RFC 9112, section 9.6: what is behind the last answer may be sent again on another connection.
      this.#isLast = true;
      this.#forgetAhead();
    } else if (this.#aheadOctets > this.#user.limits.aheadOctetsMax) this.socket.pause();
  }

  #forgetAhead(): void {
    this.#ahead = [];
    this.#aheadOctets = 0;
    this.#hold(0);
  }

  #hold(octets: number): void {
    this.#user.held += octets - this.#held;
    this.#held = octets;
  }

  /** Whether all together hold too much, and this one not just a little. */
  get #holdsTooMuch(): boolean {
    return this.#held > HELD_FREE_OCTETS && this.#user.held > this.#user.limits.heldOctetsMax;
  }

  #expectBody(): void {
    if (this.#body !== null && !this.#body.isComplete) this.#deadline = this.#user.now + this.#user.limits.bodyMs;
  }

  /** While nobody reads the body the client is not to blame. */
  #bodyCarrier() {
    return {
      pause: () => {
        this.#bodyPausedAt = this.#user.now;
        this.socket.pause();
      },
      resume: () => {
        if (this.#bodyPausedAt !== null) this.#deadline += this.#user.now - this.#bodyPausedAt;
        this.#bodyPausedAt = null;
        this.socket.resume();
      },
      // What still comes is read and dropped: the client may read its answer only when it has sent all.
      cancelled: () => {
        this.#bodyPausedAt = null;
        this.#deadline = Infinity;
        this.socket.resume();
      },
    };
  }

  #giveAway(head: RequestHead, authority: Authority, first: Buffer): void {
    this.#phase = 'given-away';
    this.#deadline = Infinity;
    this.socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('drain');
    this.socket.pause();
    this.#user.tunnel(head, authority, this.socket, first);
  }

  /** Answers octets that are no request, and ends. */
  #refuse(refusal: Refusal, words = this.#reader?.text ?? ''): void {
    // RFC 9110, section 9.3.2: nothing follows the head of an answer to HEAD.
    const octets = this.#user.refuse(refusal, this.ends, words.startsWith('HEAD '));
    this.#reader = null;
    this.put(octets);
    this.#linger();
  }

  /** The body of the request that is being answered is none. It gets this answer, if it has none yet. */
  #breakRequest(refusal: Refusal, because: string): void {
    const writer = this.#writer;
    const body = this.#body;
    this.#writer = null;
    this.#body = null;
    writer?.leave();
    body?.broke(because);
    if (writer?.headSent) this.breakOff(true);
    else this.#refuse(refusal, `${writer?.head.method} `);
  }

  /** RFC 9112, section 9.6: ends what is sent, and reads on for a while, so that the client can read the end of it. */
  #linger(): void {
    this.#phase = 'lingering';
    this.#forgetAhead();
    this.#bodyPausedAt = null;
    this.#deadline = Infinity;
    // The client's time to read what is still on its way is another one (`sendMs`).
    this.socket.end(() => {
      const { limits, now } = this.#user;
      this.#deadline = now + limits.lingerSilentMs;
      this.#lastDeadline = now + limits.lingerMs;
    });
    this.socket.resume();
  }

  /** The client sends no more. It may still read: what it asked for is answered. */
  #endInput(): void {
    this.#isLast = true;
    switch (this.#phase) {
      case 'idle':
        if (this.#aheadOctets === 0) this.socket.end();
        return;
      case 'head':
        if (this.#reader?.isEmpty) this.socket.end();
        else this.#refuse(refuse(400, 'the message ends in the middle of its head (RFC 9112, section 8)'));
        return;
      case 'answering':
        if (this.#body !== null && !this.#body.isComplete)
          this.#breakRequest(
            refuse(400, 'the message ends in the middle of its body (RFC 9112, section 8)'),
            'the client broke off',
          );
    }
  }

  #closed(): void {
    this.#phase = 'closed';
    this.#forgetAhead();
    this.#outlet.closed();
    this.#writer?.leave();
    this.#body?.broke('the client broke off');
    this.#user.closed(this);
  }
}

/** Pieces of later requests that are held apart: each takes more than its octets. */
const PIECES_MAX = 64;
/** What each connection may hold however much the others do, in octets: more than the head of any browser. */
const HELD_FREE_OCTETS = 4_096;
const CROWDED = refuse(503, 'too many clients send long requests at once (RFC 9110, section 15.6.4)');
const LATE = refuse(408, 'the request did not arrive in time (RFC 9110, section 15.5.9)');
const NO_BODY = { kind: 'none' } as const;

/** RFC 9110, section 10.1.1. Other expectations have been refused. */
function expectsContinue(head: RequestHead): boolean {
  return head.httpVersion === '1.1' && fieldLines(head.fields, 'Expect').length > 0;
}
