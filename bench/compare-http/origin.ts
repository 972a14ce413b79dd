/** The one origin behind all caches: it answers what the step of a case says, and keeps what it was asked. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fieldValue, hasField } from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import type { Answer, FieldSet, Step } from './case.ts';
import { formatChunks, formatFields, hasFieldIn, type Message, readMessage } from './message.ts';
import { TextStream } from './text-stream.ts';

/** One case on one cache, as the origin sees it. */
export class Stage {
  readonly name: string;
  readonly #begun = Date.now();
  #step: Step | null = null;
  #number = 0;
  #asked: Message[] = [];

  constructor(name: string) {
    this.name = name;
  }

  begin(step: Step, number: number): void {
    this.#step = step;
    this.#number = number;
    this.#asked = [];
  }

  /** Requests of the present step. */
  get asked(): readonly Message[] {
    return this.#asked;
  }

  /** Keeps the request, and says what to answer. */
  answer(request: Message): Answer & { readonly text: string } {
    this.#asked.push(request);
    const count = this.#asked.length;
    const scripted = this.#step?.answers[Math.min(count, this.#step.answers.length) - 1] ?? {};
    const answer = this.#suiting(scripted, request);
    return { ...answer, text: answer.body ?? `${this.name}#${this.#number}.${count}` };
  }

  /** The script's answer, or the one in its place where the request has not asked for such a one. */
  #suiting(answer: Answer, request: Message): Answer {
    const conditional = ['If-None-Match', 'If-Modified-Since'].some((name) => hasField(request.fields, name));
    const unasked =
      (answer.status === 304 && !conditional) || (answer.status === 206 && !hasField(request.fields, 'Range'));
    if (!unasked) return answer;
    return answer.otherwise ?? { fields: answer.fields ?? {} };
  }

  /** A text with the path and the moments that it names put in. */
  timed(text: string): string {
    const now = Date.now();
    return text
      .replaceAll('{path}', `/${this.name}`)
      .replace(/\{date(?: (-?\d+))?\}/g, (_, seconds = '0') => formatHttpDate(now + Number(seconds) * 1000))
      .replace(/\{since (-?\d+)\}/g, (_, seconds) => formatHttpDate(this.#begun + Number(seconds) * 1000));
  }
}

export class Origin {
  readonly #stages = new Map<string, Stage>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor() {
    // A client may have closed its half when the answer goes out.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
      void this.#serve(socket);
    });
  }

  async listen(address: string, port: number): Promise<void> {
    this.#server.listen(port, address);
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  /** A stage of this name, which is the first part of the paths that belong to it. */
  open(name: string): Stage {
    const stage = new Stage(name);
    this.#stages.set(name, stage);
    return stage;
  }

  /** Requests on one connection, one after the other. */
  async #serve(socket: Socket): Promise<void> {
    const stream = new TextStream(socket);
    for (;;) {
      const request = await readMessage(stream, 'none', undefined, (fields) => {
        if (fieldValue(fields, 'Expect') !== undefined) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      });
      if (request === null) break;
      const stays = await this.#answer(socket, request);
      if (!stays || /close/i.test(fieldValue(request.fields, 'Connection') ?? '')) break;
    }
    socket.end();
    // What is not read would hold the socket open.
    socket.resume();
  }

  /** Whether the connection stays. */
  async #answer(socket: Socket, request: Message): Promise<boolean> {
    const [method = '', target = ''] = request.startLine.split(' ');
    const [, name = ''] = /^(?:https?:\/\/[^/]*)?\/([^/?]+)/.exec(target) ?? [];
    const stage = this.#stages.get(name);
    if (stage === undefined) {
      socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nCache-Control: no-store\r\n\r\n');
      return true;
    }
    const answer = stage.answer(request);
    if (answer.delayMs !== undefined) await wait(answer.delayMs);
    if (answer.breaks === 'refuse') return false;
    if (answer.raw !== undefined) {
      socket.write(stage.timed(answer.raw), 'latin1');
      return false;
    }
    for (const { status, fields = {} } of answer.informs ?? []) {
      socket.write(`HTTP/1.1 ${status} Interim\r\n${formatFields(fields)}\r\n`, 'latin1');
    }
    return this.#send(socket, stage, answer, method);
  }

  async #send(socket: Socket, stage: Stage, answer: Answer & { text: string }, method: string): Promise<boolean> {
    const { status = 200, fields = {}, framing = 'length', trailers, breaks } = answer;
    const isEmpty = answer.body === null || status === 204 || status === 304;
    const body = isEmpty ? '' : answer.text;
    const head: FieldSet = {
      ...(hasFieldIn(fields, 'Date') ? {} : { Date: '{date}' }),
      ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '')),
      ...framingFields(framing, status, body),
    };
    const text = framing === 'chunked' ? formatChunks(body, trailers) : body;
    socket.write(
      stage.timed(`HTTP/1.1 ${status} ${answer.reason ?? 'Scripted'}\r\n${formatFields(head)}\r\n`),
      'latin1',
    );
    if (method === 'HEAD' || isEmpty) return framing !== 'close';
    const half = Math.floor(text.length / 2);
    socket.write(text.slice(0, half), 'latin1');
    if (answer.pauseMs !== undefined) await wait(answer.pauseMs);
    if (breaks === 'cut') return false;
    socket.write(text.slice(half) + (answer.after ?? ''), 'latin1');
    return framing !== 'close';
  }
}

function framingFields(framing: 'length' | 'chunked' | 'close', status: number, body: string): FieldSet {
  if (status === 204 || status === 304) return {};
  if (framing === 'chunked') return { 'Transfer-Encoding': 'chunked' };
  return framing === 'length' ? { 'Content-Length': String(body.length) } : { Connection: 'close' };
}
