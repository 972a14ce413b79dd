import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { allEnded, Capture, canCapture } from '#shared/host/test/kit/capture.ts';
import { runChild } from '#shared/host/test/kit/child.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import type { Endpoint } from '#shared/report.ts';
import { program } from '../../src/program.ts';
import { askOverTcp, askOverUdp, openTcp, readAll } from '../kit/ask.ts';
import { flowsIn } from '../kit/flows.ts';
import { fileOf, hasPython } from '../kit/programs.ts';

describe.runIf(canCapture)('client and server on the wire', () => {
  let host: TestHost;
  let running: Running;
  let server: Endpoint;
  let capture: Capture;

  beforeEach(async () => {
    host = createTestHost({ name: 'sockets', suffix: '40.7' });
    running = await startOn(program, host);
    server = { address: host.address, port: 12_000 };
    capture = await Capture.start(`host ${host.address}`);
  });

  afterEach(async () => {
    await capture.stop();
    await running.stop();
    await host.remove();
  });

  test('ARC-03 one server that is always on serves 50 clients one after the other and 10 at once; none speaks to another', async () => {
    for (let i = 0; i < 50; i += 1) expect((await askOverTcp(`client ${i}`, server)).toString()).toBe(`CLIENT ${i}`);
    const atOnce = await Promise.all(Array.from({ length: 10 }, (_, i) => askOverTcp(`at once ${i}`, server)));
    expect(atOnce.map(String)).toEqual(Array.from({ length: 10 }, (_, i) => `AT ONCE ${i}`));

    const packets = await capture.until(
      '60 connections and their ends',
      (all) => flowsIn(all).length === 60 && allEnded(all),
    );
    const clients = new Set(flowsIn(packets).map(({ client }) => client.port));
    const betweenClients = packets.filter(({ from, to }) => clients.has(from.port) && clients.has(to.port));
    expect(betweenClients).toEqual([]);
    expect(flowsIn(packets).every((flow) => flow.server.port === 12_000)).toBe(true);
  });

  test('ARC-09 in every session the client is who began it, also where the server speaks first', async () => {
    const greeter = createServer((connection) => connection.end('the server speaks first'));
    greeter.listen(12_100, host.address);
    await once(greeter, 'listening');
    const speaking = { address: host.address, port: 12_100 };
    const sessions: { protocol: string; began: Endpoint; waited: Endpoint }[] = [];
    for (let round = 0; round < 8; round += 1) {
      for (const waited of [server, speaking]) {
        const socket = await openTcp(waited);
        const began = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
        sessions.push({ protocol: 'tcp', began, waited });
        if (waited === server) socket.write('hello');
        await readAll(socket);
      }
      const { asked } = await askOverUdp('hello', server);
      sessions.push({ protocol: 'udp', began: { address: expect.any(String), port: asked.port }, waited: server });
    }
    greeter.close();

    // The operating system may choose a port twice, for different protocols or servers, or one after the other.
    const named = (protocol: string | undefined, { port }: Endpoint, waited: Endpoint) =>
      `${protocol} from ${port} to ${waited.port}`;
    const names = new Set(sessions.map(({ protocol, began, waited }) => named(protocol, began, waited)));
    const seen = await capture.until(
      `${names.size} sessions`,
      (packets) => flowsIn(packets).length === names.size && allEnded(packets),
    );
    const flows = flowsIn(seen);
    expect(new Set(flows.map(({ packets, client, server: to }) => named(packets[0]?.protocol, client, to)))).toEqual(
      names,
    );
    for (const { began, waited } of sessions)
      expect(flows).toContainEqual(expect.objectContaining({ client: began, server: waited }));
  });

  test('ARC-15 the destination port names the receiving process: where none listens, the answer is a reset', async () => {
    expect((await askOverTcp('hello', server)).toString()).toBe('HELLO');
    await expect(openTcp({ ...server, port: 12_001 })).rejects.toThrow('ECONNREFUSED');
    const refused = await capture.until('a reset', (packets) => packets.some(({ from }) => from.port === 12_001));
    const answers = refused.filter(({ from }) => from.port === 12_001);
    expect(answers.map(({ flags }) => flags)).toEqual([['ACK', 'RST']]);
  });

  test.runIf(hasPython)(
    'ARC-13 a program may choose the segment size, and its SYN says it; and the size of its buffer',
    async () => {
      const args = [fileOf('python/transport_parameters.py'), server.address, '12000', '536', '20000'];
      const { code, stdout } = await runChild('python3', args);
      expect(code).toBe(0);
      expect(stdout).toContain('octets in the buffer: 40000');
      const packets = await capture.until('a SYN', (all) => all.some(({ flags }) => flags.includes('SYN')));
      expect(packets[0]).toMatchObject({ flags: ['SYN'], to: server, mss: 536 });
    },
  );

  test.runIf(hasPython)(
    'a datagram that says it has no source port is dropped, and the next one is served',
    async () => {
      const header = 'struct.pack("!HHHH", 0, 12000, 13, 0)';
      const code = `import socket, struct; socket.socket(2, 3, 17).sendto(${header} + b"hello", ("${host.address}", 0))`;
      expect(await runChild('python3', ['-c', code])).toMatchObject({ code: 0 });
      expect((await askOverUdp('still there', server)).octets.toString()).toBe('STILL THERE');
      const packets = await capture.until('both questions', ({ length }) => length >= 3);
      expect(packets.map(({ from }) => from.port).includes(0)).toBe(true);
      expect(await running.state()).toMatchObject({ served: { udp: 1 } });
    },
  );
});
