import type { Logger } from 'pino';
import { currentHost, type EmbeddedHost } from './embedded-host.ts';

/** Crashes within this time after which a host stays down, in milliseconds, and how many they may be. */
const WINDOW_MS = 60_000;
const CRASHES_MAX = 5;

/**
 * What Docker's restart policy is to a container: an exception that a program lets escape ends that host and starts it
 * again; the other hosts do not notice. An exception that belongs to no host of this lab is the caller's own.
 */
export function watchForCrashes(hosts: readonly EmbeddedHost[], log: Logger): () => void {
  const crashes = new Map<EmbeddedHost, number[]>();

  const onCrash = (error: Error): void => {
    const host = currentHost();
    if (host === undefined || !hosts.includes(host)) {
      if (process.listenerCount('uncaughtException') === 1) throw error;
      return;
    }
    const now = performance.now();
    const recent = [...(crashes.get(host) ?? []), now].filter((at) => now - at < WINDOW_MS);
    crashes.set(host, recent);
    log.error({ host: host.name, err: error }, 'crashed');
    void restart(host, recent.length <= CRASHES_MAX, log);
  };

  process.on('uncaughtException', onCrash);
  return () => process.off('uncaughtException', onCrash);
}

async function restart(host: EmbeddedHost, again: boolean, log: Logger): Promise<void> {
  try {
    await host.stop();
    if (again) await host.start();
    else log.error({ host: host.name }, `stays down: it crashed more than ${CRASHES_MAX} times in a minute`);
  } catch (error) {
    log.error({ host: host.name, err: error }, 'could not be started again');
  }
}
