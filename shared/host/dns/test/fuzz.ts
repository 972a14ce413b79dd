import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { Mutations } from '../../../dns/test/mutations.ts';
import type { Endpoint } from '../../../report.ts';

/** Hostile messages between two canaries: they and their answers fit into the buffers of the kernel. */
const BETWEEN_CANARIES = 64;
/** Hostile messages of one connection, which ends with the first that is no query; and connections between two canaries. */
const OF_CONNECTION = 2;
const CONNECTIONS_BETWEEN_CANARIES = 16;
/** Connections at once: fewer than a server takes of one address. */
const LANES = 16;
/** How long a canary may be without an answer before it is sent again, and until the server counts as dead, in milliseconds. */
const CANARY_MS = 1_000;
const CANARIES_MAX = 10;
const CANARY_ID = 0xca5e;
/** Addresses that connections are made from in turn. */
const NEIGHBOURS = 250;

/** What came of a run. */
export interface Fuzzed {
  readonly sent: number;
  readonly canaries: number;
  readonly answers: number;
}

/** Sends `count` hostile datagrams. @throws Error where the server does not answer a sensible query any more */
export async function fuzzUdp(server: Endpoint, canary: Uint8Array, count: number, from: string): Promise<Fuzzed> {
  const mutations = new Mutations(count);
  const socket = createSocket('udp4');
  let answers = 0;
  let onCanary = () => {};
  socket.on('error', () => {});
  socket.on('message', (octets) => {
    if (octets.length > 2 && octets.readUInt16BE(0) === CANARY_ID) onCanary();
    else answers += 1;
  });
  await new Promise<void>((resolve) => socket.bind(0, from, resolve));
  let canaries = 0;
  const fly = async () => {
    for (let left = CANARIES_MAX; left > 0; left -= 1) {
      canaries += 1;
      socket.send(withId(canary), server.port, server.address);
      const isAnswered = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), CANARY_MS);
        onCanary = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
      if (isAnswered) return;
    }
    throw new Error(`The server does not answer after ${answers} answers`);
  };
  try {
    for (let sent = 0; sent < count; sent += BETWEEN_CANARIES) {
      for (let left = Math.min(BETWEEN_CANARIES, count - sent); left > 0; left -= 1) {
        socket.send(mutations.next(), server.port, server.address);
      }
      await fly();
    }
    return { sent: count, canaries, answers };
  } finally {
    socket.close();
  }
}

/** Sends `count` hostile messages over connections, a new one after each that the server has cut. @throws Error as above */
export async function fuzzTcp(server: Endpoint, canary: Uint8Array, count: number, from: string): Promise<Fuzzed> {
  const mutations = new Mutations(count + 1);
  const connectionsMax = Math.ceil(count / OF_CONNECTION);
  let connections = 0;
  let answers = 0;
  let canaries = 0;
  const lane = async () => {
    while (connections < connectionsMax) {
      const number = connections++;
      const messages = Array.from({ length: OF_CONNECTION }, () => mutations.next());
      const octets = await converse(server, neighbour(from, number), messages);
      answers += octets;
      if (number % CONNECTIONS_BETWEEN_CANARIES > 0) continue;
      canaries += 1;
      if ((await converse(server, from, [withId(canary)])) === 0)
        throw new Error('The server does not answer over TCP');
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { sent: count, canaries, answers };
}

/** Sends messages over one connection and counts the octets of the answers, until the server or we have no more to say. */
function converse(server: Endpoint, from: string, messages: readonly Uint8Array[]): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect({ host: server.address, port: server.port, localAddress: from });
    let octets = 0;
    const frames = messages.map((message) => Buffer.from([message.length >> 8, message.length & 255, ...message]));
    socket.setTimeout(CANARY_MS * CANARIES_MAX, () => socket.destroy());
    socket.on('data', (data) => {
      octets += data.length;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(octets));
    socket.on('connect', () => socket.end(Buffer.concat(frames)));
  });
}

/** An address beside `from`: the ports of one are soon all waiting after so many connections. */
function neighbour(from: string, number: number): string {
  return `${from.slice(0, from.lastIndexOf('.'))}.${1 + (number % NEIGHBOURS)}`;
}

function withId(canary: Uint8Array): Uint8Array {
  return Uint8Array.of(CANARY_ID >> 8, CANARY_ID & 255, ...canary.subarray(2));
}
