import { expect, test } from 'vitest';
import { MessageBody } from '../../src/server/message-body.ts';

const carrier = { pause: () => {}, resume: () => {}, cancelled: () => {} };

test('octets that come one by one take more memory than they are, and are held back earlier', () => {
  const body = new MessageBody({ kind: 'length', octets: 1_000_000 }, carrier);
  let pieces = 0;
  for (; !body.isPaused && pieces < 100_000; pieces += 1) body.feed(Buffer.of(1));
  expect(pieces).toBeLessThanOrEqual(512);
});

test('a thousand chunks that come at once are one piece for the reader', async () => {
  const body = new MessageBody({ kind: 'chunked' }, carrier);
  body.feed(Buffer.from(`${'1\r\nx\r\n'.repeat(1_000)}0\r\n\r\n`));
  expect(await body.read()).toHaveLength(1_000);
  expect(await body.read()).toBeNull();
});
