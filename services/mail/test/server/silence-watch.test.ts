import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { holdUp } from '#shared/host/test/kit/hold-up.ts';
import { SilenceWatch } from '../../src/server/silence-watch.ts';

test('a server that is silent for longer than its step may take is told of, with that step', async () => {
  const said = Promise.withResolvers<string>();
  new SilenceWatch(20, said.resolve);
  expect(await said.promise).toBe('no greeting within 1 s');
});

test('time in which this process stood still is not the silence of the other server: its reply waits to be read', async () => {
  const said: string[] = [];
  const watch = new SilenceWatch(200, (sentence) => said.push(sentence));
  const replied = Promise.withResolvers<void>();
  setImmediate(() => {
    holdUp(600);
    // Sockets are read behind the timers that are due.
    setImmediate(() => {
      watch.reply();
      replied.resolve();
    });
  });
  await replied.promise;
  await pause(300);
  watch.stop();
  expect(said).toEqual([]);
});
