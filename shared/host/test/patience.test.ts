import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { responseTo } from '../../dns/message.ts';
import { listenDns } from '../dns/listen.ts';
import { ask } from '../dns/test/dns-client.ts';
import { Patience } from '../patience.ts';
import { createTestHost } from '../test-host.ts';
import { holdUp } from './kit/hold-up.ts';

test('patience ends after its time, once, and not when it was ended before', async () => {
  let given = 0;
  const ended = new Patience(5, () => {
    given += 100;
  });
  const begun = performance.now();
  await new Promise<void>((resolve) => {
    new Patience(20, () => {
      given += 1;
      resolve();
    });
    ended.end();
  });
  expect(performance.now() - begun).toBeGreaterThanOrEqual(16);
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(given).toBe(1);
});

test('a refreshed patience begins anew', async () => {
  let isOver = false;
  const patience = new Patience(400, () => {
    isOver = true;
  });
  for (let at = 0; at < 10; at += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    patience.refresh();
  }
  expect(isOver).toBe(false);
  await expect.poll(() => isOver).toBe(true);
});

test('what came while the process was held up is read before patience ends, and its own hold-up is nobody’s silence', async () => {
  const host = createTestHost({ suffix: '88.1' });
  onTestFinished(() => host.remove());
  const [asker, other] = [createSocket('udp4'), createSocket('udp4')];
  onTestFinished(() => {
    asker.close();
    other.close();
  });
  other.bind(53, host.address);
  other.on('message', (octets, from) => other.send(octets, from.port, from.address));
  await once(other, 'listening');
  const heard: string[] = [];
  asker.on('message', () => heard.push('answer'));
  asker.send('question', 53, host.address);
  const patience = new Patience(100, () => heard.push('impatience'));
  holdUp(500);
  await expect.poll(() => heard.length, { interval: 5 }).toBeGreaterThan(0);
  patience.end();
  expect(heard).toEqual(['answer']);
});

test('patience ends at last where the process is held up again and again', async () => {
  let isOver = false;
  new Patience(40, () => {
    isOver = true;
  });
  for (let at = 0; at < 100 && !isOver; at += 1) {
    holdUp(25);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(isOver).toBe(true);
});

test('a query whose asker is held up for longer than it waits gets its answer all the same', async () => {
  const host = createTestHost({ suffix: '88.2' });
  onTestFinished(() => host.remove());
  const listeners = await listenDns(host, ({ query }) => {
    // The server has the same event loop: the query has come, and neither goes on.
    holdUp(400);
    return { messages: [responseTo(query, {})] };
  });
  onTestFinished(() => listeners.stop());
  for (const transport of ['udp', 'tcp'] as const) {
    expect((await ask(host.endpoint(53), 'www.example A', { transport, timeoutMs: 100 })).qr).toBe(true);
  }
});
