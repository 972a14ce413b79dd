import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { dissectMessage } from '#shared/dns/dissect-message.ts';
import { MESSAGE_OCTETS_MAX } from '#shared/dns/message.ts';
import { WIRE_OCTETS_MAX } from '#shared/dns/message-report.ts';

/** Characters of base 64 for the octets that a report carries, at most. */
const WIRE_LENGTH_MAX = Math.ceil(WIRE_OCTETS_MAX / 3) * 4;

const bitsQuery = z.object({
  wire: z
    .string('give ?wire=, the octets of a DNS message in base64url')
    .max(WIRE_LENGTH_MAX, `wire has at most ${WIRE_LENGTH_MAX} characters: a report carries no more`)
    .regex(/^[\w-]*$/, 'wire is base64url, without padding')
    .refine((text) => text.length % 4 !== 1, 'wire is base64url: a character is missing'),
  octets: z
    .string()
    .regex(/^\d{1,5}$/, 'octets is a whole number')
    .transform(Number)
    .refine((octets) => octets <= MESSAGE_OCTETS_MAX, `a DNS message has at most ${MESSAGE_OCTETS_MAX} octets`)
    .optional(),
});

/**
 * `GET /api/dns/bits?wire=<base64url>&octets=<number>`: the fields of a DNS message with their places. `wire` may be the
 * beginning of a message that has more octets. The message comes with the question: the report that it was read from may
 * have left the window.
 */
export function addBitsRoutes(app: FastifyInstance): void {
  app.get('/api/dns/bits', async (request) => {
    const { wire, octets } = bitsQuery.parse(request.query);
    const shown = Buffer.from(wire, 'base64url');
    return dissectMessage(shown, Math.max(octets ?? 0, shown.length));
  });
}
