import type { FastifyInstance } from 'fastify';

/**
 * `GET /ca.crt`: the certificate of the lab's own authority, for a client that is to trust the lab's servers; never its
 * key. `read` gives it as PEM, or null while no host has spoken TLS.
 */
export function addAuthorityRoutes(app: FastifyInstance, read: () => string | null): void {
  app.get('/ca.crt', async (_request, reply) => {
    const certificate = read();
    if (certificate === null) {
      return reply.code(404).send({ error: 'The lab has no certificate authority yet: start the host resolver' });
    }
    reply.header('content-disposition', 'attachment; filename="topdown-ca.crt"').type('application/x-pem-file');
    return certificate;
  });
}
