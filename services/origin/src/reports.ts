import type { Socket } from 'node:net';
import { EXCHANGE_FIELD, parseExchange } from '#shared/exchange.ts';
import type { Host } from '#shared/host/host.ts';
import { type Fields, fieldLines } from '#shared/http/fields.ts';
import { requestReport, responseReport } from '#shared/http/message-report.ts';
import type { RequestHead } from '#shared/http/request-guard.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import type { Endpoint } from '#shared/report.ts';

/** What an origin tells the observatory: the request as it came and the answer with its reason, under one exchange. */
export interface ExchangeTold {
  readonly exchange: string;
  answered(status: number, fields: Fields, octets: number, because: string): void;
}

export type Ends = readonly [here: Endpoint, client: Endpoint];

/** Tells of a request. Its exchange is the one that the sender named, otherwise a new one. */
export function tellRequest(host: Host, [here, client]: Ends, head: RequestHead): ExchangeTold {
  const exchange = parseExchange(fieldLines(head.fields, EXCHANGE_FIELD)[0]) ?? host.newExchange();
  host.report(requestReport({ exchange, from: client, to: here, ...head }));
  const answered = (status: number, fields: Fields, octets: number, because: string) => {
    host.report(
      responseReport({
        exchange,
        from: here,
        to: client,
        status,
        reason: reasonPhrase(status),
        fields,
        octets,
        because,
      }),
    );
  };
  return { exchange, answered };
}

/** Tells of an answer to bytes that were no request. */
export function tellRefusal(host: Host, socket: Socket, status: number, because: string): void {
  const [here, client] = endsOf(host, socket);
  const exchange = host.newExchange();
  host.report(
    responseReport({
      exchange,
      from: here,
      to: client,
      status,
      reason: reasonPhrase(status),
      fields: [],
      octets: 0,
      because,
    }),
  );
}

/** Who talks with whom over a socket. */
export function endsOf(host: Host, socket: Socket): Ends {
  return [
    { address: socket.localAddress ?? host.address, port: socket.localPort ?? 0 },
    { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
  ];
}
