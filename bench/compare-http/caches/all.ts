import { type Daemon, startDaemon, versionOf } from './daemon.ts';
import { httpd } from './httpd.ts';
import { nginx } from './nginx.ts';
import { startOurs } from './ours.ts';
import type { RunningCache } from './running-cache.ts';
import { squid } from './squid.ts';
import { trafficServer } from './traffic-server.ts';
import { varnish } from './varnish.ts';

const DAEMONS: readonly Daemon[] = [nginx, squid, varnish, httpd, trafficServer];

/** Debian's packages of those that have another name than their program. */
const PACKAGES: Readonly<Record<string, string>> = { httpd: 'apache2' };

/** A cache that can be started, or the sentence that says why it cannot. */
export interface Candidate {
  readonly name: string;
  readonly missing: string | null;
  start(): Promise<RunningCache>;
}

/** Ours, and those that the field runs. */
export function candidates(): Candidate[] {
  const others = DAEMONS.map((daemon) => ({
    name: daemon.name,
    missing:
      versionOf(daemon) === null
        ? `${daemon.name} is not installed and is left out. On Debian: apt-get install --no-install-recommends ${PACKAGES[daemon.name] ?? daemon.name}`
        : null,
    start: () => startDaemon(daemon),
  }));
  return [{ name: 'topdown', missing: null, start: () => startOurs() }, ...others];
}
