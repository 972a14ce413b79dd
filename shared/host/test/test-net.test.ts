import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { claimTestNet, TEST_NET } from '../test-host.ts';
import { Child } from './kit/child.ts';

const TEST_HOST = JSON.stringify(new URL('../test-host.ts', import.meta.url).href);
const PROGRAM = `
  import { claimTestNet, TEST_NET } from ${TEST_HOST};
  const nets = [TEST_NET, claimTestNet(), claimTestNet()];
  process.stdout.write(JSON.stringify(nets) + '\\n');
  setInterval(() => {}, 60_000);`;

test('every process that tests has networks of its own, as long as it lives', async () => {
  const others = [1, 2].map(() => new Child(process.execPath, ['--input-type=module', '-e', PROGRAM]));
  onTestFinished(() => Promise.all(others.map((other) => other.stop())).then(() => {}));
  await Promise.all(others.map((other) => other.says(']')));

  const nets = [TEST_NET, claimTestNet(), ...others.flatMap(({ stdout }) => JSON.parse(stdout) as string[])];
  expect(new Set(nets).size).toBe(8);
  expect(nets.every((net) => /^127\.(1\d\d|2[0-2]\d)$/.test(net))).toBe(true);
});

test('a thread of a process has another network than its main thread', async () => {
  const worker = new Worker(
    `import(${TEST_HOST}).then(({ TEST_NET }) => require('node:worker_threads').parentPort.postMessage(TEST_NET))`,
    { eval: true },
  );
  const [net] = await once(worker, 'message');
  expect(net).not.toBe(TEST_NET);
  await worker.terminate();
});
