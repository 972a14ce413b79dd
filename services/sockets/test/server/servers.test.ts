import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import type { Endpoint } from '#shared/report.ts';
import { program } from '../../src/program.ts';
import type { OpenSocket } from '../../src/server/upper-case-server.ts';
import { askOverTcp, askOverUdp, openTcp, readAll } from '../kit/ask.ts';

let host: TestHost;
let running: Running;
let server: Endpoint;

beforeEach(async () => {
  host = createTestHost({ name: 'sockets', suffix: '40.1' });
  running = await startOn(program, host);
  server = { address: host.address, port: 12_000 };
});

afterEach(async () => {
  await running.stop();
  await host.remove();
});

async function inspect(): Promise<readonly OpenSocket[]> {
  return ((await running.state()) as { sockets: OpenSocket[] }).sockets;
}

function callsOf(transport: 'udp' | 'tcp'): string[] {
  return host.reported
    .map(({ message }) => message as { transport: string; call: string })
    .filter((step) => step.transport === transport)
    .map(({ call }) => call);
}

test('SOCK-11 a line sent over UDP comes back in upper case, Korean untouched', async () => {
  expect((await askOverUdp('hello 안녕', server)).octets.toString()).toBe('HELLO 안녕');
});

test('SOCK-30 a line sent over TCP comes back in upper case', async () => {
  expect((await askOverTcp('hello', server)).toString()).toBe('HELLO');
});

test('SOCK-15 of a datagram of 3,000 octets the server takes 2,048, and the answer says where it is from', async () => {
  const { octets, from } = await askOverUdp('a'.repeat(3_000), server);
  expect(octets.toString()).toBe('A'.repeat(2_048));
  expect(from).toEqual(server);
});

test('SOCK-26 of 2,000 octets on a connection the first read brings at most 1,024, and only that is answered', async () => {
  const reply = await askOverTcp('a'.repeat(2_000), server);
  expect(reply.toString()).toBe('A'.repeat(1_024));
});

test('SOCK-17 two clients with three messages each are answered by the one socket, without a restart', async () => {
  const before = await inspect();
  for (const sentence of ['one', 'two', 'three']) {
    for (const client of ['ada', 'bob']) {
      const { octets } = await askOverUdp(`${client} ${sentence}`, server);
      expect(octets.toString()).toBe(`${client} ${sentence}`.toUpperCase());
    }
  }
  expect(await running.state()).toMatchObject({ served: { udp: 6 } });
  expect(await inspect()).toEqual(before);
});

test('SOCK-07 what the receiver takes from its socket can be read in its reports, and what it did with it', async () => {
  await askOverUdp('hello', server);
  await expect.poll(() => host.reported.map(({ kind }) => kind)).toContain('uppercase.reply');
  const [request, reply] = host.reported.filter(({ kind }) => kind !== 'uppercase.socket');
  expect(request).toMatchObject({ kind: 'uppercase.request', to: server, summary: 'hello' });
  expect(reply).toMatchObject({ from: server, to: request?.from, exchange: request?.exchange, summary: 'HELLO' });
});

test('SOCK-09 two processes on one host have two ports, and each message reaches the right one', async () => {
  const second = createTestHost({ name: 'second', suffix: '40.1' });
  const other = await startOn(program, second, { UPPERCASE_PORT: '12001' });
  try {
    await askOverUdp('for the first', server);
    await askOverUdp('for the second', { ...server, port: 12_001 });
    await askOverTcp('for the second', { ...server, port: 12_001 });
    expect(await running.state()).toMatchObject({ served: { udp: 1, tcp: 0 } });
    expect(await other.state()).toMatchObject({ served: { udp: 1, tcp: 1 } });
  } finally {
    await other.stop();
    await second.remove();
  }
});

