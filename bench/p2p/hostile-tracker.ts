import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { mutateOctets } from '#shared/bittorrent/test/fuzz/mutate-octets.ts';
import { sampleAnswer, sampleUdpAnswer } from '#shared/bittorrent/test/fuzz/sample-octets.ts';
import { Random } from '#shared/http/test/fuzz/random.ts';

const PORT = 6_970;
const CHANGES_MAX = 4;
const TRANSACTION_AT = { request: 12, answer: 4 };

/** A tracker that answers whatever it is asked with hostile octets, over HTTP and over UDP. */
export class HostileTracker {
  readonly httpUrl: string;
  readonly udpUrl: string;
  readonly #http: Server;
  readonly #udp: Socket;
  readonly #random = new Random(1);
  #answers = 0;

  private constructor(address: string) {
    this.httpUrl = `http://${address}:${PORT}/announce`;
    this.udpUrl = `udp://${address}:${PORT}`;
    this.#http = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(this.#answer()));
    });
    this.#udp = createSocket('udp4', (datagram, from) => {
      if (datagram.length >= TRANSACTION_AT.request + 4)
        this.#udp.send(this.#datagram(datagram), from.port, from.address);
    });
  }

  static async start(address: string): Promise<HostileTracker> {
    const tracker = new HostileTracker(address);
    tracker.#http.listen(PORT, address);
    tracker.#udp.bind(PORT, address);
    await Promise.all([once(tracker.#http, 'listening'), once(tracker.#udp, 'listening')]);
    return tracker;
  }

  /** How often it was asked and answered. */
  get answers(): number {
    return this.#answers;
  }

  async stop(): Promise<void> {
    this.#udp.close();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  #answer(): Uint8Array {
    this.#answers += 1;
    const random = this.#random;
    const sample = sampleAnswer(random);
    const body = random.once(4) ? sample : mutateOctets(sample, random, CHANGES_MAX);
    const head = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`, 'latin1');
    return Buffer.concat([random.once(8) ? mutateOctets(head, random, 2) : head, body]);
  }

  #datagram(request: Buffer): Uint8Array {
    this.#answers += 1;
    const random = this.#random;
    const answer = Buffer.from(mutateOctets(sampleUdpAnswer(random), random, CHANGES_MAX));
    // Of another transaction it would not be looked at.
    if (answer.length >= TRANSACTION_AT.answer + 4 && !random.once(8))
      request.copy(answer, TRANSACTION_AT.answer, TRANSACTION_AT.request, TRANSACTION_AT.request + 4);
    return answer;
  }
}
