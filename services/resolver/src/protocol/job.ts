/**
 * A job: the work for one question, whoever waits for it. Several clients with the same question wait for one job (attack:
 * a forger would otherwise have as many chances), and a job may wait for another that finds the address of a server.
 *
 *     asking ── reply: referral ──> asking (a server of the zone below)
 *       │  └─── reply: alias ─────> asking (about the other name)
 *       │  └─── lame, silent ─────> asking (the next server)
 *       │  └─── no address left ──> finding ── found ──> asking
 *       │  └─── no server left ───> pausing ── over ───> asking (all of them again)
 *       └────── answer, negative, budget spent, deadline ──> done
 */
import type { Question, ResourceRecord } from '#shared/dns/message.ts';
import type { Name } from '#shared/dns/name.ts';
import type { Delegation } from './delegation.ts';

/** Queries that one client's question may cost, and how long it may take, in milliseconds. */
export const QUERIES_MAX = 30;
export const ANSWER_MS_MAX = 5_000;
/** Aliases that one answer may consist of. */
export const ALIASES_MAX = 12;
/** Servers of one zone whose addresses are looked up, and how deep such look-ups may nest (NXNS attack, CVE-2020-12662). */
export const SOUGHT_MAX = 4;
export const DEPTH_MAX = 4;
/** Pause before all servers of a zone are asked again: doubled each time, so many times at most; in milliseconds. */
export const PAUSE_MS = 50;
export const PAUSES_MAX = 7;
/** Jobs at once; a question beyond that is answered SERVFAIL. */
export const JOBS_MAX = 2_000;

/** Who waits for a job: a client, by the ticket its question came with, or another job that needs a server's address. */
type Waiter =
  | { readonly kind: 'client'; readonly ticket: number }
  | { readonly kind: 'job'; readonly job: Job; readonly server: Name };

/** What one client's question may still cost; shared by all jobs that it causes. */
export interface Budget {
  queries: number;
}

/** Where the servers of a zone stand: which were asked in this round, and whose addresses were looked for. */
export interface Round {
  readonly delegation: Delegation;
  readonly tried: ReadonlySet<string>;
  readonly sought: number;
  /** Whether one of them was silent: it may answer later. */
  readonly isAnySilent: boolean;
  readonly pauses: number;
}

type JobState =
  | { readonly at: 'new' }
  | {
      readonly at: 'asking';
      readonly round: Round;
      readonly query: number;
      readonly server: string;
      readonly transport: 'udp' | 'tcp';
    }
  | { readonly at: 'finding'; readonly round: Round; readonly job: Job }
  | { readonly at: 'pausing'; readonly round: Round }
  | { readonly at: 'done' };

export interface Job {
  readonly id: number;
  readonly question: Question;
  readonly budget: Budget;
  /** The exchange of the client's question. */
  readonly cause: string;
  readonly depth: number;
  readonly waiters: Waiter[];
  /** The name at the end of the aliases so far, and the aliases. */
  name: Name;
  aliases: ResourceRecord[];
  state: JobState;
}

export function startRound(delegation: Delegation): Round {
  return { delegation, tried: new Set(), sought: 0, isAnySilent: false, pauses: 0 };
}

/** Whether `job` waits, through any number of others, for `other`: then `other` must not wait for it. */
export function isWaitingFor(job: Job, other: Job): boolean {
  for (let at: Job | null = job; at !== null; at = at.state.at === 'finding' ? at.state.job : null) {
    if (at === other) return true;
  }
  return false;
}
