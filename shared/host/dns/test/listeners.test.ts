import { createSocket, type Socket } from 'node:dgram';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { decodeMessage } from '../../../dns/decode-message.ts';
import { type Message, responseTo } from '../../../dns/message.ts';
import { RCODE } from '../../../dns/registry.ts';
import { encodeFrame, FrameReader } from '../../../dns/stream.ts';
import { record } from '../../../dns/test/records.ts';
import { createTestHost, type TestHost } from '../../test-host.ts';
import { DatagramService } from '../datagram-service.ts';
import { type DnsListeners, listenDns } from '../listen.ts';
import type { DnsRequest, DnsResponse } from '../request.ts';
import { UdpListener } from '../udp-listener.ts';
import { ask, octetsNamed } from './dns-client.ts';

let host: TestHost;
let listeners: DnsListeners;
let requests: DnsRequest[];

/** Answers `big` with 100 addresses, fails at `fail`, and answers everything else with one. */
async function respond(request: DnsRequest): Promise<DnsResponse> {
  requests.push(request);
  if (request.violation !== null) return { messages: [responseTo(request.query, { rcode: RCODE.FORMERR })] };
  const name = request.query.question[0]!.qname[0];
  if (name === 'fail') throw new Error('a fault of the program');
  const count = name === 'big' ? 100 : 1;
  const answer = Array.from({ length: count }, (_, at) => record(`${name}. 1 A 192.0.2.${at}`));
  return { messages: [responseTo(request.query, { answer })] };
}

beforeEach(async () => {
  requests = [];
  host = createTestHost({ name: 'dns', suffix: '70.1' });
  listeners = await listenDns(host, respond);
});

afterEach(async () => {
  await listeners.stop();
  await host.remove();
});

const server = () => host.endpoint(53);

describe('over UDP', () => {
  test('an answer that is too large is truncated, and complete over TCP', async () => {
    expect(await ask(server(), 'big A', { edns: null })).toMatchObject({ tc: true, answer: [], edns: null });
    expect(await ask(server(), 'big A')).toMatchObject({ tc: true, answer: [], edns: { version: 0 } });
    expect((await ask(server(), 'big A', { transport: 'tcp' })).answer.length).toBe(100);
  });

  test('responses, short datagrams and large ones are dropped, and what cannot be read is FORMERR', async () => {
    const socket = createSocket('udp4');
    const response = Uint8Array.from(octetsNamed('www A'));
    response[2] = 0x80;
    const garbage = Uint8Array.from([...octetsNamed('www A'), 1, 2, 3]);
    const first = nextDatagram(socket);
    for (const datagram of [response, Uint8Array.from([1, 2, 3]), new Uint8Array(5000), garbage]) {
      socket.send(datagram, 53, host.address);
    }
    const answer = decodeMessage(await first);
    expect(answer).toMatchObject({ qr: true, rcode: RCODE.FORMERR, question: [] });
    expect(requests.length).toBe(1);
    expect(listeners.counters()).toMatchObject({ udpQueries: 1, udpDropped: 3 });
    socket.close();
  });

  test('a datagram from port 0, or from the server itself, gets no answer and does no harm', async () => {
    const udp = new UdpListener(new DatagramService({ address: host.address, port: 5300 }, respond, host), host);
    const datagram = Buffer.from(octetsNamed('www A'));
    const size = datagram.length;
    await udp.start();
    udp.handle(datagram, { address: '127.0.0.1', family: 'IPv4', port: 0, size });
    udp.handle(datagram, { address: host.address, family: 'IPv4', port: 5300, size });
    await udp.stop();
    expect(requests.length).toBe(0);
    expect(udp.counters.dropped).toBe(2);
  });

  test('a failure inside of the program is SERVFAIL to the client, and the next query is answered', async () => {
    expect((await ask(server(), 'fail A')).rcode).toBe(RCODE.SERVFAIL);
    expect((await ask(server(), 'fail A', { transport: 'tcp' })).rcode).toBe(RCODE.SERVFAIL);
    expect((await ask(server(), 'www A')).answer.length).toBe(1);
  });

  test('an address that is taken is said at once', async () => {
    await expect(listenDns(host, respond)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('over TCP', () => {
  test('queries sent one after another are all answered, also when the client ends its side', async () => {
    const replies = await converse([
      encodeFrame(octetsNamed('a A')),
      encodeFrame(octetsNamed('b A')),
      encodeFrame(octetsNamed('c A')),
    ]);
    expect(replies.map((reply) => reply.question[0]!.qname[0]).sort()).toEqual(['a', 'b', 'c']);
  });

  test('a query that comes octet by octet is answered', async () => {
    const octets = [...encodeFrame(octetsNamed('slow A'))].map((octet) => Uint8Array.from([octet]));
    expect((await converse(octets)).length).toBe(1);
  });

  test('what is no query ends the connection', async () => {
    const response = Uint8Array.from(octetsNamed('www A'));
    response[2] = 0x80;
    expect(await converse([encodeFrame(response)])).toEqual([]);
    expect(await converse([encodeFrame(new Uint8Array(3))])).toEqual([]);
  });

  test.each([
    ['silent', 0, 10_000],
    ['in the middle of a message', 5, 5_000],
  ])('a client that falls %s is cut off', async (_how, octets, afterMs) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const socket = connect({ host: host.address, port: 53 });
      const closed = new Promise<void>((resolve) => socket.on('error', () => {}).on('close', () => resolve()));
      await new Promise((resolve) => socket.write(encodeFrame(octetsNamed('www A')).subarray(0, octets), resolve));
      for (let turn = 0; turn < 100 || listeners.counters().tcpConnections === 0; turn += 1) await immediately();
      vi.advanceTimersByTime(afterMs - 1);
      await immediately();
      expect(listeners.counters().tcpConnections).toBe(1);
      vi.advanceTimersByTime(1);
      await closed;
    } finally {
      vi.useRealTimers();
    }
  });

  test('connections beyond the limit of one address are closed at once', async () => {
    const sockets = Array.from({ length: 50 }, () => connect({ host: host.address, port: 53 }));
    const closed = sockets.map(
      (socket) => new Promise<void>((resolve) => socket.on('error', () => {}).on('close', () => resolve())),
    );
    await Promise.race(closed);
    await expect.poll(() => listeners.counters().tcpConnections).toBe(40);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => listeners.counters().tcpConnections).toBe(0);
    expect((await ask(server(), 'www A', { transport: 'tcp' })).answer.length).toBe(1);
  });
});

/** Writes `pieces` one by one, ends, and returns the replies that came until the server closed. */
function converse(pieces: readonly Uint8Array[]): Promise<Message[]> {
  return new Promise((resolve) => {
    const replies: Message[] = [];
    const frames = new FrameReader();
    const socket = connect({ host: host.address, port: 53, noDelay: true }, async () => {
      for (const piece of pieces) await new Promise((written) => socket.write(piece, written));
      socket.end();
    });
    socket.on('data', (octets) => replies.push(...frames.push(octets as Buffer).map(decodeMessage)));
    socket.on('error', () => {});
    socket.on('close', () => resolve(replies));
  });
}

function nextDatagram(socket: Socket): Promise<Uint8Array> {
  return new Promise((resolve) => socket.once('message', resolve));
}

function immediately(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
