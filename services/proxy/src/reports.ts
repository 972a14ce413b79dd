import type { Socket } from 'node:net';
import type { Host } from '#shared/host/host.ts';
import type { Fields } from '#shared/http/fields.ts';
import { requestReport, responseReport } from '#shared/http/message-report.ts';
import type { RequestHead } from '#shared/http/request-guard.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import type { Endpoint } from '#shared/report.ts';

/** What the proxy tells the observatory: the messages of both of its roles, server and client, with its reasons. */

/** The two ends of a connection, while it has them. */
export interface Ends {
  readonly here: Endpoint;
  readonly there: Endpoint;
}

export function endsOf(host: Host, socket: Socket): Ends {
  return {
    here: { address: socket.localAddress ?? host.address, port: socket.localPort ?? 0 },
    there: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
  };
}

/** As a server: a client's request has come. */
export function tellClientRequest(host: Host, ends: Ends, exchange: string, head: RequestHead): void {
  host.report(() => requestReport({ exchange, from: ends.there, to: ends.here, ...head }));
}

/** As a server: the client has its answer. */
export function tellClientResponse(
  host: Host,
  ends: Ends,
  exchange: string,
  status: number,
  fields: Fields,
  octets: number,
  because: string,
): void {
  const reason = reasonPhrase(status);
  host.report(() =>
    responseReport({ exchange, from: ends.here, to: ends.there, status, reason, fields, octets, because }),
  );
}

/** An exchange with an origin and the client's exchange that made it necessary. */
export interface OriginExchange {
  readonly exchange: string;
  readonly cause: string;
  readonly ends: Ends;
}

/** As a client: a request goes to the origin. */
export function tellOriginRequest(host: Host, told: OriginExchange, head: RequestHead, because: string): void {
  const { exchange, cause, ends } = told;
  host.report(() => requestReport({ exchange, cause, from: ends.here, to: ends.there, because, ...head }));
}

/** As a client: the origin's answer has come. */
export function tellOriginResponse(
  host: Host,
  told: OriginExchange,
  status: number,
  reason: string,
  fields: Fields,
  octets: number,
): void {
  const { exchange, cause, ends } = told;
  host.report(() =>
    responseReport({ exchange, cause, from: ends.there, to: ends.here, status, reason, fields, octets }),
  );
}
