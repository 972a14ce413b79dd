/** The words in which the cases are written. */
import type { Answer, Ask, Case, Expect, FieldSet, Level, Match, Step } from './case.ts';

const caseOf =
  (level: Level) =>
  (id: string, clause: string, says: string, ...steps: Step[]): Case => ({ id, level, clause, says, steps });

export const required = caseOf('required');
export const optimal = caseOf('optimal');
export const check = caseOf('check');

/** A time so many seconds from the moment in which the message is sent, as an HTTP-date. */
export const date = (seconds: number): string => `{date ${seconds}}`;
/** A time so many seconds from the beginning of the case: the same in each of its messages. */
export const since = (seconds: number): string => `{since ${seconds}}`;

/** Cache-Control, and other fields. */
export const cc = (value: string | readonly string[], more: FieldSet = {}): FieldSet => ({
  'Cache-Control': value,
  ...more,
});

/** Fresh for an hour. */
export const FRESH = cc('max-age=3600');
/** What has max-age=1 is stale everywhere after so many seconds; some caches count whole ones only. */
export const PAST_S = 2.2;

type Given = Partial<Step> & { readonly ask?: Ask };

/** A request, what the origin would answer to it, and what has to be seen. */
export function step(answer: Answer | readonly Answer[], expect: Expect, given: Given = {}): Step {
  const { ask = {}, asks = [ask], ...rest } = given;
  return { asks, answers: Array.isArray(answer) ? answer : [answer as Answer], expect, ...rest };
}

/** The cache gets a response with these fields, and passes it on: the beginning of most cases. */
export function fetched(fields: FieldSet, given: Given & { answer?: Answer } = {}): Step {
  const { answer, ...rest } = given;
  return step({ fields, ...answer }, { asked: true, status: answer?.status ?? 200 }, { isGiven: true, ...rest });
}

/** Asks again; the origin would have something else now, which is not to be stored. */
export function again(expect: Expect, given: Given & { answer?: Answer } = {}): Step {
  const { answer, ...rest } = given;
  return step({ fields: cc('no-store'), ...answer }, expect, rest);
}

/** The response of step n comes from the cache, and the origin is not asked. */
export const fromCache = (n = 1, more: Expect = {}): Expect => ({ asked: false, body: n, ...more });
/** The origin is asked before this client has its answer. */
export const FORWARDED: Expect = { asked: true };
/** The answer is the origin's of now. */
export const fetchedAnew = (n: number, more: Expect = {}): Expect => ({ asked: true, body: n, ...more });

/** It can be judged only by caches that get this far. */
export const given = (one: Step): Step => ({ ...one, isGiven: true });
export const after = (seconds: number, one: Step): Step => ({ ...one, pauseS: seconds });

/** The origin confirms what is stored: 304 with these fields, if it is asked by a condition. */
export function confirmed(
  fields: FieldSet,
  more: { expect?: Expect; askedWith?: Record<string, Match> } & Given = {},
): Step {
  const { expect = { asked: true, status: 200, body: 1 }, askedWith, ...rest } = more;
  return step({ status: 304, fields }, askedWith === undefined ? expect : { ...expect, askedWith }, rest);
}
