import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { hasProc, kernelSockets } from '#shared/host/test/kit/kernel-sockets.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { canRun, LANGUAGES, startServer } from '../kit/programs.ts';

/** Linux lets one connection more wait than `listen` says. */
const QUEUED_MAX = 2;
const CLIENTS = 5;
/** A connection on loopback stands in well under a millisecond; the SYN is sent again after a second. */
const LONG_ENOUGH_MS = 300;

const server = { address: `${TEST_NET}.40.6`, port: 12_000 };

function waiting(): number | undefined {
  const isOurs = (local: object) => JSON.stringify(local) === JSON.stringify(server);
  return kernelSockets('tcp').find(({ local, state }) => state === 'LISTEN' && isOurs(local))?.receiveQueue;
}

describe.each(LANGUAGES)('the TCP server in %s', (language) => {
  test.runIf(hasProc && canRun(language))(
    'SOCK-28 after listen(1) no more connections than the queue holds are made while the server does not accept',
    async () => {
      const process = await startServer(language, 'tcp', [server.address, String(server.port)]);
      const clients: Socket[] = [];
      let connected = 0;
      try {
        process.signal('SIGSTOP');
        for (let i = 0; i < CLIENTS; i += 1) {
          const client = connect(server.port, server.address, () => {
            connected += 1;
          });
          client.on('error', () => {});
          clients.push(client);
        }
        await expect.poll(() => waiting()).toBe(QUEUED_MAX);
        await pause(LONG_ENOUGH_MS);
        expect({ connected, waiting: waiting() }).toEqual({ connected: QUEUED_MAX, waiting: QUEUED_MAX });
      } finally {
        for (const client of clients) client.destroy();
        await process.stop();
      }
    },
  );
});
