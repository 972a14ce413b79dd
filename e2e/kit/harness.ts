import fastify from 'fastify';

/** What can be done to the hosts of a lab from outside, in either form. */
export interface HostSwitch {
  stop(host: string): Promise<void>;
  start(host: string): Promise<void>;
}

/** Serves a host switch to the journeys, which vitest runs in processes of their own. */
export async function serveHarness(hosts: HostSwitch): Promise<{ url: string; close: () => Promise<void> }> {
  const app = fastify({ forceCloseConnections: true });
  app.post<{ Params: { host: string } }>('/stop/:host', async (request) => {
    await hosts.stop(request.params.host);
    return {};
  });
  app.post<{ Params: { host: string } }>('/start/:host', async (request) => {
    await hosts.start(request.params.host);
    return {};
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, close: () => app.close() };
}
