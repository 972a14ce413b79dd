import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { type Message, responseTo } from '#shared/dns/message.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { encodeFrame, FrameReader } from '#shared/dns/stream.ts';
import { record } from '#shared/dns/test/records.ts';
import { TEST_NET } from '#shared/host/test-host.ts';

/** The zone file of a root that sends questions about evil to the forger, on 10.53.66.1. */
export const ROOT_ZONE = `$ORIGIN .
$TTL 1d
@ SOA a.root-servers.net. h. 1 1h 15m 1w 5m
@ NS a.root-servers.net.
a.root-servers.net. A 10.53.1.1
known. A 192.0.2.53
evil. NS ns.evil.
ns.evil. A 10.53.66.1
`;

/** A server of the zone evil that does over UDP what `forge` says, and answers truly over TCP. */
export class Forger {
  readonly seen: { id: number; port: number; qname: string; transport: 'udp' | 'tcp' }[] = [];
  forge: (query: Message, to: (reply: Message | Uint8Array) => void) => void = (query, to) => to(truth(query));
  readonly #udp: Socket = createSocket('udp4');
  readonly #tcp: Server;
  #isOpen = true;

  private constructor() {
    this.#udp.on('message', (octets, { port, address }) => {
      const query = decodeMessage(octets);
      this.#saw(query, port, 'udp');
      this.forge(query, (reply) => {
        // A forger that is still guessing when its time is over is cut short.
        if (this.#isOpen) this.#udp.send(reply instanceof Uint8Array ? reply : encodeMessage(reply), port, address);
      });
    });
    this.#tcp = createServer((socket) => {
      const frames = new FrameReader();
      socket.on('error', () => socket.destroy());
      socket.on('data', (octets: Buffer) => {
        for (const frame of frames.push(octets)) {
          const query = decodeMessage(frame);
          this.#saw(query, socket.remotePort ?? 0, 'tcp');
          socket.end(encodeFrame(encodeMessage(truth(query))));
        }
      });
    });
  }

  static async start(): Promise<Forger> {
    const forger = new Forger();
    await new Promise<void>((resolve) => forger.#udp.bind(53, `${TEST_NET}.66.1`, resolve));
    await new Promise<void>((resolve) => forger.#tcp.listen(53, `${TEST_NET}.66.1`, resolve));
    return forger;
  }

  async stop(): Promise<void> {
    this.#isOpen = false;
    await new Promise<void>((resolve) => this.#udp.close(() => resolve()));
    await new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
  }

  #saw(query: Message, port: number, transport: 'udp' | 'tcp'): void {
    this.seen.push({ id: query.id, port, qname: formatHostname(query.question[0]!.qname), transport });
  }
}

export const truth = (query: Message) => answer(query, '192.0.2.1');
export const lie = (query: Message) => answer(query, '6.6.6.6');

function answer(query: Message, address: string): Message {
  return responseTo(query, {
    aa: true,
    answer: [{ ...record(`x. 60 A ${address}`), owner: query.question[0]!.qname }],
  });
}
