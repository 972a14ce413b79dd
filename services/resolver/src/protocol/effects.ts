/** What the resolver is told, and what it asks to be done: its whole contact with the world. */
import type { Message, Question } from '#shared/dns/message.ts';
import type { Approach } from './approach.ts';
import type { NotedStep, Silence } from './explanation.ts';
import type { Resolution } from './resolution.ts';

export type Input =
  | {
      readonly kind: 'question';
      readonly ticket: number;
      readonly question: Question;
      readonly exchange: string;
      /** Whether the steps are wanted: then the search is its own from beginning to end. */
      readonly isExplained?: boolean;
    }
  /** Ask again for what is in the cache: it is almost over. `exchange` is of the client that was answered from the cache. */
  | { readonly kind: 'prefetch'; readonly question: Question; readonly exchange: string }
  /** Go about searches in another way. */
  | { readonly kind: 'approach'; readonly approach: Approach }
  /** See whether the root is to be asked for its servers. */
  | { readonly kind: 'prime' }
  | { readonly kind: 'reply'; readonly query: number; readonly message: Message; readonly elapsedMs: number }
  | { readonly kind: 'silence'; readonly query: number; readonly failure: Silence }
  | { readonly kind: 'pause-over' | 'patience-over' | 'too-late'; readonly job: number };

export type Output =
  /** Send a query; give back `reply` or `silence` with its number. */
  | {
      readonly kind: 'ask';
      readonly query: number;
      readonly server: string;
      readonly question: Question;
      readonly transport: 'udp' | 'tcp';
      readonly rd: boolean;
      readonly hasEdns: boolean;
      readonly timeoutMs: number;
      readonly cause: string | null;
      readonly because: string;
    }
  /** What the reply to a query meant. */
  | { readonly kind: 'understood'; readonly query: number; readonly because: string }
  /** Nobody waits for this query any longer. */
  | { readonly kind: 'forget'; readonly query: number }
  /** The job is done: it needs none of its timers any longer. */
  | { readonly kind: 'closed'; readonly job: number }
  /** Give back `pause-over`, `patience-over` or `too-late` after so much real time. */
  | { readonly kind: 'pause' | 'patience' | 'deadline'; readonly job: number; readonly ms: number }
  | {
      readonly kind: 'answer';
      readonly ticket: number;
      readonly resolution: Resolution;
      /** How it was found; empty where the cache had it at once. */
      readonly steps: readonly NotedStep[];
      readonly queries: number;
    };
