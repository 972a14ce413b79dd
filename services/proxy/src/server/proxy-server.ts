import { formatHttpDate } from '#shared/http/http-date.ts';
import { formatRefusal } from '#shared/http/parser-error.ts';
import type { Refusal } from '#shared/http/request-guard.ts';
import { messagePage } from '../page/message-page.ts';
import { type Ends, tellClientResponse } from '../reports.ts';
import { answerClient } from './answer-client.ts';
import type { ClientConnection } from './client-connection.ts';
import { ClientExchange, tellHit } from './client-exchange.ts';
import { CLIENT_LIMITS, type ClientLimits } from './client-limits.ts';
import { ClientListener } from './client-listener.ts';
import { Tunnels } from './tunnel.ts';
import type { WebCache } from './web-cache.ts';

export interface ProxyServer {
  readonly tunnels: () => number;
  /** Connections of clients, the tunnels' among them. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** The listener that browsers and other clients are configured to use. @param isShared other threads listen on the same port */
export async function listenProxy(
  cache: WebCache,
  port: number,
  limits: Partial<ClientLimits> = {},
  isShared = false,
): Promise<ProxyServer> {
  const { host, config } = cache;
  const tunnels = new Tunnels(cache);
  const own = { connectionsMax: config.CLIENT_CONNECTIONS, idleMs: config.CLIENT_IDLE_MS };
  const listener = new ClientListener(
    host,
    { ...CLIENT_LIMITS, ...own, ...limits },
    {
      answerReady: (text, connection) => answerReady(cache, text, connection),
      answer: (writer) => void answerClient(new ClientExchange(cache, writer)),
      tunnel: (head, authority, socket, first) => void tunnels.answer(head, authority, socket, first),
      refuse: (refusal, ends, isHead) => formatAndTell(cache, refusal, ends, isHead),
    },
  );
  await listener.listen(port, isShared);
  return {
    tunnels: () => tunnels.open,
    connections: () => listener.open,
    close: () => {
      tunnels.close();
      return listener.close();
    },
  };
}

/** The hit path: the answer that was sent to the same words a moment ago (ready-answers.ts). */
function answerReady(cache: WebCache, text: string, connection: ClientConnection): boolean {
  const ready = cache.ready.find(text, cache);
  if (ready === null) return false;
  connection.putReady(ready.head, ready.body);
  tellHit(cache, connection, ready.told);
  return true;
}

function formatAndTell(
  { host, pseudonym, counters }: WebCache,
  refusal: Refusal,
  ends: Ends,
  isHead: boolean,
): Uint8Array {
  const { status, because } = refusal;
  counters.refused += 1;
  tellClientResponse(host, ends, host.newExchange(), status, [], 0, because);
  const page = messagePage({ status, because, proxy: pseudonym, language: 'en' });
  const octets = Buffer.from(formatRefusal(refusal, formatHttpDate(host.clock.now()), page), 'utf8');
  return isHead ? octets.subarray(0, octets.indexOf('\r\n\r\n') + 4) : octets;
}
