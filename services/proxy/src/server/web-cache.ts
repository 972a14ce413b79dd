import type { Host } from '#shared/host/host.ts';
import type { Config } from '../config.ts';
import type { Mode } from '../protocol/stored-response.ts';
import type { ResponseStore } from '../store/response-store.ts';
import type { CacheDesk } from './cache-desk.ts';
import { Flights } from './flights.ts';
import { OriginClient } from './origin-client.ts';
import { ReadyAnswers } from './ready-answers.ts';

/** Of the memory for copies, how much more the answers that are ready may take: this part. */
const READY_PART = 4;

/** What has happened since the start, in numbers. */
interface Counters {
  requests: number;
  /** Answered from the store without asking. */
  hits: number;
  /** Fetched, because nothing stored could serve. */
  misses: number;
  /** Asked about with a condition, and confirmed by 304. */
  confirmed: number;
  /** Asked about with a condition, and replaced. */
  replaced: number;
  /** Answered with a stale response, because the origin gave none. */
  stale: number;
  /** Waited for the answer to somebody else's request. */
  collapsed: number;
  refused: number;
  tunnels: number;
  octetsFromOrigins: number;
  octetsToClients: number;
}

/** All that the requests of one proxy share. */
export interface WebCache {
  readonly host: Host;
  readonly config: Config;
  /** How the proxy calls itself in Via and Cache-Status. */
  readonly pseudonym: string;
  readonly store: ResponseStore;
  readonly origins: OriginClient;
  readonly flights: Flights;
  readonly ready: ReadyAnswers;
  /** Ids of entries that the origin is being asked about behind the clients' backs. */
  readonly revalidating: Set<string>;
  readonly counters: Counters;
  mode: Mode;
  /** Where people look at it; set by who opens it. */
  desk: CacheDesk | null;
}

export function openWebCache(host: Host, config: Config, store: ResponseStore): WebCache {
  return {
    host,
    config,
    pseudonym: host.name,
    store,
    origins: new OriginClient(host, { connectMs: config.ORIGIN_CONNECT_MS, silenceMs: config.ORIGIN_SILENCE_MS }),
    flights: new Flights(),
    ready: new ReadyAnswers(config.CACHE_BYTES / READY_PART),
    revalidating: new Set(),
    mode: config.CACHE_MODE,
    desk: null,
    counters: {
      requests: 0,
      hits: 0,
      misses: 0,
      confirmed: 0,
      replaced: 0,
      stale: 0,
      collapsed: 0,
      refused: 0,
      tunnels: 0,
      octetsFromOrigins: 0,
      octetsToClients: 0,
    },
  };
}
