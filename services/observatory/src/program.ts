import type { Host } from '#shared/host/host.ts';
import type { Program, Running } from '#shared/host/program.ts';
import { readAuthorityCertificate } from '#shared/host/tls.ts';
import type { Report, ReportSource } from '#shared/report.ts';
import { ClockMover } from './client/clock-mover.ts';
import { ControlClient } from './client/control-client.ts';
import { HealthWatch } from './client/health-watch.ts';
import { HostDoor } from './client/host-door.ts';
import { type Config, config } from './config.ts';
import { ArrivalOrder } from './protocol/arrival-order.ts';
import { SwarmTelling } from './protocol/swarm-telling.ts';
import { addAuthorityRoutes } from './server/authority-routes.ts';
import { addBitsRoutes } from './server/bits-routes.ts';
import { addDistributionRoutes } from './server/distribution-routes.ts';
import { EventStreams } from './server/event-streams.ts';
import { addHostRoutes } from './server/host-routes.ts';
import { createHttpServer } from './server/http-server.ts';
import { addManyHostsRoutes } from './server/many-hosts-routes.ts';
import { addPageRoutes } from './server/page-routes.ts';
import { addRawRoutes } from './server/raw-routes.ts';
import { addReportRoutes, addReportStream } from './server/report-routes.ts';
import { ReportWindow } from './store/report-window.ts';

/** Shows every message of the lab: collects the reports, asks the hosts how they are, serves both as API and page. */
export const program: Program<Config> = { name: 'observatory', config, needsRedis: true, start };

async function start(config: Config, host: Host): Promise<Running> {
  const map = await host.readMap();
  const window = new ReportWindow({ reports: config.WINDOW_REPORTS, bytes: config.WINDOW_BYTES });
  const swarmWindow = new ReportWindow({ reports: config.SWARM_REPORTS, bytes: config.SWARM_BYTES });
  const swarmTelling = new SwarmTelling(map.hosts);
  const start = Date.now().toString(36);
  const pace = { start, heartbeatMs: config.STREAM_HEARTBEAT_MS, stallMs: config.STREAM_STALL_MS };
  const streams = new EventStreams(window, pace);
  const swarmStreams = new EventStreams(swarmWindow, pace);
  const client = new ControlClient(host.address);
  const watch = new HealthWatch(map.hosts, client, {
    periodMs: config.HEALTH_PERIOD_MS,
    timeoutMs: config.HEALTH_TIMEOUT_MS,
  });
  const mover = new ClockMover(map.hosts, client, watch);
  const door = new HostDoor(map, client);
  const reportTrouble = () => whyNoReports(host);

  const app = createHttpServer(host, config.OBSERVATORY_NAMES);
  addHostRoutes(app, { map, door, watch, mover, reportTrouble });
  addManyHostsRoutes(app, door);
  addReportRoutes(app, window);
  addReportStream(app, '/api/reports/stream', { window, streams, start });
  addReportStream(app, '/api/swarms/stream', { window: swarmWindow, streams: swarmStreams, start });
  addBitsRoutes(app);
  addDistributionRoutes(app);
  addRawRoutes(app, host, map);
  addAuthorityRoutes(app, () => readAuthorityCertificate(host));
  addPageRoutes(app, () => ({ map }));

  const source = host.openReports();
  const endIntake = takeIn(source, config.REORDER_MS, (reports) => {
    for (const report of reports) {
      window.add(report);
      const told = swarmTelling.cut(report);
      if (told !== null) swarmWindow.add(told);
    }
    streams.wake();
    swarmStreams.wake();
  });
  const stop = async () => {
    endIntake();
    watch.stop();
    streams.close();
    swarmStreams.close();
    client.close();
    await Promise.all([app.close(), source.close()]);
  };
  try {
    await app.listen({ host: host.address, port: host.port(80) });
  } catch (error) {
    await stop();
    throw error;
  }
  watch.start(() => mover.catchUp());
  return {
    health: reportTrouble,
    state: () => ({
      window: sizeOf(window),
      swarmWindow: sizeOf(swarmWindow),
      streams: { readers: streams.readers, dropped: streams.dropped },
      swarmStreams: { readers: swarmStreams.readers, dropped: swarmStreams.dropped },
      hosts: Object.fromEntries(map.hosts.map(({ name }) => [name, watch.of(name)])),
      labAheadMs: watch.labAheadMs,
    }),
    stop,
  };
}

function sizeOf({ size, bytes, oldest, newest }: ReportWindow) {
  return { reports: size, bytes, oldest, newest };
}

/** Gives `keep` the reports of `source` in the order of their times; the result ends it. */
function takeIn(source: ReportSource, holdMs: number, keep: (reports: readonly Report[]) => void): () => void {
  const order = new ArrivalOrder<Report>(holdMs);
  let timer: NodeJS.Timeout | undefined;
  const release = () => {
    timer = undefined;
    keep(order.release(performance.now()));
    if (!order.isEmpty) timer = setTimeout(release, holdMs);
  };
  const unsubscribe = source.subscribe((report) => {
    order.take(report, performance.now());
    if (holdMs === 0) release();
    else timer ??= setTimeout(release, holdMs);
  });
  return () => {
    unsubscribe();
    clearTimeout(timer);
  };
}

/** Reports come through Redis, except in the embedded lab, where nothing stands between. */
function whyNoReports(host: Host): string | null {
  if (host.redis === null || host.redis.status === 'ready') return null;
  return 'reports are not arriving: Redis does not answer. Start the host redis';
}
