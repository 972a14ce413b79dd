import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Host } from '#shared/host/host.ts';
import type { LabMap } from '#shared/host/lab-map.ts';
import { talkRaw } from '../client/raw-talk.ts';
import { httpSpeakers } from '../protocol/http-speakers.ts';

/** Octets that are sent at most, and talks at once: a class types, it does not flood. */
const SENT_OCTETS_MAX = 65_536;
const TALKS_MAX = 32;

const raw = z.object(
  {
    host: z.string('host must be the name of a host'),
    /** One character is one octet. */
    text: z
      .string('text must be what is sent')
      .min(1, 'there is nothing to send')
      .max(SENT_OCTETS_MAX, `text has at most ${SENT_OCTETS_MAX} octets`)
      .regex(/^[\0-\xff]*$/, 'each character of text is one octet: none lies above U+00FF'),
  },
  'give {"host": "www-someschool", "text": "GET / HTTP/1.1\\r\\nHost: www.someschool.edu\\r\\n\\r\\n"}',
);

/**
 * `POST /api/raw`: sends octets to a web server or to the cache as they are, and tells what comes back. It reaches the HTTP ports
 * of the hosts on the map and nothing else.
 */
export function addRawRoutes(app: FastifyInstance, host: Host, map: LabMap): void {
  let talks = 0;
  app.post('/api/raw', async (request, reply) => {
    const { host: name, text } = raw.parse(request.body ?? undefined);
    const partner = httpSpeakers(map.hosts).find((candidate) => candidate.name === name);
    if (partner === undefined) {
      return reply.code(404).send({ error: `${name} is no web server and no cache of this lab: see GET /api/hosts` });
    }
    if (talks >= TALKS_MAX) return reply.code(503).send({ error: `${TALKS_MAX} talks go on already: try again` });
    const port = host.port(partner.httpPort);
    talks += 1;
    try {
      const octets = Buffer.from(text, 'latin1');
      const talk = await talkRaw({ address: partner.address, port, localAddress: host.address }, octets);
      return { received: talk.received.toString('latin1'), ending: talk.ending, tookMs: talk.tookMs };
    } catch (error) {
      return reply.code(502).send({ error: (error as Error).message });
    } finally {
      talks -= 1;
    }
  });
}
