import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ClientErrors } from '#shared/host/client-errors.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import { formatRefusal } from '#shared/http/parser-error.ts';
import type { Refusal } from '#shared/http/request-guard.ts';
import { CONNECTIONS_MAX, SERVER_OPTIONS } from '#shared/http/server-limits.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import { messagePage } from '../page/message-page.ts';
import { endsOf, tellClientResponse } from '../reports.ts';
import { answerClient } from './answer-client.ts';
import { ClientExchange } from './client-exchange.ts';
import { Tunnels } from './tunnel.ts';
import type { WebCache } from './web-cache.ts';

export interface ProxyServer {
  readonly tunnels: () => number;
  close(): Promise<void>;
}

/** The listener that browsers and other clients are configured to use. */
export async function listenProxy(cache: WebCache, port: number): Promise<ProxyServer> {
  const { host } = cache;
  const tunnels = new Tunnels(cache);
  const errors = new ClientErrors((refusal, socket) => formatAndTell(cache, refusal, socket));
  const answer = (waitsForContinue: boolean) => (message: IncomingMessage, response: ServerResponse) => {
    // A client that goes away is no fault of ours; what it asked for ends with it.
    errors.watch(message, response);
    message.on('error', () => {});
    response.on('error', () => {});
    void answerClient(new ClientExchange(cache, message, response, waitsForContinue));
  };

  const server = createServer(SERVER_OPTIONS, answer(false));
  // All fields are seen by the guard, which refuses a message with too many; Node would drop the last ones in silence.
  server.maxHeadersCount = 0;
  server.maxConnections = CONNECTIONS_MAX;
  server.on('checkContinue', answer(true));
  server.on('connect', (message, socket, first) => void tunnels.answer(message, socket as Socket, first));
  server.on('clientError', (error, socket) => errors.answer(error, socket as Socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: host.address, port }, resolve);
  });
  server.on('error', (error) => host.log.error(error, 'the listening socket failed'));
  return {
    tunnels: () => tunnels.open,
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      tunnels.close();
      server.closeAllConnections();
      return closed;
    },
  };
}

function formatAndTell({ host, pseudonym, counters }: WebCache, refusal: Refusal, socket: Socket): string {
  const { status, because } = refusal;
  counters.refused += 1;
  tellClientResponse(host, endsOf(host, socket), host.newExchange(), status, [], 0, because);
  return formatRefusal(
    refusal,
    formatHttpDate(host.clock.now()),
    messagePage(status, reasonPhrase(status), because, pseudonym),
  );
}
