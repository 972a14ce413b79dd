import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestHost, type TestHost } from '../test-host.ts';
import { Threads } from '../threads.ts';
import type { FromThread, ToThread } from './thread-fixture.ts';

interface Who {
  readonly threadId: number;
  readonly name: string;
  readonly port: number;
}

let host: TestHost;
let threads: Threads<ToThread, FromThread>;
let heard: [index: number, word: string][];
let ended: number[];

beforeEach(() => {
  host = createTestHost({ name: 'threaded', suffix: '27.61', names: { 'a.test': ['127.0.0.9'] } });
  [heard, ended] = [[], []];
});

afterEach(async () => {
  await threads.stop();
  await host.remove();
});

function open(count: number, task: object = {}): Threads<ToThread, FromThread> {
  threads = new Threads(host, {
    count,
    module: new URL('./thread-fixture.ts', import.meta.url),
    what: 'thread of the test',
    task: () => task,
    answer: ({ word }, index) => heard.push([index, word]),
    ended: (index) => ended.push(index),
  });
  return threads;
}

test('every thread is the same host, in the same lab time, and finds names and reports by the main thread', async () => {
  await open(2).start();
  const who = await threads.ask<Who>({ do: 'whoami' });
  expect(who.map(({ name, port }) => ({ name, port }))).toEqual(
    Array(2).fill({ name: 'threaded', port: host.port(25) }),
  );
  expect(new Set(who.map(({ threadId }) => threadId)).size).toBe(2);

  const before = await threads.ask<number>({ do: 'time' });
  host.clock.advance(3_600_000);
  const after = await threads.ask<number>({ do: 'time' });
  for (const [index, time] of after.entries()) expect(time - before[index]!).toBeGreaterThanOrEqual(3_600_000);

  const [found] = await threads.ask<{ addresses: string[] }>({ do: 'address', name: 'a.test' });
  expect(found!.addresses).toEqual(['127.0.0.9']);
  expect(await threads.ask({ do: 'address', name: 'nowhere.test' })).toEqual([]);

  await threads.ask({ do: 'report' });
  const told = () => host.reported.filter(({ kind }) => kind === 'test.thread');
  await expect.poll(() => told().length).toBe(2);
  expect(told()[0]).toMatchObject({ host: 'threaded', summary: 'told by a thread' });
  expect(new Set(told().map(({ exchange }) => exchange)).size).toBe(2);
});

test('news goes to all but one', async () => {
  await open(3).start();
  threads.tell({ do: 'news', word: 'first' }, 1);
  await expect
    .poll(() => heard.toSorted())
    .toEqual([
      [0, 'first'],
      [2, 'first'],
    ]);
});

test('a thread that ends by itself is told of, and another one takes its place', async () => {
  await open(1).start();
  const [first] = await threads.ask<Who>({ do: 'whoami' });
  await threads.ask({ do: 'fall' });
  await expect.poll(() => ended).toEqual([0]);
  const second = () => threads.ask<Who>({ do: 'whoami' }).then(([who]) => who?.threadId);
  await expect.poll(second).toBeGreaterThan(first!.threadId);
});

test('where one cannot begin, none runs, and its error keeps its code', async () => {
  await expect(open(2, { refuses: true }).start()).rejects.toMatchObject({
    message: 'no place to listen',
    code: 'EADDRINUSE',
  });
  expect(await threads.ask({ do: 'whoami' })).toEqual([]);
  expect(ended).toEqual([]);
});
