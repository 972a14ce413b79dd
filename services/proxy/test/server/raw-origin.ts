import { createServer, type Server, type Socket } from 'node:net';
import type { Fields } from '#shared/http/fields.ts';
import { type BodySource, memoryBody } from '../../src/server/body-source.ts';
import type { OriginClient, OriginRequest } from '../../src/server/origin-client.ts';

/** An origin that says what it is told, octet for octet. */
export class RawOrigin {
  /** What has come on each connection, in the order of the connections. */
  readonly heard: string[] = [];
  readonly sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(answer: (socket: Socket, heard: string, connection: number) => void) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      const connection = this.heard.push('') - 1;
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('data', (octets) => {
        this.heard[connection] += octets.toString('latin1');
        answer(socket, this.heard[connection]!, connection);
      });
    });
  }

  /** @param answer is called for all that comes, with what has come on this connection so far. */
  static async listen(
    address: string,
    answer: (socket: Socket, heard: string, connection: number) => void,
    port = 80,
  ): Promise<RawOrigin> {
    const origin = new RawOrigin(answer);
    await new Promise<void>((resolve, reject) => {
      origin.#server.once('error', reject);
      origin.#server.listen(port, address, resolve);
    });
    return origin;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Writes `text` in two pieces that arrive apart. */
export async function writeCut(socket: Socket, text: string, at: number): Promise<void> {
  if (at > 0) socket.write(text.slice(0, at), 'latin1');
  // Two turns of the event loop: on the loopback device the first piece has been read by then, nearly always.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  if (!socket.destroyed) socket.write(text.slice(at), 'latin1');
}

export interface Asked {
  readonly status: number;
  readonly fields: Fields;
  readonly body: string;
  readonly trailers: Fields;
  readonly informations: readonly number[];
}

/** Asks and reads the whole answer. */
export async function ask(
  origins: OriginClient,
  request: Partial<OriginRequest> & { host?: string } = {},
): Promise<Asked> {
  const informations: number[] = [];
  const { host = 'a.test', ...given } = request;
  const answer = await origins.ask({
    method: 'GET',
    authority: { host, port: null },
    path: '/',
    fields: [['Host', host]],
    body: null,
    waitsForContinue: false,
    onInformation: (status) => informations.push(status),
    cause: 'test.0',
    because: 'the test asks',
    ...given,
  });
  const body = await readAll(answer.body);
  return { ...answer.head, body, trailers: answer.body.trailers, informations };
}

export async function readAll(source: BodySource): Promise<string> {
  let text = '';
  for (let octets = await source.read(); octets !== null; octets = await source.read()) {
    text += Buffer.from(octets).toString('latin1');
  }
  return text;
}

/** A body of unknown length that comes in pieces, each when it is asked for. */
export function piecesBody(pieces: readonly string[], trailers: Fields = []): BodySource {
  const rest = [...pieces];
  return {
    ...memoryBody(new Uint8Array()),
    length: null,
    trailers,
    read: async () => {
      const next = rest.shift();
      return next === undefined ? null : Buffer.from(next, 'latin1');
    },
  };
}
