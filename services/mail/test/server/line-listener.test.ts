import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { createTestHost } from '#shared/host/test-host.ts';
import { listenForLines } from '../../src/server/line-listener.ts';
import { TlsUpgrade } from '../../src/server/upgrade-to-tls.ts';

const PORT = 110;

test('a server that stops while a session is being loaded waits for that, and begins no session', async () => {
  const host = createTestHost({ name: 'lines', suffix: '238.1' });
  const asked = Promise.withResolvers<void>();
  const loaded = Promise.withResolvers<void>();
  let hasRun = false;
  const service = {
    name: 'LINES',
    tls: new TlsUpgrade({ key: '', cert: '', minVersion: 'TLSv1.2' }),
    tooMany: '',
    open: async () => {
      asked.resolve();
      await loaded.promise;
      return {
        shown: null,
        run: async () => {
          hasRun = true;
        },
      };
    },
  };
  const limits = { connectionsMax: 10, connectionsPerClientMax: 10 };
  const listener = await listenForLines(host, service, { ...limits, port: PORT, tlsPort: 995 });
  const client = connect(PORT, host.address);
  try {
    await asked.promise;
    let isClosed = false;
    const closing = listener.close().then(() => {
      isClosed = true;
    });
    await new Promise((resolve) => client.on('error', () => {}).once('close', resolve));
    await new Promise(setImmediate);
    expect(isClosed).toBe(false);
    loaded.resolve();
    await closing;
    expect(hasRun).toBe(false);
  } finally {
    client.destroy();
    loaded.resolve();
    await host.remove();
  }
});
