import type { Host } from '#shared/host/host.ts';
import type { Program, Running } from '#shared/host/program.ts';
import { type Config, config } from './config.ts';
import { Swarms } from './protocol/swarms.ts';
import { expiredReport } from './reports.ts';
import { AnnounceDesk } from './server/announce-desk.ts';
import { listenHttp } from './server/http-tracker.ts';
import { type TrackerState, trackerState } from './server/tracker-state.ts';
import { listenUdp } from './server/udp-tracker.ts';
import { readListedTorrents } from './store/listed-file.ts';

const MS_PER_S = 1000;
/** How often in an interval silent peers are looked for when nobody asks. */
const CHECKS_PER_INTERVAL = 4;

/** The BitTorrent tracker: tells the peers of a torrent of one another, and carries not one octet of the file. */
export const program: Program<Config> = { name: 'tracker', config, start };

async function start(config: Config, host: Host): Promise<Running> {
  const intervalMs = config.INTERVAL_S * MS_PER_S;
  const isListed = config.TORRENTS === 'listed';
  const swarms = new Swarms({
    intervalMs,
    minIntervalMs: config.MIN_INTERVAL_S * MS_PER_S,
    numwantDefault: config.NUMWANT_DEFAULT,
    random: Math.random,
    listed: isListed ? await readListedTorrents(host) : null,
  });
  const now = () => {
    const time = host.clock.now();
    for (const expired of swarms.expire(time)) host.report(() => expiredReport(host, expired));
    return time;
  };
  const port = host.port(config.TRACKER_PORT);
  const desks = { http: new AnnounceDesk(host, swarms, now), udp: new AnnounceDesk(host, swarms, now) };
  const udp = await listenUdp(desks.udp, port);
  const state = (): TrackerState => {
    const counters = { http: desks.http.counters, udp: { ...desks.udp.counters, ...udp.counters } };
    return trackerState(config, swarms, counters, now());
  };
  const http = await listenHttp(desks.http, { port, swarms, state, trustedProxies: config.TRUSTED_PROXIES }).catch(
    async (error: Error) => {
      await udp.close();
      throw error;
    },
  );
  const stopExpiring = host.clock.every(intervalMs / CHECKS_PER_INTERVAL, now);
  let trouble: string | null = null;
  return {
    state,
    health: () => trouble,
    ...(isListed && {
      reload: async () => {
        try {
          swarms.setListed(await readListedTorrents(host));
          trouble = null;
        } catch (error) {
          // The list from before stays in force.
          trouble = (error as Error).message;
          host.log.error(trouble);
        }
      },
    }),
    stop: async () => {
      stopExpiring();
      await Promise.all([http.close(), udp.close()]);
    },
  };
}
