/** What the resolver is told, and what it asks to be done: its whole contact with the world. */
import type { Message, Question } from '#shared/dns/message.ts';
import type { Resolution } from './resolution.ts';

export type Input =
  | { readonly kind: 'question'; readonly ticket: number; readonly question: Question; readonly exchange: string }
  | { readonly kind: 'reply'; readonly query: number; readonly message: Message; readonly elapsedMs: number }
  | { readonly kind: 'silence'; readonly query: number; readonly failure: 'silent' | 'mismatched' | 'useless' }
  | { readonly kind: 'pause-over' | 'too-late'; readonly job: number };

export type Output =
  /** Send a query; give back `reply` or `silence` with its number. */
  | {
      readonly kind: 'ask';
      readonly query: number;
      readonly server: string;
      readonly question: Question;
      readonly transport: 'udp' | 'tcp';
      readonly timeoutMs: number;
      readonly cause: string;
      readonly because: string;
    }
  /** What the reply to a query meant. */
  | { readonly kind: 'understood'; readonly query: number; readonly because: string }
  /** Nobody waits for this query any longer. */
  | { readonly kind: 'forget'; readonly query: number }
  /** The job is done: it needs neither `pause-over` nor `too-late` any longer. */
  | { readonly kind: 'closed'; readonly job: number }
  /** Give back `pause-over` or `too-late` after so much real time. */
  | { readonly kind: 'pause' | 'deadline'; readonly job: number; readonly ms: number }
  | { readonly kind: 'answer'; readonly ticket: number; readonly resolution: Resolution };
