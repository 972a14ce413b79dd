import { EXCHANGE_FIELD } from '#shared/exchange.ts';
import type { Host } from '#shared/host/host.ts';
import { type Fields, fieldLines, withField, withoutFields } from '#shared/http/fields.ts';
import { formatHead } from '#shared/http/message-writer.ts';
import type { Authority } from '#shared/http/request-target.ts';
import type { ResponseHead } from '#shared/http/response-head.ts';
import { isSafe, type OriginResponse } from '../protocol/stored-response.ts';
import { endsOf, type OriginExchange, tellOriginRequest, tellOriginResponse } from '../reports.ts';
import type { BodySource } from './body-source.ts';
import type { Destination } from './connect-origin.ts';
import { findAddresses } from './find-addresses.ts';
import type { OriginTimes } from './origin-connection.ts';
import { OriginFailure } from './origin-failure.ts';
import { OriginPool } from './origin-pool.ts';

/** Methods that have the same effect once and twice (RFC 9110, section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const CONTENT_LENGTH: ReadonlySet<string> = new Set(['content-length']);

/** A request for an origin. Its fields are complete but for the framing and the exchange. */
export interface OriginRequest {
  readonly method: string;
  readonly authority: Authority;
  readonly path: string;
  readonly fields: Fields;
  /** Goes along framed by what is known of its length. */
  readonly body: BodySource | null;
  /** Whether the body comes only after a 100; when the origin says none for a while, the body is asked for all the same. */
  readonly waitsForContinue: boolean;
  /** A 1xx has come, or it is time to say 100. */
  readonly onInformation: (status: number, fields: Fields) => void;
  /** The client's exchange. */
  readonly cause: string;
  readonly because: string;
}

export interface OriginAnswer {
  readonly head: OriginResponse;
  /** The body; of HEAD, 204 and 304 one that ends at once. */
  readonly body: BodySource;
  /** Tells the observatory, when the body has come. */
  came(octets: number): void;
}

/** The proxy as a client: asks origins, on connections that are kept for reuse. */
export class OriginClient {
  readonly #host: Host;
  readonly #pool: OriginPool;

  constructor(host: Host, times: OriginTimes) {
    this.#host = host;
    this.#pool = new OriginPool(host, times);
  }

  /** Connections to origins: open, idle, and requests that wait for one. */
  get connections(): OriginPool['counts'] {
    return this.#pool.counts;
  }

  /** Sends the request to the first address of the name that can be connected to. @throws OriginFailure */
  async ask(request: OriginRequest): Promise<OriginAnswer> {
    const { host: name, port } = request.authority;
    const addresses = await findAddresses(this.#host, name, request.cause);
    let failure: OriginFailure | undefined;
    for (const address of addresses) {
      try {
        return await this.#askAt({ host: name, address, port: this.#host.port(port ?? 80) }, request);
      } catch (error) {
        if (!(error instanceof OriginFailure) || !error.beforeSending) throw error;
        failure = error;
      }
    }
    throw failure ?? new OriginFailure(502, `${name} has no address`, { kind: 'name', place: { host: name } });
  }

  close(): void {
    this.#pool.close();
  }

  /**
   * RFC 9112, section 9.3.1: a request that met a kept connection just as the origin closed it is sent once more, on a new one, if
   * twice is as good as once. Any other never goes on a kept connection.
   */
  async #askAt(to: Destination, request: OriginRequest): Promise<OriginAnswer> {
    const mayRepeat = IDEMPOTENT.has(request.method) && request.body === null;
    try {
      return await this.#exchange(to, !mayRepeat, request);
    } catch (error) {
      const again = mayRepeat && error instanceof OriginFailure && error.onKeptConnection;
      if (!again) throw error;
      return this.#exchange(to, true, request);
    }
  }

  async #exchange(to: Destination, fresh: boolean, request: OriginRequest): Promise<OriginAnswer> {
    const { method, path, body, waitsForContinue, onInformation } = request;
    const host = this.#host;
    const exchange = host.newExchange();
    const fields = withField([...request.fields, ...framingOf(request)], EXCHANGE_FIELD, exchange);
    const head = formatHead(`${method} ${path} HTTP/1.1`, fields);
    const connection = await this.#pool.take(to, fresh);
    const told: OriginExchange = { exchange, cause: request.cause, ends: endsOf(host, connection.socket) };
    const requestTimeMs = host.clock.now();
    tellOriginRequest(host, told, { method, target: path, httpVersion: '1.1', fields }, request.because);
    const onImpatience = () => onInformation(100, []);
    const response = await connection.ask({ method, head, body, waitsForContinue, onInformation, onImpatience });
    const { status, reason, httpVersion } = response.head;
    const received = withPlainLength(response.head);
    return {
      head: { status, reason, httpVersion, fields: received, requestTimeMs, responseTimeMs: host.clock.now() },
      body: response.body,
      came: (octets) => tellOriginResponse(host, told, status, reason, received, octets),
    };
  }
}

/** How a request is framed (RFC 9112, section 6): a method that is about a body says when there is none. */
function framingOf({ method, body }: OriginRequest): Fields {
  if (body === null) return isSafe(method) || method === 'DELETE' ? [] : [['Content-Length', '0']];
  return body.length === null ? [['Transfer-Encoding', 'chunked']] : [['Content-Length', String(body.length)]];
}

/** The fields with at most one Content-Length, of one value, and none where it has no meaning (RFC 9110, section 8.6). */
function withPlainLength({ status, fields }: ResponseHead): Fields {
  const [first, ...more] = fieldLines(fields, 'Content-Length');
  if (first === undefined) return fields;
  if (status === 204) return withoutFields(fields, CONTENT_LENGTH);
  const isPlain = more.length === 0 && !first.includes(',');
  return isPlain ? fields : withField(fields, 'Content-Length', first.split(',')[0]!.trim());
}
