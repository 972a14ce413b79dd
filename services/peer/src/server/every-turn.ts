import type { Cancel } from '#shared/host/clock.ts';

/**
 * Calls `tick` every `ms`, each time when what has come was read. A program that was held up runs its timers before it reads its
 * sockets: whoever has spoken meanwhile would be taken for silent.
 */
export function everyTurn(ms: number, tick: () => void): Cancel {
  let turn: NodeJS.Immediate | undefined;
  const timer = setInterval(() => {
    turn = setImmediate(tick);
  }, ms);
  return () => {
    clearInterval(timer);
    clearImmediate(turn);
  };
}
