import type { Host } from '#shared/host/host.ts';
import type { Program, Running } from '#shared/host/program.ts';
import { type Config, config } from './config.ts';
import { Swarms } from './protocol/swarms.ts';
import { expiredReport } from './reports.ts';
import { listenHttp } from './server/http-tracker.ts';

const MS_PER_S = 1000;
/** How often in an interval silent peers are looked for when nobody asks. */
const CHECKS_PER_INTERVAL = 4;

/** The BitTorrent tracker: tells the peers of a torrent of one another, and carries not one octet of the file. */
export const program: Program<Config> = { name: 'tracker', config, start };

async function start(config: Config, host: Host): Promise<Running> {
  const intervalMs = config.INTERVAL_S * MS_PER_S;
  const swarms = new Swarms({
    intervalMs,
    minIntervalMs: config.MIN_INTERVAL_S * MS_PER_S,
    numwantDefault: config.NUMWANT_DEFAULT,
    random: Math.random,
  });
  const now = () => {
    const time = host.clock.now();
    for (const expired of swarms.expire(time)) host.report(expiredReport(host, expired));
    return time;
  };
  const http = await listenHttp(host, host.port(config.TRACKER_PORT), swarms, now);
  const stopExpiring = host.clock.every(intervalMs / CHECKS_PER_INTERVAL, now);
  return {
    state: () => ({
      intervalS: config.INTERVAL_S,
      minIntervalS: config.MIN_INTERVAL_S,
      announces: http.announces(),
      scrapes: http.scrapes(),
      refused: http.refused(),
      sentBytes: http.sentBytes(),
      swarms: swarms.snapshot(now()),
    }),
    stop: async () => {
      stopExpiring();
      await http.close();
    },
  };
}
