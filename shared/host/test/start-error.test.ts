import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { sayWhatIsWrong } from '#shared/host/start-error.ts';
import { TEST_NET } from '#shared/host/test-host.ts';

function whyNot(address: string, port: number): Promise<Error> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, address, () => {
      server.close();
      reject(new Error('it listens'));
    });
  });
}

test('a port that is taken is named, with the way to find who has it', async () => {
  const address = `${TEST_NET}.0.42`;
  const owner = createServer();
  await new Promise<void>((resolve) => owner.listen(12_000, address, resolve));
  expect(sayWhatIsWrong(await whyNot(address, 12_000))).toMatch(
    new RegExp(`^The port ${address}:12000 is taken: stop what listens there .*, or give this lab a prefix of its own`),
  );
  owner.close();
});

test('an address that this machine does not have is named, with what to do', async () => {
  expect(sayWhatIsWrong(await whyNot('192.0.2.1', 12_000))).toMatch(
    /^This machine does not have the address 192\.0\.2\.1/,
  );
});

test('anything else says its own sentence', () => {
  expect(sayWhatIsWrong(new Error('The zone has no SOA'))).toBe('The zone has no SOA');
  expect(sayWhatIsWrong('stopped')).toBe('stopped');
});
