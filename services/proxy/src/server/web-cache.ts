import type { Host } from '#shared/host/host.ts';
import type { Config } from '../config.ts';
import type { Mode } from '../protocol/stored-response.ts';
import type { ResponseStore } from '../store/response-store.ts';
import { Flights } from './flights.ts';
import { OriginClient } from './origin-client.ts';
import { type Budget, RECORDING_OCTETS_MAX } from './relay-body.ts';

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
  readonly recording: Budget;
  readonly counters: Counters;
  /** How often something stored was declared out of date: what was asked for before that is not stored after it. */
  changes: number;
  mode: Mode;
}

export function openWebCache(host: Host, config: Config, store: ResponseStore): WebCache {
  return {
    host,
    config,
    pseudonym: host.name,
    store,
    origins: new OriginClient(host, { connectMs: config.ORIGIN_CONNECT_MS, silenceMs: config.ORIGIN_SILENCE_MS }),
    flights: new Flights(),
    recording: { left: RECORDING_OCTETS_MAX },
    changes: 0,
    mode: config.CACHE_MODE,
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
