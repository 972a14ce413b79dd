import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { ByteBudget, type ControlQuestion } from '../client/control-client.ts';
import { type HostAnswer, type HostDoor, refusal } from '../client/host-door.ts';

/** Hosts in one request: more than one process carries. All are asked at once, so that none waits for one that is silent. */
const HOSTS_MAX = 500;
/** Requests of this kind under way; each may hold as much as `ANSWERS_BYTES_MAX`. */
const REQUESTS_MAX = 16;
/** Octets of one answer, and of all answers to one request: fifty peers with as many neighbours and 500 pieces tell of 3 MB. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
const ANSWERS_BYTES_MAX = 32 * 1024 * 1024;
/** How long a host may take to tell its state, in milliseconds: whoever asks for many does so again and again. */
const STATE_MS_MAX = 2_000;
/** How long an action may take, in milliseconds: who waits for many hosts is not to wait a minute for one. */
const ACTION_MS_MAX = 30_000;

const tooMany = `at most ${HOSTS_MAX} hosts are asked at once`;
const names = z.object({
  hosts: z
    .string('give ?hosts=, names of hosts with commas between them')
    .transform((text) => [...new Set(text.split(','))].filter((name) => name !== ''))
    .refine((hosts) => hosts.length > 0, 'give ?hosts=, names of hosts with commas between them')
    .refine((hosts) => hosts.length <= HOSTS_MAX, tooMany),
});
const example = 'give {"hosts": {"peer-1": {}, "peer-2": {}}}: each host with its input';
const inputs = z.object(
  {
    hosts: z
      .record(z.string(), z.unknown(), example)
      .refine((hosts) => Object.keys(hosts).length > 0, example)
      .refine((hosts) => Object.keys(hosts).length <= HOSTS_MAX, tooMany),
  },
  example,
);

/** The same question to many hosts in one request: a browser has six connections, and a swarm begins at once or not together. */
export function addManyHostsRoutes(app: FastifyInstance, door: HostDoor): void {
  let requests = 0;

  async function answerAll(reply: FastifyReply, questions: ReadonlyMap<string, ControlQuestion>) {
    if (requests >= REQUESTS_MAX) {
      return reply.code(503).send({ error: `${REQUESTS_MAX} requests for many hosts go on already: try again` });
    }
    requests += 1;
    try {
      const asked = [...questions].map(async ([name, question]) => [name, await door.ask(name, question)] as const);
      const answers = await Promise.all(asked);
      return reply.type('application/json; charset=utf-8').send(joined(answers));
    } finally {
      requests -= 1;
    }
  }

  app.get('/api/states', async (request, reply) => {
    const { hosts } = names.parse(request.query);
    const question = { method: 'GET', path: '/state', timeoutMs: STATE_MS_MAX, ...bounds() } as const;
    return answerAll(reply, new Map(hosts.map((name) => [name, question])));
  });

  app.post<{ Params: { action: string } }>('/api/actions/:action', async (request, reply) => {
    const { hosts } = inputs.parse(request.body ?? undefined);
    const path = `/actions/${encodeURIComponent(request.params.action)}`;
    const question = { method: 'POST', path, timeoutMs: ACTION_MS_MAX, ...bounds() } as const;
    const withInput = (input: unknown) => ({ ...question, body: JSON.stringify(input ?? {}) });
    return answerAll(reply, new Map(Object.entries(hosts).map(([name, input]) => [name, withInput(input)])));
  });
}

function bounds(): Pick<ControlQuestion, 'bytesMax' | 'together'> {
  return { bytesMax: ANSWER_BYTES_MAX, together: new ByteBudget(ANSWERS_BYTES_MAX) };
}

/** `{"hosts": {NAME: {"status": …, "answer": …}}}`, with the answers as the hosts wrote them. */
function joined(answers: readonly (readonly [name: string, answer: HostAnswer])[]): Buffer {
  const pieces = answers.flatMap(([name, answer], index) => {
    const { status, body } = isJson(answer.body) ? answer : refusal(502, `${name} gave an answer that is not JSON`);
    return [Buffer.from(`${index === 0 ? '' : ','}${JSON.stringify(name)}:{"status":${status},"answer":`), body, END];
  });
  return Buffer.concat([Buffer.from('{"hosts":{'), ...pieces, Buffer.from('}}')]);
}

const END = Buffer.from('}');

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
