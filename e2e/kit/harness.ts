import fastify from 'fastify';

/** What can be done to the hosts of a lab from outside, in either form. */
export interface HostSwitch {
  stop(host: string): Promise<void>;
  start(host: string): Promise<void>;
  /** Ends the host's program in the rudest way that the form has; who notices is to start it again. */
  crash(host: string): Promise<void>;
}

/** Serves a host switch to the journeys, which vitest runs in processes of their own. */
export async function serveHarness(hosts: HostSwitch): Promise<{ url: string; close: () => Promise<void> }> {
  const app = fastify({ forceCloseConnections: true });
  for (const what of ['stop', 'start', 'crash'] as const) {
    app.post<{ Params: { host: string } }>(`/${what}/:host`, async (request) => {
      await hosts[what](request.params.host);
      return {};
    });
  }
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, close: () => app.close() };
}
