import { HttpOnDemand } from '#shared/host/http-on-demand.ts';
import type { WebmailParts } from './webmail/desk.ts';

export interface Webmail {
  sessions(): number;
  close(): Promise<void>;
}

/** How long a request may take to come, in milliseconds: a slow upload, but no client that only holds a place. */
const REQUEST_MS_MAX = 120_000;

/** Serves the webmail: a user agent that the user reaches over HTTP, and that has the mailboxes beside it. */
export async function listenWebmail(
  parts: WebmailParts,
  options: { port: number; silenceMs: number; connectionsMax: number },
): Promise<Webmail> {
  const pages = new HttpOnDemand({
    requestTimeout: REQUEST_MS_MAX,
    connectionsMax: options.connectionsMax,
    open: async () => {
      const { openWebmailApp } = await import('./webmail/app.ts');
      return openWebmailApp(parts, options.silenceMs);
    },
    onFailure: (error) => parts.host.log.error(error, 'the webmail could not be made'),
  });
  await pages.listen(parts.host.address, options.port);
  return { sessions: () => pages.opened?.sessions() ?? 0, close: () => pages.close() };
}