test('SOCK-06 a datagram is delivered to exactly one of several sockets: by address and by port', async () => {
  const neighbours = [
    { suffix: '40.1', UPPERCASE_PORT: '12001' },
    { suffix: '40.2', UPPERCASE_PORT: '12000' },
  ].map(({ suffix, ...environment }) => ({ host: createTestHost({ name: 'neighbour', suffix }), environment }));
  const others = await Promise.all(neighbours.map((each) => startOn(program, each.host, each.environment)));
  try {
    await askOverUdp('hello', server);
    const served = await Promise.all([running, ...others].map((each) => each.state()));
    expect(served.map((state) => (state as { served: { udp: number } }).served.udp)).toEqual([1, 0, 0]);
  } finally {
    await Promise.all(others.map((other) => other.stop()));
    await Promise.all(neighbours.map((each) => each.host.remove()));
  }
});

test('ARC-14 address, port and protocol together name one process: a second one cannot have the same', async () => {
  const second = createTestHost({ name: 'second', suffix: '40.1' });
  await expect(startOn(program, second)).rejects.toThrow('EADDRINUSE');
  await second.remove();
  // The same number serves UDP and TCP: protocol and port are told apart together.
  expect((await askOverUdp('a', server)).octets.toString()).toBe('A');
  expect((await askOverTcp('b', server)).toString()).toBe('B');
  expect(await running.state()).toMatchObject({ served: { udp: 1, tcp: 1 } });
});

test('SOCK-22 after a client has connected there are the welcoming socket and one connection socket', async () => {
  const client = await openTcp(server);
  const connected: Endpoint = { address: client.localAddress ?? '', port: client.localPort ?? 0 };
  await expect.poll(() => inspect()).toHaveLength(3);
  expect(await inspect()).toEqual([
    { transport: 'udp', role: 'one for all clients', state: 'UNCONNECTED', local: server, remote: null },
    { transport: 'tcp', role: 'welcoming', state: 'LISTEN', local: server, remote: null },
    { transport: 'tcp', role: 'connection', state: 'ESTABLISHED', local: server, remote: connected },
  ]);
  client.destroy();
});

test('SOCK-31 the server closes the connection socket; the welcoming socket stays open for the next client', async () => {
  expect((await askOverTcp('first', server)).toString()).toBe('FIRST');
  await expect.poll(async () => (await inspect()).map(({ role }) => role)).not.toContain('connection');
  expect((await inspect()).map(({ state }) => state)).toContain('LISTEN');
  expect((await askOverTcp('second', server)).toString()).toBe('SECOND');
});

test('SOCK-33 the server tells each step of the figure, the connection socket between those of the welcoming socket', async () => {
  await askOverTcp('hello', server);
  await expect.poll(() => inspect()).toHaveLength(2);
  await running.stop();
  const figure = ['create', 'bind', 'listen', 'accept', 'recv', 'send', 'close', 'close'];
  await expect.poll(() => callsOf('tcp')).toEqual(figure);
  running = await startOn(program, host);
});

test('SOCK-32 the UDP server tells each step of the figure: one socket from its creation to its end', async () => {
  await askOverUdp('one', server);
  await askOverUdp('two', server);
  await running.stop();
  const figure = ['create', 'bind', 'recvfrom', 'sendto', 'recvfrom', 'sendto', 'close'];
  await expect.poll(() => callsOf('udp')).toEqual(figure);
  running = await startOn(program, host);
});

test('a client that connects and says nothing is let go after its time, and the others are served meanwhile', async () => {
  await running.stop();
  // The others get a second, too.
  running = await startOn(program, host, { TCP_IDLE_MS: '1000' });
  const silent = await openTcp(server);
  expect((await askOverTcp('hello', server)).toString()).toBe('HELLO');
  expect((await readAll(silent)).length).toBe(0);
});

test('a client that resets its connection does no harm', async () => {
  for (let i = 0; i < 20; i += 1) {
    const client = await openTcp(server);
    client.write('hello');
    client.resetAndDestroy();
  }
  expect((await askOverTcp('hello', server)).toString()).toBe('HELLO');
});

test('an empty datagram has an empty answer', async () => {
  expect((await askOverUdp('', server)).octets.length).toBe(0);
});

test('stopping frees the port at once, with connections open', async () => {
  const client = await openTcp(server);
  client.on('error', () => {});
  await running.stop();
  running = await startOn(program, host);
  expect((await askOverTcp('again', server)).toString()).toBe('AGAIN');
  client.destroy();
});
