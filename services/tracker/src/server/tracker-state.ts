import type { Config } from '../config.ts';
import { largestTorrents, type TorrentStatistics } from '../protocol/statistics.ts';
import type { Swarms } from '../protocol/swarms.ts';
import type { Counters } from './announce-desk.ts';
import type { UdpCounters } from './udp-tracker.ts';

/** What `GET /state` and `GET /stats` show. */
export interface TrackerState extends Readonly<Counters> {
  readonly mode: Config['TORRENTS'];
  readonly intervalS: number;
  readonly minIntervalS: number;
  readonly http: Readonly<Counters>;
  readonly udp: Readonly<Counters & UdpCounters>;
  /** Torrents with at least one peer, and peers of all of them. */
  readonly torrents: number;
  readonly peers: number;
  /** The largest torrents. */
  readonly swarms: readonly TorrentStatistics[];
  readonly swarmsLeftOut: number;
}

export function trackerState(
  config: Config,
  swarms: Swarms,
  counters: Pick<TrackerState, 'http' | 'udp'>,
  now: number,
): TrackerState {
  const { http, udp } = counters;
  const { torrents, leftOut } = largestTorrents(swarms, now);
  const sum = (name: keyof Counters) => http[name] + udp[name];
  return {
    mode: config.TORRENTS,
    intervalS: config.INTERVAL_S,
    minIntervalS: config.MIN_INTERVAL_S,
    announces: sum('announces'),
    scrapes: sum('scrapes'),
    refused: sum('refused'),
    sentBytes: sum('sentBytes'),
    http: { ...http },
    udp: { ...udp },
    torrents: swarms.size.torrents,
    peers: swarms.size.peers,
    swarms: torrents,
    swarmsLeftOut: leftOut,
  };
}
