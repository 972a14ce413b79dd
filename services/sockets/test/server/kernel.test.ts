import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { hasProc, type KernelSocket, kernelSockets, socketDescriptors } from '#shared/host/test/kit/kernel-sockets.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import type { Endpoint } from '#shared/report.ts';
import { program } from '../../src/program.ts';
import type { OpenSocket } from '../../src/server/upper-case-server.ts';
import { askOverTcp, openTcp } from '../kit/ask.ts';

/** For what never comes, in milliseconds. */
const WAIT_MS = 30_000;

/** The socket inspector against the operating system's own list of sockets. */
describe.runIf(hasProc)('what the operating system says about the sockets', () => {
  let host: TestHost;
  let running: Running;
  let server: Endpoint;

  beforeAll(async () => {
    host = createTestHost({ name: 'sockets', suffix: '40.3' });
    running = await startOn(program, host);
    server = { address: host.address, port: 12_000 };
  });

  afterAll(async () => {
    await running.stop();
    await host.remove();
  });

  function ofServer(): KernelSocket[] {
    const inodes = socketDescriptors(process.pid);
    return [...kernelSockets('tcp'), ...kernelSockets('udp')].filter(
      ({ local, inode }) => local.address === host.address && local.port === server.port && inodes.has(inode),
    );
  }

  function anonymous({ address, port }: Endpoint): Endpoint | null {
    return port === 0 ? null : { address, port };
  }

  test('ARC-12 the inspector lists each socket of the service with its state and both addresses, as /proc/net does', async () => {
    const clients = await Promise.all([openTcp(server), openTcp(server)]);
    await vi.waitFor(async () => {
      const { sockets } = (await running.state()) as { sockets: OpenSocket[] };
      const seen = sockets.map(({ transport, state, local, remote }) => ({ transport, state, local, remote }));
      const real = ofServer().map(({ protocol, state, local, remote }) => ({
        transport: protocol,
        state,
        local,
        remote: anonymous(remote),
      }));
      expect(real).toHaveLength(4);
      expect(seen).toEqual(expect.arrayContaining(real));
      expect(seen).toHaveLength(real.length);
    }, WAIT_MS);
    for (const client of clients) client.destroy();
  });

  test('SOCK-29 accept gives a new descriptor for the client; the welcoming socket keeps its own', async () => {
    const client = await openTcp(server);
    const connection = await vi.waitFor(() => {
      const found = ofServer().find(({ remote }) => remote.port === client.localPort);
      expect(found?.state).toBe('ESTABLISHED');
      return found;
    }, WAIT_MS);
    const welcome = ofServer().find(({ state }) => state === 'LISTEN');
    const descriptors = socketDescriptors(process.pid);
    const numbers = [welcome, connection].map((socket) => descriptors.get(socket?.inode ?? 0));
    expect(numbers).toEqual([expect.any(Number), expect.any(Number)]);
    expect(numbers[0]).not.toBe(numbers[1]);
    client.destroy();
  });

  test('SOCK-31 after a client has been served its connection socket is gone, and LISTEN is still there', async () => {
    await askOverTcp('hello', server);
    await vi.waitFor(() => {
      expect(
        ofServer()
          .filter(({ protocol }) => protocol === 'tcp')
          .map(({ state }) => state),
      ).toEqual(['LISTEN']);
    }, WAIT_MS);
  });

  test('SOCK-10 a client that sets no source gets one from the operating system, out of its range for that', async () => {
    const [low = 0, high = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/).map(Number);
    for (let i = 0; i < 20; i += 1) {
      const client = await openTcp(server);
      expect(client.localPort).toBeGreaterThanOrEqual(low);
      expect(client.localPort).toBeLessThanOrEqual(high);
      client.destroy();
    }
  });

  test('ARC-13 a program may choose the size of its buffers, and the operating system says what it gave', async () => {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 20_000, sendBufferSize: 30_000 });
    socket.bind(0, host.address);
    await once(socket, 'listening');
    // Linux doubles what is asked for, to have room for its own book-keeping.
    expect([socket.getRecvBufferSize(), socket.getSendBufferSize()]).toEqual([40_000, 60_000]);
    socket.setRecvBufferSize(50_000);
    expect(socket.getRecvBufferSize()).toBe(100_000);
    socket.close();
  });
});
