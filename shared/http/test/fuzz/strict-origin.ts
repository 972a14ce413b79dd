import { createServer, type Server, type Socket } from 'node:net';
import { mutate } from './mutate-message.ts';
import { Random, seedOf } from './random.ts';
import { sampleResponse } from './sample-messages.ts';
import { linesOf, type Message, type Reading, readRequest, readResponse } from './strict-reader.ts';

/** A request as the origin got it. */
export interface Seen {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  /** The whole body, or the part that came before the connection ended. */
  readonly body: string;
  readonly isWhole: boolean;
}

/** What the origin said to one request, and how a strict reader understands it. */
export interface Said {
  readonly octets: string;
  /** Null where it is no message: nothing of it may be passed on as a whole one. */
  readonly status: number | null;
  /** The body, or what of it stands before it goes wrong. */
  readonly body: string;
  readonly by: Message['by'] | null;
}

/** What the origin tells the judge. */
export interface OriginEvents {
  seen(request: Seen): void;
  /** What the proxy sent that is no message. */
  wrong(because: string, octets: string): void;
}

/** Paths that begin so get mutated answers, the same for the same path each time. */
export const MUTATED_PREFIX = '/m';
/** Answers that are kept for the judge to look up. */
const SAID_MAX = 20_000;
/** How much of a connection's octets is kept to show. */
const SHOWN_OCTETS = 4_000;
/** A path below which answers are always good, and the same. */
export const CANARY_PREFIX = '/canary';

/** An origin that reads with the strict reader, and answers well or badly, as the path says. */
export class StrictOrigin {
  readonly #events: OriginEvents;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #said = new Map<string, Said[]>();

  constructor(events: OriginEvents) {
    this.#events = events;
  }

  listen(address: string, port: number): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address, port, backlog: 1024 }, resolve);
    });
  }

  /** All that was said to requests for `path` so far. */
  saidTo(path: string): readonly Said[] {
    return this.#said.get(path) ?? [];
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let text = '';
    let isAnswered = false;
    socket.on('error', () => {});
    const unfinished = (): Reading => readRequest(text, 0);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      const last = unfinished();
      if (last.kind === 'unfinished' && last.head !== null) {
        this.#events.seen(seenOf(last.head.start, last.head.fields, last.part, false));
      }
    });
    socket.on('data', (octets: Buffer) => {
      text += octets.toString('latin1');
      for (;;) {
        const reading = unfinished();
        if (reading.kind === 'wrong') {
          this.#events.wrong(reading.because, text.slice(0, SHOWN_OCTETS));
          text = '';
          socket.destroy();
          return;
        }
        if (reading.kind === 'unfinished') {
          isAnswered ||= reading.head !== null && this.#answerEarly(socket, reading.head.start);
          return;
        }
        const { start, fields, body, end } = reading.message;
        text = text.slice(end);
        this.#events.seen(seenOf(start, fields, body, true));
        if (!isAnswered) this.#answer(socket, start[0]!, start[1]!);
        isAnswered = false;
      }
    });
  }

  /** Some answers come before the request has come whole. */
  #answerEarly(socket: Socket, [method = '', path = '']: readonly string[]): boolean {
    if (seedOf(path) % 16 > 0 || path.startsWith(CANARY_PREFIX)) return false;
    this.#answer(socket, method, path);
    return true;
  }

  #answer(socket: Socket, method: string, path: string): void {
    if (path.startsWith(CANARY_PREFIX)) {
      const octets = `HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\nCache-Control: no-store\r\n\r\n${path}`;
      socket.write(octets, 'latin1');
      return;
    }
    const random = new Random(seedOf(`${method} ${path}`));
    const good = sampleResponse(method, path, random);
    const octets = path.startsWith(MUTATED_PREFIX) ? mutate(good, random, 3) : good;
    this.#keep(path, understood(octets, method));
    const split = random.once(3) ? random.below(octets.length + 1) : octets.length;
    socket.write(octets.slice(0, split), 'latin1');
    const rest = () => {
      if (socket.destroyed) return;
      socket.write(octets.slice(split), 'latin1');
      const said = this.saidTo(path).at(-1)!;
      // What is no message, and what ends with the connection, is ended; of the others some are, too.
      if (said.status === null || said.by === 'close' || octets !== good || random.once(8)) socket.end();
      else if (random.once(40)) socket.destroySoon();
    };
    if (split === octets.length) rest();
    else setImmediate(rest);
  }

  #keep(path: string, said: Said): void {
    const before = this.#said.get(path) ?? [];
    this.#said.delete(path);
    this.#said.set(path, [...before.slice(-20), said]);
    if (this.#said.size > SAID_MAX) this.#said.delete(this.#said.keys().next().value!);
  }
}

/** What a strict reader makes of an answer, interim responses passed over. */
function understood(octets: string, method: string): Said {
  let at = 0;
  for (;;) {
    const reading = readResponse(octets, at, method, true);
    if (reading.kind !== 'message') return { octets, status: null, body: reading.part, by: null };
    const { start, body, end, by } = reading.message;
    const status = Number(start[1]);
    if (status >= 200) return { octets, status, body, by };
    if (status === 101) return { octets, status: null, body: '', by: null };
    at = end;
  }
}

function seenOf(start: readonly string[], fields: Message['fields'], body: string, isWhole: boolean): Seen {
  const [method = '', path = ''] = start;
  return { method, authority: normalised(linesOf(fields, 'host')[0] ?? ''), path, body, isWhole };
}

/** Host and port in one spelling (RFC 9110, section 4.2.3). */
export function normalised(authority: string): string {
  return authority
    .toLowerCase()
    .replace(/:(0*80)?$/, '')
    .replace(/\.$/, '');
}
