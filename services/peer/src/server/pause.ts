import type { Clock } from '#shared/host/clock.ts';

/** Resolves when `ms` of lab time have passed, or `signal` says that nobody waits any more. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      cancel();
      signal.removeEventListener('abort', over);
      resolve();
    };
    const cancel = clock.after(ms, over);
    signal.addEventListener('abort', over, { once: true });
    if (signal.aborted) over();
  });
}
