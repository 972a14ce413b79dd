import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { handedOver } from '../../src/server/incoming.ts';

test('a client that does not take the end of its answer is not waited for without end', async () => {
  const response = new Writable({ write: () => {} });
  response.on('error', () => {});
  response.end('the last octets');
  await expect(handedOver(response, 20)).rejects.toThrow('the client has read nothing for 20 ms');
  expect(response.destroyed).toBe(true);
});

test('one that takes it is done with', async () => {
  const response = new Writable({ write: (_octets, _encoding, done) => void setTimeout(done, 5) });
  response.end('the last octets');
  await handedOver(response, 60_000);
  expect(response.destroyed).toBe(true);
});
