import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { allEnded, Capture, canCapture } from '#shared/host/test/kit/capture.ts';
import type { Ended } from '#shared/host/test/kit/child.ts';
import { hasProc, kernelSockets } from '#shared/host/test/kit/kernel-sockets.ts';
import type { Packet } from '#shared/host/test/kit/pcap.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import type { Endpoint } from '#shared/report.ts';
import { program } from '../../src/program.ts';
import { answerOf, canRun, fileOf, LANGUAGES, runClient } from '../kit/programs.ts';

/** One conversation of a real client program with the server, seen on the wire. */

const SENTENCE = 'hello 안녕';
const octetsOf = (text: string) => new Uint8Array(Buffer.from(text, 'utf8'));

let host: TestHost;
let running: Running;
let server: Endpoint;

beforeAll(async () => {
  host = createTestHost({ name: 'sockets', suffix: '40.4' });
  running = await startOn(program, host);
  server = { address: host.address, port: 12_000 };
});

afterAll(async () => {
  await running?.stop();
  await host?.remove();
});

function isEphemeral(port: number): boolean {
  const [low = 0, high = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/).map(Number);
  return port >= low && port <= high;
}

describe.each(LANGUAGES)('the UDP client in %s', (language) => {
  describe.runIf(canCapture && hasProc && canRun(language))('on the wire', () => {
    let client: Ended;
    let packets: readonly Packet[];
    let question: Packet;
    let reply: Packet;

    beforeAll(async () => {
      const capture = await Capture.start(`udp and host ${server.address}`);
      client = await runClient(language, 'udp', [server.address, String(server.port)], SENTENCE);
      packets = await capture.until('a question and its answer', ({ length }) => length >= 2);
      await capture.stop();
      [question, reply] = packets as [Packet, Packet];
    });

    test('SOCK-05 the destination address goes with each datagram: the server, port 12000', () => {
      expect(packets).toHaveLength(2);
      expect(question.to).toEqual(server);
    });

    test('SOCK-08 the destination address includes the IP address of the host', () => {
      expect(question.to.address).toBe(host.address);
      expect(reply.to.address).toBe(question.from.address);
    });

    test('SOCK-10 the packet carries a source, which no line of the client sets', () => {
      expect(question.from.port).not.toBe(0);
      expect(question.from.address).toMatch(/^127\./);
      expect(sourceOf(language, 'udp')).not.toMatch(/\bbind\(/);
    });

    test('SOCK-12 the client binds nothing: the operating system chose its port, and the protocol is UDP', () => {
      expect(question.protocol).toBe('udp');
      expect(isEphemeral(question.from.port)).toBe(true);
    });

    test('SOCK-14 the octets on the wire are the UTF-8 of the line', () => {
      expect(question.payload).toEqual(octetsOf(SENTENCE));
    });

    test('SOCK-18 the server answers to the address that the packet came from', () => {
      expect(reply.to).toEqual(question.from);
      expect(reply.from).toEqual(server);
      expect(reply.payload).toEqual(octetsOf('HELLO 안녕'));
    });

    test('SOCK-16 the client prints the answer and closes its socket: it is gone', () => {
      expect(client.code).toBe(0);
      expect(answerOf(client)).toBe('HELLO 안녕');
      const open = kernelSockets('udp').filter(({ local }) => local.port === question.from.port);
      expect(open.filter(({ local }) => local.address === '0.0.0.0')).toEqual([]);
    });
  });
});

describe.each(LANGUAGES)('the TCP client in %s', (language) => {
  describe.runIf(canCapture && hasProc && canRun(language))('on the wire', () => {
    let client: Ended;
    let packets: readonly Packet[];
    let handshake: readonly [Packet, Packet, Packet];
    let fromClient: readonly Packet[];

    beforeAll(async () => {
      const capture = await Capture.start(`tcp and host ${server.address}`);
      client = await runClient(language, 'tcp', [server.address, String(server.port)], SENTENCE);
      packets = await capture.until('the end of the connection', allEnded);
      await capture.stop();
      handshake = packets.slice(0, 3) as [Packet, Packet, Packet];
      fromClient = packets.filter(({ to }) => to.port === server.port);
    });

    test('SOCK-19 first the connection is set up between the two addresses, then octets are written', () => {
      const ends = [handshake[0].from, server];
      expect(packets.every(({ from, to }) => [from, to].every((end) => ends.some((one) => sameEnd(one, end))))).toBe(
        true,
      );
      expect(packets.findIndex(({ payload }) => payload.length > 0)).toBeGreaterThanOrEqual(3);
      expect(answerOf(client)).toBe('HELLO 안녕');
    });

    test('SOCK-24 connect starts the connection to the server, port 12000, over TCP', () => {
      expect(handshake[0]).toMatchObject({ protocol: 'tcp', flags: ['SYN'], to: server });
    });

    test('SOCK-20 the first segment goes to the address of the welcoming socket', () => {
      expect(handshake[0].to).toEqual(server);
      expect(kernelSockets('tcp')).toContainEqual(expect.objectContaining({ local: server, state: 'LISTEN' }));
    });

    test('SOCK-21 one call of the program is three segments on the wire', () => {
      expect(handshake.map(({ flags }) => flags)).toEqual([['SYN'], ['SYN', 'ACK'], ['ACK']]);
      expect(handshake.map(({ from }) => sameEnd(from, server))).toEqual([false, true, false]);
      expect(sourceOf(language, 'tcp').match(/socket\.connect\(/g)).toHaveLength(1);
    });

    test('SOCK-25 no address is given with what is sent, and the wire has it all the same', () => {
      const [sent] = sourceOf(language, 'tcp').match(/socket\.(send|write)\(.*/g) ?? [];
      expect(sent).toBeDefined();
      expect(sent).not.toMatch(/\b(host|port|remote_address|address)\b(?!:)/);
      const data = fromClient.filter(({ payload }) => payload.length > 0);
      expect(data.map(({ to }) => to)).toEqual([server]);
      expect(data[0]?.payload).toEqual(octetsOf(SENTENCE));
    });

    test('SOCK-27 by close the client has its TCP send a message to that of the server: FIN', () => {
      expect(fromClient.filter(({ flags }) => flags.includes('FIN'))).toHaveLength(1);
    });

    test('ERR-08 12000 is the port of the server: the client has another, which the operating system chose', () => {
      expect(handshake[0].to.port).toBe(12_000);
      expect(handshake[0].from.port).not.toBe(12_000);
      expect(isEphemeral(handshake[0].from.port)).toBe(true);
    });
  });
});

function sourceOf(language: 'python' | 'typescript', transport: 'udp' | 'tcp'): string {
  const path = language === 'python' ? `python/${transport}_client.py` : `src/client/${transport}-client.ts`;
  return readFileSync(fileOf(path), 'utf8');
}

function sameEnd(one: Endpoint, other: Endpoint): boolean {
  return one.address === other.address && one.port === other.port;
}
