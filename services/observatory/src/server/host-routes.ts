import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { ADVANCE_MS_MAX } from '#shared/host/control.ts';
import type { LabMap } from '#shared/host/lab-map.ts';
import type { ClockMover } from '../client/clock-mover.ts';
import type { ControlQuestion } from '../client/control-client.ts';
import type { HealthWatch } from '../client/health-watch.ts';
import type { HostDoor } from '../client/host-door.ts';

/** Longest answer that is passed on, in octets: the state of a cache with thousands of entries. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
/** How long a host may take to tell its state, in milliseconds. */
const STATE_MS_MAX = 5_000;
/** How long an action may take, in milliseconds: it may wait for other hosts. */
const ACTION_MS_MAX = 60_000;

const advance = z.object(
  {
    advanceMs: z
      .number('advanceMs must be a number of milliseconds')
      .min(0, 'a clock only goes forward')
      .max(ADVANCE_MS_MAX, `advanceMs is at most ${ADVANCE_MS_MAX}, a year`),
  },
  'give {"advanceMs": 1000}',
);

export interface HostRoutesParts {
  readonly map: LabMap;
  readonly door: HostDoor;
  readonly watch: HealthWatch;
  readonly mover: ClockMover;
  /** Null while reports arrive, otherwise what is missing. */
  reportTrouble(): string | null;
}

/** The hosts: the map with everybody's health, each one's control API, and the lab's clock. */
export function addHostRoutes(app: FastifyInstance, parts: HostRoutesParts): void {
  const { map, door, watch, mover } = parts;
  /** Passes the question on, and the answer back as it is. */
  const pass = async (reply: FastifyReply, name: string, question: ControlQuestion) => {
    const { status, body } = await door.ask(name, question);
    return reply.code(status).type('application/json; charset=utf-8').send(body);
  };

  app.get('/api/hosts', async () => ({
    net: map.net,
    labAheadMs: watch.labAheadMs,
    reportTrouble: parts.reportTrouble(),
    hosts: map.hosts.map(({ name, group, role, address, program }) => {
      const { mark, reason, since } = watch.of(name);
      return { name, group, role, address, program, health: { mark, reason, since } };
    }),
  }));

  app.get<{ Params: { name: string } }>('/api/hosts/:name/state', async (request, reply) => {
    const question = { method: 'GET', path: '/state', timeoutMs: STATE_MS_MAX, bytesMax: ANSWER_BYTES_MAX } as const;
    return pass(reply, request.params.name, question);
  });

  app.get<{ Params: { name: string } }>('/api/hosts/:name/actions', async (request, reply) => {
    const question = { method: 'GET', path: '/actions', timeoutMs: STATE_MS_MAX, bytesMax: ANSWER_BYTES_MAX } as const;
    return pass(reply, request.params.name, question);
  });

  app.post<{ Params: { name: string; action: string } }>('/api/hosts/:name/actions/:action', async (request, reply) => {
    const { name, action } = request.params;
    return pass(reply, name, {
      method: 'POST',
      path: `/actions/${encodeURIComponent(action)}`,
      body: JSON.stringify(request.body ?? {}),
      timeoutMs: ACTION_MS_MAX,
      bytesMax: ANSWER_BYTES_MAX,
    });
  });

  app.post('/api/clock', async (request, reply) => {
    const { advanceMs } = advance.parse(request.body ?? undefined);
    const result = await mover.advance(advanceMs);
    return reply.code(result.failed.length === 0 ? 200 : 502).send(result);
  });
}
