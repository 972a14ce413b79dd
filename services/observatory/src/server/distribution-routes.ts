import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { boundCurves, p2pCeiling } from '#shared/bittorrent/distribution-time.ts';

/** Numbers of peers in one question. */
const COUNTS_MAX = 400;
/** Peers in one torrent, at most: far more than any. */
const PEERS_MAX = 1_000_000;
/** An upload so large that it is never what takes longest. */
const UPLOAD_NO_LIMIT = Number.MAX_SAFE_INTEGER;

const amount = (name: string) => z.string(`give ?${name}=, a number`).transform(Number);
const distributionQuery = z.object({
  fileSize: amount('fileSize'),
  serverUpload: amount('serverUpload'),
  /** Left out, it has no limit; so has the download. */
  upload: amount('upload').default(UPLOAD_NO_LIMIT),
  download: amount('download').default(Number.POSITIVE_INFINITY),
  counts: z
    .string('give ?counts=, numbers of peers with commas between them')
    .transform((text) => text.split(',').map(Number))
    .refine((counts) => counts.length <= COUNTS_MAX, `counts has at most ${COUNTS_MAX} numbers`)
    .refine((counts) => counts.every((count) => count <= PEERS_MAX), `a number of peers is at most ${PEERS_MAX}`),
});

/**
 * `GET /api/distribution-time?fileSize=&serverUpload=&upload=&download=&counts=1,10,100`: the least time in which a file reaches so many
 * equal peers, by client-server and by P2P, with the terms of both formulas; and what P2P never passes (null: it grows without end).
 * Sizes and rates in one unit, rates per second.
 */
export function addDistributionRoutes(app: FastifyInstance): void {
  app.get('/api/distribution-time', async (request, reply) => {
    const { counts, ...setting } = distributionQuery.parse(request.query);
    try {
      const points = boundCurves(setting, counts);
      const ceiling = p2pCeiling(setting);
      return { points, ceiling: Number.isFinite(ceiling) ? ceiling : null };
    } catch (error) {
      if (error instanceof RangeError) return reply.code(400).send({ error: error.message });
      throw error;
    }
  });
}
