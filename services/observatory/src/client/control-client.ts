import type { ClientRequest, IncomingMessage } from 'node:http';
import { CONTROL_PORT } from '#shared/host/control.ts';
import { Agent, request } from '#shared/host/node-http.ts';
import { Patience } from '#shared/host/patience.ts';

/** Connections to one host's control API at once: one for its health, the others for what people ask. */
const CONNECTIONS_PER_HOST_MAX = 4;

export interface ControlQuestion {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** JSON text. */
  readonly body?: string | undefined;
  /** How long the whole answer may take. */
  readonly timeoutMs: number;
  /** Octets of the answer's body, at most. */
  readonly bytesMax: number;
  /** What this answer and those to other questions may take together. */
  readonly together?: ByteBudget;
}

/** Octets that several answers may take together. */
export class ByteBudget {
  readonly bytesMax: number;
  #taken = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** False when that is more than is left. */
  take(bytes: number): boolean {
    this.#taken += bytes;
    return this.#taken <= this.bytesMax;
  }
}

export interface ControlAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** A host that gave no answer. The message says why, in words that follow "the host is down:". */
export class ControlFailure extends Error {
  override readonly name = 'ControlFailure';
  readonly kind: 'unreachable' | 'timeout' | 'too-long';

  constructor(kind: ControlFailure['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Asks the control APIs of the hosts, over connections that stay open between two questions. */
export class ControlClient {
  readonly #agent: InstanceType<typeof Agent>;
  readonly #localAddress: string;

  constructor(localAddress: string) {
    this.#localAddress = localAddress;
    this.#agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_PER_HOST_MAX, maxFreeSockets: 1 });
  }

  /** @throws ControlFailure */
  async ask(address: string, question: ControlQuestion): Promise<ControlAnswer> {
    try {
      return await this.#askOnce(address, question);
    } catch (error) {
      // A host that was started again has closed the connection that was kept; only a GET may be sent twice.
      if (question.method === 'GET' && error instanceof StaleConnection) return this.#askOnce(address, question);
      throw error;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #askOnce(address: string, question: ControlQuestion): Promise<ControlAnswer> {
    const { method, path, body, timeoutMs } = question;
    const headers =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const asked = request({
        host: address,
        port: CONTROL_PORT,
        localAddress: this.#localAddress,
        agent: this.#agent,
        method,
        path,
        headers,
      });
      const patience = new Patience(timeoutMs, () => {
        asked.destroy(new ControlFailure('timeout', `no answer within ${timeoutMs} ms`));
      });
      asked.once('close', () => {
        patience.end();
        // Settled long ago, unless the answer was cut off.
        reject(new ControlFailure('unreachable', 'it closed the connection before its answer was complete'));
      });
      asked.once('error', (error) => reject(failureOf(error, asked)));
      asked.once('response', (answer) => {
        answer.once('error', (error) => reject(failureOf(error, asked)));
        readAnswer(answer, question, resolve, (failure) => {
          // At once: where the octets that are too many are the last, the answer is whole before the error comes.
          reject(failure);
          asked.destroy(failure);
        });
      });
      asked.end(body);
    });
  }
}

/** The connection that was kept from the last question had been closed by the host. */
class StaleConnection extends ControlFailure {}

function readAnswer(
  answer: IncomingMessage,
  { bytesMax, together }: ControlQuestion,
  done: (answer: ControlAnswer) => void,
  giveUp: (failure: ControlFailure) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > bytesMax) giveUp(new ControlFailure('too-long', `its answer has more than ${bytesMax} octets`));
    if (together?.take(chunk.length) === false) {
      const most = together.bytesMax;
      giveUp(new ControlFailure('too-long', `all answers together have more than ${most} octets: ask fewer hosts`));
    }
  });
  answer.once('end', () => done({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }));
}

function failureOf(error: Error & { code?: string }, asked: ClientRequest): ControlFailure {
  if (error instanceof ControlFailure) return error;
  if (asked.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) {
    return new StaleConnection('unreachable', 'it closed the connection');
  }
  return new ControlFailure('unreachable', reasonOf(error));
}

function reasonOf(error: Error & { code?: string }): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `nothing listens on its control port ${CONTROL_PORT}`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'its address cannot be reached';
    case 'ECONNRESET':
      return 'it closed the connection';
    default:
      return error.message;
  }
}
