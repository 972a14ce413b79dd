import { z } from 'zod';
import type { Clock } from '#shared/host/clock.ts';
import { FAULT_STAGE_NAMES, FAULT_STAGES } from '../../protocol/fault-stages.ts';
import type { MagicRecipient } from '../../protocol/magic-recipients.ts';
import { formatSmtpReply } from '../../protocol/smtp-reply.ts';
import { faultInput, faultOutput, faultRule } from '../fault-input.ts';
import { FaultRefused, type Faults } from '../faults.ts';
import { badRequest, notFound } from './problem.ts';
import { type Route, route } from './route.ts';

const replyAnswer = z.object({ code: z.int(), status: z.string().nullable(), text: z.string() });

const faultAnswer = z.object({
  name: z.string(),
  stage: z.enum(FAULT_STAGE_NAMES),
  match: z.record(z.string(), z.string()),
  delayMs: z.int(),
  reply: replyAnswer.nullable(),
  drop: z.object({ afterOctets: z.int() }).nullable(),
  probability: z.number(),
  seed: z.int(),
  times: z.int().nullable(),
  until: z.iso.datetime().nullable(),
  hits: z.int().describe('How often it struck'),
  isSpent: z.boolean().describe('It will not strike again'),
});

const faultsAnswer = z.object({ faults: z.array(faultAnswer).describe('In the order in which they are asked') });

/** Faults on purpose. */
export function faultRoutes(faults: Faults, clock: Clock): Route[] {
  const all = () => ({
    faults: faults.list.map(faultOutput).map((one) => ({ ...one, match: { ...one.match } as Record<string, string> })),
  });
  return [
    route({
      method: 'GET',
      path: '/faults',
      tag: 'faults',
      summary: 'The faults that are set, with how often each struck',
      status: 200,
      answer: faultsAnswer,
      problems: [],
      run: all,
    }),
    route({
      method: 'POST',
      path: '/faults',
      tag: 'faults',
      summary: 'Sets a fault; one of the same name is replaced',
      body: faultInput,
      status: 200,
      answer: faultsAnswer,
      problems: [400],
      run: ({ body }) => {
        setFault(faults, faultRule(body, clock.now()));
        return all();
      },
    }),
    route({
      method: 'DELETE',
      path: '/faults',
      tag: 'faults',
      summary: 'Removes all faults',
      status: 200,
      answer: z.object({ removed: z.int() }),
      problems: [],
      run: () => ({ removed: faults.clear() }),
    }),
    route({
      method: 'DELETE',
      path: '/faults/{name}',
      tag: 'faults',
      summary: 'Removes a fault',
      params: z.strictObject({ name: z.string().min(1).max(100) }),
      status: 200,
      answer: z.object({ removed: z.int() }),
      problems: [404],
      run: ({ params }) => {
        if (!faults.remove(params.name)) throw notFound(`No fault is called "${params.name}": see GET /api/v1/faults`);
        return { removed: 1 };
      },
    }),
    route({
      method: 'GET',
      path: '/fault-stages',
      tag: 'faults',
      summary: 'The stages at which a fault may strike, and what may be matched there',
      status: 200,
      answer: z.object({
        stages: z.array(
          z.object({ stage: z.enum(FAULT_STAGE_NAMES), strikes: z.string(), knows: z.array(z.string()) }),
        ),
      }),
      problems: [],
      run: () => ({
        stages: FAULT_STAGE_NAMES.map((stage) => {
          const { strikes, knows } = FAULT_STAGES[stage];
          return { stage, strikes, knows: [...knows] };
        }),
      }),
    }),
    route({
      method: 'GET',
      path: '/magic-recipients',
      tag: 'faults',
      summary: 'Local parts of this domain that make faults by themselves',
      status: 200,
      answer: z.object({ recipients: z.array(z.object({ localPart: z.string(), does: z.string() })) }),
      problems: [],
      run: () => ({
        recipients: [...faults.magic].map(([localPart, magic]) => ({ localPart, does: describeMagic(magic) })),
      }),
    }),
  ];
}

/** @throws Problem */
function setFault(faults: Faults, rule: ReturnType<typeof faultRule>): void {
  try {
    faults.set(rule);
  } catch (error) {
    throw error instanceof FaultRefused ? badRequest(error.message) : error;
  }
}

const AT = { 'smtp-rcpt': 'at RCPT', 'smtp-message': 'after the dot', 'smtp-stored': 'when the message is stored' };
const EFFECTS = {
  silence: 'no answer for ten minutes, then the connection breaks',
  slow: 'answers after five seconds',
  drop: 'the connection breaks',
  greylist: '451 4.7.1 for the first ten seconds of lab time, then it is taken',
};

function describeMagic({ stage, effect }: MagicRecipient): string {
  return `${AT[stage]}: ${effect.kind === 'reply' ? formatSmtpReply(effect.reply) : EFFECTS[effect.kind]}`;
}
