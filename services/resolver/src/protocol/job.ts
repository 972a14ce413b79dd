/**
 * A job: the work for one question, whoever waits for it. Several clients with the same question wait for one job (a
 * forger would otherwise have as many chances), and a job may wait for another that finds the address of a server.
 *
 *     asking ── reply: referral ──> asking (a server of the zone below)
 *       │  └─── reply: alias ─────> asking (about the other name)
 *       │  └─── a part is known ──> asking (about a longer part of the name)
 *       │  └─── lame, silent ─────> asking (the next server)
 *       │  └─── no address left ──> finding ── found ──> asking
 *       │  └─── no server left ───> pausing ── over ───> asking (all of them again)
 *       └────── answer, negative, budget spent, deadline ──> done
 */
import type { Question, ResourceRecord } from '#shared/dns/message.ts';
import { type Name, nameKey } from '#shared/dns/name.ts';
import { type Budget, openBudget, QUERIES_OF_REFERRAL_MAX } from './budget.ts';
import type { Delegation, Start } from './delegation.ts';
import { type NotedStep, type Purpose, type Silence, STEPS_MAX, type Step } from './explanation.ts';
import type { Flight } from './flights.ts';

/** How long the answer to one client's question may take, in milliseconds. */
export const ANSWER_MS_MAX = 5_000;
/** How long a client waits before it gets stale data instead, in milliseconds (RFC 8767, section 5). */
export const PATIENCE_MS = 1_800;
/** Servers of one zone whose addresses are looked up, and how deep such look-ups may nest (NXNS attack, CVE-2020-12662). */
export const SOUGHT_MAX = 4;
export const DEPTH_MAX = 4;
/** Pause before all servers of a zone are asked again: doubled each time, so many times at most; in milliseconds. */
export const PAUSE_MS = 50;
export const PAUSES_MAX = 7;
/** Jobs at once, fewer than the queries that a listener lets wait: a question beyond that is answered SERVFAIL. */
export const JOBS_MAX = 900;

/** Who waits for a job: a client, by the ticket its question came with, or another job that needs a server's address. */
type Waiter =
  | { readonly kind: 'client'; readonly ticket: number }
  | { readonly kind: 'job'; readonly job: Job; readonly server: Name };

/** Where the servers of a zone stand: which were asked in this round, and whose addresses were looked for. */
export interface Round {
  readonly delegation: Delegation;
  readonly isOwnWord: boolean;
  /** The part of the name that is asked for; null when it is the whole name, with its own type. */
  readonly part: Name | null;
  /** A part of which a server said that it does not exist, which the whole name is to confirm. */
  readonly doubted: Name | null;
  /** Whether the whole name is asked for because a part was not understood. */
  readonly isSparing: boolean;
  readonly tried: ReadonlySet<string>;
  readonly sought: number;
  /** What the look-ups of this zone's servers may cost. */
  readonly findBudget: Budget;
  /** How servers failed in all rounds; and whether one was silent in this one: it may answer later. */
  readonly failures: ReadonlySet<Silence | 'lame'>;
  readonly isAnySilent: boolean;
  readonly pauses: number;
}

type JobState =
  | { readonly at: 'new' }
  | { readonly at: 'asking'; readonly round: Round; readonly flight: Flight }
  | { readonly at: 'finding'; readonly round: Round; readonly job: Job }
  | { readonly at: 'pausing'; readonly round: Round }
  | { readonly at: 'done' };

export interface Job {
  readonly id: number;
  readonly question: Question;
  readonly purpose: Purpose;
  readonly budget: Budget;
  /** The exchange of the client's question; null where no client's question is the cause. */
  readonly cause: string | null;
  readonly depth: number;
  readonly openedAt: number;
  /** The key under which others may join, or null where nobody may. */
  readonly key: string | null;
  readonly steps: NotedStep[];
  waiters: Waiter[];
  /** The name at the end of the aliases so far, and the aliases. */
  name: Name;
  aliases: ResourceRecord[];
  /** Questions for parts of names so far, and queries sent. */
  parts: number;
  queries: number;
  /** Whether the word of a zone about its own servers was dropped already. */
  hasClimbed: boolean;
  state: JobState;
}

export function openJob(
  fields: Pick<Job, 'id' | 'question' | 'purpose' | 'budget' | 'cause' | 'depth' | 'openedAt' | 'key'>,
): Job {
  return {
    ...fields,
    ...{ steps: [], waiters: [], name: fields.question.qname, aliases: [] },
    ...{ parts: 0, queries: 0, hasClimbed: false, state: { at: 'new' } },
  };
}

export function startRound({ delegation, isOwnWord }: Omit<Start, 'source'>, budget: Budget): Round {
  return {
    ...{ delegation, isOwnWord, part: null, doubted: null, isSparing: false, tried: new Set() },
    ...{ sought: 0, findBudget: openBudget(QUERIES_OF_REFERRAL_MAX, budget) },
    ...{ failures: new Set(), isAnySilent: false, pauses: 0 },
  };
}

/** Notes a step of the job, at `now`. */
export function note(job: Job, now: number, step: Step): void {
  if (job.steps.length < STEPS_MAX) job.steps.push({ ...step, atMs: now - job.openedAt, depth: job.depth });
}

/** The steps of `found`, which `job` waited for, become steps of `job`. */
export function adoptSteps(job: Job, found: Job): void {
  const [laterMs, deeper] = [found.openedAt - job.openedAt, job.depth + 1 - found.depth];
  for (const step of found.steps) {
    if (job.steps.length >= STEPS_MAX) return;
    job.steps.push({ ...step, atMs: Math.max(0, step.atMs + laterMs), depth: step.depth + deeper });
  }
  job.queries += found.queries;
}

/** Whether `job` waits, through any number of others, for `other`: then `other` must not wait for it. */
export function isWaitingFor(job: Job, other: Job): boolean {
  for (let at: Job | null = job; at !== null; at = at.state.at === 'finding' ? at.state.job : null) {
    if (at === other) return true;
  }
  return false;
}

export function questionKey({ qname, qtype }: Question): string {
  return `${qtype}/${nameKey(qname)}`;
}
