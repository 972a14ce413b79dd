import type { FastifyInstance } from 'fastify';
import { comparisonPage } from '../../page/comparison-page.ts';
import type { WebDesk } from './desk.ts';

/** `GET /mail-and-web`: mail beside the Web; for everybody, like the page of the log-in. */
export function routeComparison(app: FastifyInstance, desk: WebDesk): void {
  app.get('/mail-and-web', async (request, reply) => {
    const session = desk.sessionOf(request);
    if (session === null) return desk.page(reply, comparisonPage(desk.outside(request)));
    return desk.forUser(async (visit) =>
      desk.page(visit.reply, comparisonPage(await desk.context(visit, '/mail-and-web'))),
    )(request as never, reply);
  });
}
