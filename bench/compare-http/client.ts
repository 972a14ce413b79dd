/** One client of a cache: a connection of its own, a request as it is written in the case, and all that comes back. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Ask, FieldSet } from './case.ts';
import { formatChunks, formatFields, hasFieldIn, type Message, readMessage } from './message.ts';
import type { Stage } from './origin.ts';
import { TextStream } from './text-stream.ts';

/** The host name under which the origin is known. */
export const HOST = 'compare.test';
/** The same origin server by another name: another origin, as far as a cache knows. */
export const OTHER_HOST = 'other.test';
/** How long an answer may take, in milliseconds. */
const ANSWER_MS_MAX = 15_000;

/** A cache as its clients see it. */
export interface Cache {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** What a request target is: a path for one who stands before an origin, a whole URI for a forward proxy. */
  readonly form: 'origin' | 'absolute';
}

export interface Answered {
  /** The request as it was sent. */
  readonly sent: string;
  readonly status: number;
  readonly message: Message;
  /** Answers to what was asked by the way, on the same connection. */
  readonly further: readonly Message[];
  readonly informed: readonly number[];
  readonly closes: boolean;
}

const NOTHING: Message = { startLine: '(no answer)', fields: [], body: '', trailers: [], isWhole: false };

/** Asks on the path of a case, and waits for the answer; then watches for `watchMs` whether the cache closes the connection. */
export async function ask(cache: Cache, stage: Stage, what: Ask, watchMs: number): Promise<Answered> {
  const socket = connect({ host: cache.address, port: cache.port, noDelay: true, allowHalfOpen: true });
  const stream = new TextStream(socket);
  const patience = setTimeout(() => socket.destroy(), ANSWER_MS_MAX);
  const all = [what, ...(what.pipelined ?? []).map((at) => ({ ...what, at }))];
  const sent = stage.timed(all.map((one) => format(cache, `/${stage.name}`, one)).join(''));
  try {
    await once(socket, 'connect').catch(() => {});
    if (!socket.destroyed) socket.write(sent, 'latin1');
    const first = await readAnswer(stream, what.method === 'HEAD', what.leaves === true);
    const further: Message[] = [];
    for (const _ of what.pipelined ?? [])
      further.push((await readAnswer(stream, what.method === 'HEAD', false)).message);
    const closes = await stream.endsWithin(watchMs);
    return { sent, ...first, further, closes };
  } finally {
    clearTimeout(patience);
    socket.destroy();
  }
}

async function readAnswer(stream: TextStream, isHead: boolean, leaves: boolean) {
  const informed: number[] = [];
  for (;;) {
    const message =
      (await readMessage(stream, 'until-close', (status) => !leaves && hasBody(status, isHead))) ?? NOTHING;
    const status = Number(message.startLine.split(' ')[1]) || 0;
    if (status < 100 || status >= 200 || status === 101) return { status, message, informed };
    informed.push(status);
  }
}

function hasBody(status: number, isHead: boolean): boolean {
  return !isHead && status >= 200 && status !== 204 && status !== 304;
}

function format(cache: Cache, path: string, what: Ask): string {
  const host = what.host ?? HOST;
  const at = `${path}${what.at ?? ''}`;
  const target = cache.form === 'absolute' ? `http://${host}${at}` : at;
  if (what.raw !== undefined)
    return what.raw.replaceAll('{target}', target).replaceAll('{host}', host).replaceAll('{path}', path);
  const { method = 'GET', version = '1.1', fields = {}, body, trailers } = what;
  const framing: FieldSet =
    trailers !== undefined
      ? { 'Transfer-Encoding': 'chunked' }
      : body === undefined || hasFieldIn(fields, 'Content-Length')
        ? {}
        : { 'Content-Length': String(body.length) };
  const head = formatFields({ ...(hasFieldIn(fields, 'Host') ? {} : { Host: host }), ...fields, ...framing });
  const content = trailers !== undefined ? formatChunks(body ?? '', trailers) : (body ?? '');
  return `${method} ${target} HTTP/${version}\r\n${head}\r\n${content}`;
}
