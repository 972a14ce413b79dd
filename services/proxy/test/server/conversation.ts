import { connect, type Socket } from 'node:net';

/** Longest wait for the end of a conversation, in milliseconds. */
const WAIT_MS = 30_000;

/** What came back on one connection. */
export interface Conversation {
  readonly received: string;
  /** The statuses of the final answers, in their order; bodies are taken off by their Content-Length. */
  readonly statuses: readonly number[];
  /** Whether the server ended the connection. */
  readonly closed: boolean;
}

/** Says pieces on a connection of its own, each after a turn of the event loop, and listens until the end or `answers` answers. */
export function converse(
  address: string,
  port: number,
  pieces: readonly string[],
  { answers = Infinity, half = false }: { answers?: number; half?: boolean } = {},
): Promise<Conversation> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket: Socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
    const finish = (closed: boolean) => {
      clearTimeout(patience);
      socket.destroy();
      resolve({ received, statuses: statusesIn(received), closed });
    };
    const patience = setTimeout(() => {
      socket.destroy();
      reject(new Error(`No end in ${WAIT_MS} ms, only: ${received.slice(0, 300)}`));
    }, WAIT_MS);
    socket.on('data', (octets) => {
      received += octets.toString('latin1');
      if (statusesIn(received).length >= answers) finish(false);
    });
    socket.on('end', () => finish(true));
    socket.on('error', () => finish(true));
    socket.on('connect', () => say(socket, [...pieces], half));
  });
}

/** Conversations that go on side by side: among hundreds one would get its turn too late to end its head in time. */
const AT_ONCE = 40;

/** A conversation for each of `ways` to say something. */
export async function converseInAll(
  address: string,
  port: number,
  ways: readonly (readonly string[])[],
): Promise<Conversation[]> {
  const conversations: Conversation[] = [];
  const waiting = ways.entries();
  const lane = async () => {
    for (const [place, pieces] of waiting) conversations[place] = await converse(address, port, pieces);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return conversations;
}

/** Every way of cutting `text` in two; of a long one, the cuts near its ends and at steps between. */
export function cuts(text: string): [string, string][] {
  const step = Math.max(1, Math.floor(text.length / CUTS_MAX));
  const places = Array.from({ length: text.length - 1 }, (_, place) => place + 1);
  return places.filter((at) => at % step === 0 || at < 60).map((at) => [text.slice(0, at), text.slice(at)]);
}

/** Cuts of one text; those of the table are shorter, but for two. */
const CUTS_MAX = 400;

function say(socket: Socket, pieces: string[], half: boolean): void {
  const piece = pieces.shift();
  if (piece === undefined) {
    if (half) socket.end();
    return;
  }
  socket.write(piece, 'latin1');
  setImmediate(() => setImmediate(() => say(socket, pieces, half)));
}

function statusesIn(received: string): number[] {
  const statuses: number[] = [];
  for (let at = 0; ; ) {
    const end = received.indexOf('\r\n\r\n', at);
    if (end === -1) return statuses;
    const head = received.slice(at, end + 2);
    const status = Number(head.slice(9, 12));
    const isChunked = /\r\ntransfer-encoding: chunked\r\n/i.test(head);
    const length = status < 200 || status === 304 ? 0 : Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1] ?? 0);
    const bodyEnd = isChunked ? received.indexOf('0\r\n\r\n', end + 4) : end + 4 + length - 5;
    if (bodyEnd < end - 1 || received.length < bodyEnd + 5) return statuses;
    if (status >= 200) statuses.push(status);
    at = bodyEnd + 5;
  }
}
