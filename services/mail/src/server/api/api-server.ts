import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ApiApp, ApiOptions, ApiParts } from './api-app.ts';

/**
 * The port of the API and of the pages for engineers, as Mailpit and MailHog have it. It asks for no password: it is no part
 * of the Internet that the lab shows, and is reached from where the control API is. The lab's proxy does not lead to it.
 */
const API_PORT = 8025;

/** Connections at once: as many requests may wait, and some more must get through. */
const CONNECTIONS_MAX = 300;
/** How long a client may take to send a request, in milliseconds. */
const REQUEST_MS_MAX = 60_000;

export interface ApiServer {
  /** Requests that wait for a message. */
  waiters(): number;
  close(): Promise<void>;
}

/**
 * Serves the JSON API and the pages beside it. Everything behind the port is loaded and made when somebody first asks: most
 * labs are never asked, and it would weigh 4 MB on each mail host.
 */
export async function openApiServer(parts: ApiParts, options: ApiOptions): Promise<ApiServer> {
  let opening: Promise<ApiApp> | null = null;
  let opened: ApiApp | null = null;
  const open = async () => {
    const { openApiApp } = await import('./api-app.ts');
    opened = await openApiApp(parts, options);
    return opened;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    opening ??= open();
    const { app } = await opening;
    app.routing(request, response);
  };
  const server = createServer({ requestTimeout: REQUEST_MS_MAX }, (request, response) => {
    answer(request, response).catch((error: Error) => {
      parts.host.log.error(error, 'the API could not be made');
      response.writeHead(503).end();
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(API_PORT, parts.host.address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    waiters: () => opened?.arrivals.waiters ?? 0,
    close: async () => {
      const ended = new Promise((resolve) => server.close(resolve));
      const last = await opening?.catch(() => null);
      last?.arrivals.stop();
      server.closeAllConnections();
      await ended;
      await last?.app.close();
    },
  };
}
