import { inject } from 'vitest';
import { wallClock } from '#shared/host/wall-clock.ts';
import type { Endpoint, Report } from '#shared/report.ts';

/**
 * The lab that the journeys run against, the same in both forms: what a person can reach from this machine. Journeys ask
 * by protocol, or through the observatory; nothing here knows a program from inside.
 */

/** Where things are; made by the global set-up of each form. */
export interface LabPlaces {
  readonly form: 'embedded' | 'containers';
  readonly net: string;
  /** The address of this machine on which ports are published, in place of 127.0.0.1. */
  readonly published: string;
  /** Docker Compose's name for this lab; unused when embedded. */
  readonly project: string;
  /** Base URL of the observatory, without a final slash. */
  readonly observatory: string;
  readonly resolver: Endpoint;
  readonly resolverTls: Endpoint;
  readonly resolverHttps: Endpoint;
  readonly proxy: Endpoint;
  readonly crepes: MailPlaces;
  readonly hamburger: MailPlaces;
  /** Base URL of what stops and starts hosts, as `docker compose stop` does. */
  readonly harness: string;
}

interface MailPlaces {
  readonly submission: Endpoint;
  readonly pop3: Endpoint;
  readonly imap: Endpoint;
}

declare module 'vitest' {
  export interface ProvidedContext {
    lab: LabPlaces;
  }
}

/**
 * How long a condition is waited for, in milliseconds, and how often it is looked at. No measure of ours: it is for what never
 * comes, and a busy machine takes many times what a quiet one takes.
 */
const WAIT_MS_MAX = 120_000;
const LOOK_MS = 50;
/** The clocks of two processes are nearer to each other than this, in milliseconds; so are those of hosts that were moved. */
const CLOCKS_APART_MS = 5;
const MOVED_APART_MS = 1_000;

export const lab: LabPlaces = inject('lab');

async function askJson(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${init?.method ?? 'GET'} ${url} was answered ${response.status}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}

function post(url: string, body: object = {}): Promise<unknown> {
  return askJson(url, postOf(body));
}

function postOf(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** `GET /state` of a host. */
export async function stateOf<State>(host: string): Promise<State> {
  return (await askJson(`${lab.observatory}/api/hosts/${host}/state`)) as State;
}

/** An action of a host. */
export async function act<Result>(host: string, action: string, input: object = {}): Promise<Result> {
  return (await post(`${lab.observatory}/api/hosts/${host}/actions/${action}`, input)) as Result;
}

/** Moves the clock of the whole lab forward. A host that was too slow is moved by the observatory, which finds it behind. */
export async function advanceClock(ms: number): Promise<void> {
  const response = await fetch(`${lab.observatory}/api/clock`, postOf({ advanceMs: ms }));
  if (response.ok) return;
  const { failed = [], ...rest } = (await response.json()) as ClockMoved;
  if (failed.length === 0) throw new Error(`The clock was not moved: ${response.status} ${JSON.stringify(rest)}`);
  await until(`the time of the lab on ${failed.map(({ host, error }) => `${host} (${error})`)}`, async () => {
    const { labAheadMs, hosts } = await stateOf<{ labAheadMs: number; hosts: Record<string, SeenClock> }>(
      'observatory',
    );
    return failed.every(({ host }) => labAheadMs - (hosts[host]?.labAheadMs ?? 0) < MOVED_APART_MS);
  });
}

interface ClockMoved {
  readonly failed?: readonly { readonly host: string; readonly error: string }[];
}

interface SeenClock {
  readonly labAheadMs: number | null;
}

/** A report with its place in the observatory's window. */
export type SeenReport = Report & { readonly seq: number };

/** A moment of a journey: the newest report then, and the time. */
export interface Moment {
  readonly seq: number;
  /** In milliseconds since 1970, as hosts date their reports. */
  readonly at: number;
}

/** The reports of what happened after `moment`, oldest first; what was on its way then is none of them. */
export async function reportsAfter({ seq, at }: Moment): Promise<SeenReport[]> {
  const answer = (await askJson(`${lab.observatory}/api/reports?after=${seq}&limit=5000`)) as { reports: SeenReport[] };
  return answer.reports.filter((report) => report.at >= at);
}

export async function now(): Promise<Moment> {
  const at = wallClock() - CLOCKS_APART_MS;
  const answer = (await askJson(`${lab.observatory}/api/reports?limit=1`)) as { newest: number };
  return { seq: answer.newest, at };
}

/** Waits until `look` gives something other than undefined or false; on failure says what was waited for. */
export async function until<Found>(what: string, look: () => Promise<Found | undefined | false>): Promise<Found> {
  const deadline = performance.now() + WAIT_MS_MAX;
  let trouble: unknown;
  for (;;) {
    const found = await look().catch((error: unknown) => {
      trouble = error;
      return undefined;
    });
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) {
      throw new Error(`Waited ${WAIT_MS_MAX} ms in vain: ${what}`, { cause: trouble });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

export async function stopHost(host: string): Promise<void> {
  await post(`${lab.harness}/stop/${host}`);
}

export async function startHost(host: string): Promise<void> {
  await post(`${lab.harness}/start/${host}`);
}

/** Ends a host's program with no chance to tidy up: kill -9 in a container, an uncaught exception in the embedded lab. */
export async function crashHost(host: string): Promise<void> {
  await post(`${lab.harness}/crash/${host}`);
}

/** How far lab time is ahead of this machine's, in milliseconds. */
export async function labAheadMs(): Promise<number> {
  const answer = (await askJson(`${lab.observatory}/api/hosts`)) as { labAheadMs: number };
  return answer.labAheadMs;
}
