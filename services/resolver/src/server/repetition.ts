import type { Message } from '#shared/dns/message.ts';
import { isPlainQuestion, type Repetition } from '#shared/host/dns/request.ts';
import { PREFETCH_PART, type Stored } from '../protocol/cache.ts';
import type { Resolution } from '../protocol/resolution.ts';

/** Times that an answer is given again before it is found anew once: so the cache learns that it is still asked for. */
const GIVEN_MAX = 256;

/** What a repetition needs of the server that it belongs to. */
interface Server {
  /** Lab time in milliseconds. */
  now(): number;
  /** The number of the next response, which its rotation goes by. */
  turn(): number;
  /** Counts so many more responses. */
  given(times: number): void;
  /** Called when an entry that was lent stands no longer. */
  readonly onGone: (gone: Stored) => void;
}

/**
 * When `response` may be given again: while all that it was made of stands in the cache and is not almost over. Where the
 * answer names hosts, what is known of their addresses changes by and by: that is always found anew.
 */
export function repetitionOf(
  query: Message,
  { from, isDue, errors }: Resolution,
  response: Message,
  turn: number,
  server: Server,
): Repetition | undefined {
  if (from === undefined || isDue === true || errors.length > 0 || !isPlainQuestion(query) || namesHosts(response))
    return undefined;
  const rotations = Math.max(1, response.answer.length - from.length + 1);
  let given = 0;
  return {
    turn: turn % rotations,
    due: () => (given < GIVEN_MAX && areFresh(from, server.now()) ? server.turn() % rotations : undefined),
    given: () => {
      given += 1;
      server.given(1);
    },
    lend: () => {
      if (!areFresh(from, server.now())) return undefined;
      for (const stored of from) stored.onGone = server.onGone;
      const until = Math.min(...from.map(freshUntil));
      return { rotations, until, timesMax: GIVEN_MAX, countedAs: `${response.rcode}`, given: server.given };
    },
    expiresAt: expiriesOf(response, from),
  };
}

function namesHosts({ answer, additional }: Message): boolean {
  return additional.length > 0 || answer.some(({ rdata }) => ['MX', 'NS', 'SRV'].includes(rdata.kind));
}

/** Whether all entries stand as they were read, and none is to be refreshed. */
function areFresh(entries: readonly Stored[], now: number): boolean {
  for (const entry of entries) if (!entry.isLive || now >= freshUntil(entry)) return false;
  return true;
}

function freshUntil({ storedAt, expiresAt }: Stored): number {
  return expiresAt - PREFETCH_PART * (expiresAt - storedAt);
}

/** When each record of the message is over: an alias is one record of one entry, the rest is of the last one. */
function expiriesOf({ answer, authority }: Message, from: readonly Stored[]): number[] {
  const links = from.length - 1;
  return Array.from({ length: answer.length + authority.length }, (_, at) => from[Math.min(at, links)]!.expiresAt);
}
