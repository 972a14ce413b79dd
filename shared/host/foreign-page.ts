import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** What a page of elsewhere is told. */
export const REFUSAL = 'Only the lab itself may ask this: use the address of the host';

/** A request as far as it tells which page of a browser made it. */
interface Asked {
  /** The Host field. */
  readonly host: string;
  /** The same without its port. */
  readonly hostname: string;
  /** The Origin field; programs that are no browser send none. */
  readonly origin: string | undefined;
}

/**
 * Why a request may come from a page of elsewhere: its `Host` is a name that we do not have (`name`: DNS rebinding), or its
 * `Origin` is another one (`origin`). An address is no such name, whichever it is: ports are published under addresses that a
 * program does not know. Null: it comes from our own page, or from a program.
 */
export function whyForeign(
  { host, hostname, origin }: Asked,
  isOurName: (hostname: string) => boolean,
): 'name' | 'origin' | null {
  if (isIP(hostname) === 0 && !isOurName(hostname)) return 'name';
  return origin !== undefined && URL.parse(origin)?.host !== host ? 'origin' : null;
}

/** Refuses what a web page of elsewhere could make a browser send, on all routes of `app`. */
export function refuseForeignPages(app: FastifyInstance, isOurName: (hostname: string) => boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    const hostname = request.hostname.replace(/:\d+$/, '');
    const asked = { host: request.host, hostname, origin: request.headers.origin };
    if (whyForeign(asked, isOurName) !== null) return reply.code(403).send({ error: REFUSAL });
  });
}
