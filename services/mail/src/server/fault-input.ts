import { z } from 'zod';
import type { ArmedFault, FaultRule } from '../protocol/fault-rules.ts';
import { FAULT_STAGE_NAMES } from '../protocol/fault-stages.ts';
import { statusOf } from '../protocol/smtp-reply.ts';
import { FAULT_DELAY_MS_MAX } from './faults.ts';

/** Longest pattern, in characters: an address has 320 at most. */
const PATTERN_LENGTH_MAX = 320;
/** Octets after which a connection may break, at most: a gibibyte, as the largest message. */
const AFTER_OCTETS_MAX = 2 ** 30;
const TIMES_MAX = 1_000_000;
/** A year. */
const FOR_SECONDS_MAX = 31_536_000;
const TEXT_LENGTH_MAX = 400;

const pattern = () => z.string().min(1).max(PATTERN_LENGTH_MAX).optional();

const matchInput = z
  .strictObject({
    client: pattern().describe('Address of the client'),
    account: pattern().describe('Account that logged in or wants to, or whose mailbox it is'),
    sender: pattern().describe('Reverse-path'),
    recipient: pattern().describe('One of the forward-paths'),
    command: pattern().describe('Command of POP3 or IMAP, such as RETR or FETCH'),
    server: pattern().describe('Name of the next server'),
  })
  .describe('Patterns that must all match; * stands for any characters, letters match in either case');

const replyInput = z
  .strictObject({
    code: z.int().min(400).max(599),
    status: z
      .string()
      .regex(/^[45]\.\d{1,3}\.\d{1,3}$/, 'give an enhanced code such as 4.3.0')
      .optional(),
    text: z
      .string()
      .max(TEXT_LENGTH_MAX)
      .regex(/^[\x20-\x7e]*$/, 'give one line of ASCII')
      .default('A fault on purpose'),
  })
  .refine(({ code, status }) => status === undefined || status[0] === String(code)[0], {
    message: 'The enhanced code must begin with the same digit as the code: RFC 2034, section 4',
  });

/** A fault rule as a person or a test writes it. */
export const faultInput = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w.-]{1,64}$/, 'name the rule with 1 to 64 letters, digits, ".", "_" and "-"')
      .describe('Names the rule in reports; a rule of the same name is replaced'),
    stage: z.enum(FAULT_STAGE_NAMES).describe('Where it strikes: see GET /api/v1/fault-stages'),
    match: matchInput.default({}),
    delayMs: z.int().min(0).max(FAULT_DELAY_MS_MAX).default(0).describe('Waits so long first, in real milliseconds'),
    reply: replyInput.optional(),
    drop: z
      .union([z.literal(true), z.strictObject({ afterOctets: z.int().min(0).max(AFTER_OCTETS_MAX) })])
      .optional()
      .describe('Breaks the connection; at smtp-data, pop3-command and imap-command also after so many octets'),
    probability: z.number().min(0).max(1).default(1),
    seed: z.int().min(0).max(0xffffffff).default(1).describe('Where the lots begin: the same seed, the same lots'),
    times: z.int().min(1).max(TIMES_MAX).optional().describe('Strikes so often at most; without it, always'),
    forSeconds: z
      .number()
      .positive()
      .max(FOR_SECONDS_MAX)
      .optional()
      .describe('Ends so many seconds of lab time later'),
  })
  .refine(({ reply, drop }) => reply === undefined || drop === undefined, {
    message: 'Give reply or drop, not both: after a drop nobody hears a reply',
  });

/** The rule that `input` means at lab time `now`. */
export function faultRule(input: z.output<typeof faultInput>, now: number): FaultRule {
  const { name, stage, probability, seed, delayMs, reply, drop, times, forSeconds } = input;
  const match = Object.fromEntries(Object.entries(input.match).filter(([, value]) => value !== undefined));
  const whole = reply && { ...reply, status: reply.status ?? null };
  const does: FaultRule['effect']['does'] =
    whole !== undefined
      ? { kind: 'reply', reply: { ...whole, status: statusOf(whole, '4.0.0') } }
      : drop !== undefined
        ? { kind: 'drop', afterOctets: drop === true ? 0 : drop.afterOctets }
        : { kind: 'go-on' };
  const until = forSeconds === undefined ? null : now + forSeconds * 1000;
  return { name, stage, match, effect: { delayMs, does }, probability, seed, times: times ?? null, until };
}

/** A rule as the API and the actions show it. */
export function faultOutput({ rule, hits, isSpent }: ArmedFault & { readonly isSpent: boolean }) {
  const { name, stage, match, effect, probability, seed, times, until } = rule;
  const { delayMs, does } = effect;
  return {
    name,
    stage,
    match,
    delayMs,
    reply: does.kind === 'reply' ? does.reply : null,
    drop: does.kind === 'drop' ? { afterOctets: does.afterOctets } : null,
    probability,
    seed,
    times,
    until: until === null ? null : new Date(until).toISOString(),
    hits,
    isSpent,
  };
}
