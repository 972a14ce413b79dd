import { HttpOnDemand } from '#shared/host/http-on-demand.ts';
import type { ApiOptions, ApiParts } from './api-app.ts';

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

/** Serves the JSON API and the pages beside it. */
export async function openApiServer(parts: ApiParts, options: ApiOptions): Promise<ApiServer> {
  const api = new HttpOnDemand({
    requestTimeout: REQUEST_MS_MAX,
    connectionsMax: CONNECTIONS_MAX,
    open: async () => {
      const { openApiApp } = await import('./api-app.ts');
      return openApiApp(parts, options);
    },
    onFailure: (error) => parts.host.log.error(error, 'the API could not be made'),
  });
  await api.listen(parts.host.address, API_PORT);
  return { waiters: () => api.opened?.arrivals.waiters ?? 0, close: () => api.close() };
}
