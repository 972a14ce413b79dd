/** Plays cases on one cache: each on a URI of its own, many at the same time. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Case, Expect } from './case.ts';
import { type Answered, ask, type Cache } from './client.ts';
import { complaint, type Seen } from './judge.ts';
import type { Origin } from './origin.ts';

/** Cases that run at the same time. */
const CASES_AT_ONCE = 150;
/** How long a step is left to what goes on behind the answer, in milliseconds. */
const SETTLE_MS = 60;

/** How long a cache may take to close a connection, and how long one that stays is watched, in milliseconds. */
const CLOSE_MS_MAX = 4_000;
const STAY_MS = 300;

/** `unreached`: what the case is about did not come about, so there is nothing to judge. */
type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed' | 'unreached'; readonly step: number; readonly because: string };

/** A case that was played: what came out, and what was seen in each step. */
export interface Played {
  readonly test: Case;
  readonly outcome: Outcome;
  readonly seen: readonly Seen[];
}

export async function playAll(cache: Cache, origin: Origin, cases: readonly Case[]): Promise<Played[]> {
  const played: Played[] = [];
  const waiting = cases.entries();
  const run = async () => {
    for (const [place, test] of waiting) played[place] = await play(cache, origin, test);
  };
  await Promise.all(Array.from({ length: CASES_AT_ONCE }, run));
  return played;
}

async function play(cache: Cache, origin: Origin, test: Case): Promise<Played> {
  const stage = origin.open(`${cache.name}-${test.id}`);
  const seen: Seen[] = [];
  for (const [place, step] of test.steps.entries()) {
    if (step.pauseS !== undefined) await wait(step.pauseS * 1000);
    stage.begin(step, place + 1);
    const answers = await Promise.all(step.asks.map((one) => ask(cache, stage, one, watchMs(step.expect))));
    await wait(SETTLE_MS);
    seen.push({ answers, asked: stage.asked });
    const because = complaint(step.expect, seen.at(-1)!, stage);
    if (because !== null)
      return { test, outcome: { kind: step.isGiven ? 'unreached' : 'failed', step: place + 1, because }, seen };
  }
  return { test, outcome: { kind: 'passed' }, seen };
}

/** A connection that is to be closed is watched until it is; one that is to stay, for a moment. */
function watchMs({ closes }: Expect): number {
  if (closes === undefined) return 0;
  return closes ? CLOSE_MS_MAX : STAY_MS;
}

/** A case in full, as it went: for people. */
export function transcript({ test, outcome, seen }: Played): string {
  const lines = [`${test.id} [${test.level}] ${test.clause}`, `  ${test.says}`];
  for (const [place, { answers, asked }] of seen.entries()) {
    lines.push(
      `  step ${place + 1}${test.steps[place]?.pauseS === undefined ? '' : `, after ${test.steps[place]!.pauseS} s`}`,
    );
    for (const answered of answers) lines.push(...block('C: ', answered.sent.trimEnd()));
    for (const message of asked) lines.push(...block('   O< ', written(message)));
    for (const answered of answers) lines.push(...block('S: ', answerText(answered)));
  }
  lines.push(outcome.kind === 'passed' ? '  passed' : `  ${outcome.kind} in step ${outcome.step}: ${outcome.because}`);
  return lines.join('\n');
}

function answerText({ message, informed, further }: Answered): string {
  const before = informed.map((status) => `(${status})\n`).join('');
  return before + [message, ...further].map(written).join('\n');
}

function written({ startLine, fields, body, trailers, isWhole }: Answered['message']): string {
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  const end = trailers.map(([name, value]) => `${name}: ${value}`);
  return [
    startLine,
    ...lines,
    '',
    ...(body === '' ? [] : [body.slice(0, 400)]),
    ...end,
    ...(isWhole ? [] : ['(cut off)']),
  ].join('\n');
}

function block(sign: string, text: string): string[] {
  return text.split(/\r?\n/).map((line) => `    ${sign}${line}`);
}
