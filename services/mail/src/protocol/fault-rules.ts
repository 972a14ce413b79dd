/**
 * Faults on purpose. A rule says at which stage of the server's work, to whom, what goes wrong, how likely, how often and
 * until when. Rules are asked in the order in which they were set; the first that matches and whose lot falls strikes.
 *
 * A rule draws its lots from a seed of its own, so that the same conversations meet the same faults in every run of a suite.
 */
import { FAULT_STAGES, type FaultStage, type FaultSubject } from './fault-stages.ts';
import type { SmtpReply } from './smtp-reply.ts';
import { matchesWildcard } from './wildcard.ts';

/** What is known when a stage is reached; what a stage does not know is absent. */
export interface FaultFacts {
  readonly client?: string | undefined;
  /** The account that logged in or wants to, or whose mailbox it is. */
  readonly account?: string | null | undefined;
  /** The reverse-path; empty for the null one. */
  readonly sender?: string | undefined;
  readonly recipients?: readonly string[] | undefined;
  /** `RETR`, `FETCH`. */
  readonly command?: string | undefined;
  /** The next server's name. */
  readonly server?: string | undefined;
}

/** What happens: after `delayMs` of waiting, one of three things. */
export interface FaultEffect {
  readonly delayMs: number;
  readonly does:
    | { readonly kind: 'go-on' }
    | { readonly kind: 'reply'; readonly reply: SmtpReply }
    /** The connection breaks: at once, or when so many octets (more) have passed, where the stage has such. */
    | { readonly kind: 'drop'; readonly afterOctets: number };
}

export interface FaultRule {
  readonly name: string;
  readonly stage: FaultStage;
  /** A pattern for each subject that must match; with `*` for any characters. */
  readonly match: Readonly<Partial<Record<FaultSubject, string>>>;
  readonly effect: FaultEffect;
  /** From 0 to 1: how often the rule strikes where it matches. */
  readonly probability: number;
  /** Where the lots begin, a whole number of 32 bits. */
  readonly seed: number;
  /** How many times it strikes at most; null for always. */
  readonly times: number | null;
  /** Lab time at which it ends, in milliseconds since 1970; null for never. */
  readonly until: number | null;
}

/** A rule that is set, with what became of it. */
export interface ArmedFault {
  readonly rule: FaultRule;
  readonly hits: number;
  /** The state of its generator. */
  readonly lot: number;
}

export function armFault(rule: FaultRule): ArmedFault {
  return { rule, hits: 0, lot: rule.seed >>> 0 };
}

/** Whether the rule will never strike again. */
export function isSpent({ rule, hits }: ArmedFault, now: number): boolean {
  return (rule.times !== null && hits >= rule.times) || (rule.until !== null && now >= rule.until);
}

/** Asks the rules in turn. Gives them back as they are then, and the one that strikes. */
export function meetFaults(
  armed: readonly ArmedFault[],
  stage: FaultStage,
  facts: FaultFacts,
  now: number,
): { readonly armed: readonly ArmedFault[]; readonly hit: FaultRule | null } {
  let hit: FaultRule | null = null;
  const after = armed.map((fault) => {
    const { rule } = fault;
    if (hit !== null || rule.stage !== stage || isSpent(fault, now) || !concerns(rule, facts)) return fault;
    const { lot, value } = drawLot(fault.lot);
    if (value >= rule.probability) return { ...fault, lot };
    hit = rule;
    return { ...fault, lot, hits: fault.hits + 1 };
  });
  return { armed: after, hit };
}

/** Why a rule makes no sense, in a sentence; null when it does. */
export function faultInRule({ stage, match, effect }: FaultRule): string | null {
  const { knows, mayDrop, mayBreakAfterOctets } = FAULT_STAGES[stage];
  const unknown = Object.keys(match).find((subject) => !(knows as readonly string[]).includes(subject));
  if (unknown !== undefined) {
    return `At ${stage} no ${unknown} is known yet: match ${knows.join(', ')}, or choose a later stage`;
  }
  const { does, delayMs } = effect;
  if (does.kind === 'drop' && !mayDrop) return `At ${stage} there is no connection to drop: give a reply`;
  if (does.kind === 'drop' && does.afterOctets > 0 && !mayBreakAfterOctets) {
    return `At ${stage} no octets flow: drop at once, or choose smtp-data, pop3-command or imap-command`;
  }
  if (does.kind === 'go-on' && delayMs === 0) return 'The rule does nothing: give a reply, a delay or a drop';
  return null;
}

function concerns({ match }: FaultRule, facts: FaultFacts): boolean {
  const { recipient, ...rest } = match;
  if (recipient !== undefined && !facts.recipients?.some((one) => matchesWildcard(recipient, one))) return false;
  return Object.entries(rest).every(([subject, pattern]) => {
    const given = facts[subject as Exclude<FaultSubject, 'recipient'>];
    return given !== undefined && given !== null && matchesWildcard(pattern, given);
  });
}

/** A number from 0 to below 1 by the generator mulberry32, and the state after it. */
function drawLot(before: number): { lot: number; value: number } {
  const lot = (before + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(lot ^ (lot >>> 15), lot | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return { lot, value: ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 };
}
