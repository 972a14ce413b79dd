/**
 * DNS over UDP: dns2's server class behind a guard of ours, which reads and writes the octets by our codec (the reasons
 * are in docs/decisions). One bad datagram costs its sender an answer, and nobody else anything.
 */
import type { RemoteInfo } from 'node:dgram';
import { UDPServer } from 'dns2';
import type { Logger } from 'pino';
import { decodeMessage } from '../../dns/decode-message.ts';
import { encodeMessage } from '../../dns/encode-message.ts';
import { HEADER_OCTETS, type Message, responseTo, udpLimitFor } from '../../dns/message.ts';
import { RCODE } from '../../dns/registry.ts';
import type { Endpoint } from '../../report.ts';
import { wallClock } from '../wall-clock.ts';
import { type DnsRequest, type DnsResponse, type Respond, readRequest } from './request.ts';

/** Octets of a query over UDP, at most: more than any real one has, an update of a few dozen records included. */
const QUERY_OCTETS_MAX = 4096;
/** Queries that may wait for their answers at once; a flood beyond it is dropped, as a full socket buffer would. */
const IN_FLIGHT_MAX = 1_000;
/** Octets that the kernel may hold for the socket, so that a burst of queries waits instead of being lost. */
const RECEIVE_BUFFER_OCTETS = 1024 * 1024;

export interface UdpCounters {
  queries: number;
  /** Datagrams without an answer: no DNS, a response, port 0, too many at once. */
  dropped: number;
}

export class UdpListener extends UDPServer {
  readonly counters: UdpCounters = { queries: 0, dropped: 0 };
  readonly #here: Endpoint;
  readonly #respond: Respond;
  readonly #log: Logger;
  #inFlight = 0;
  #open = true;

  constructor(here: Endpoint, respond: Respond, log: Logger) {
    super({ type: 'udp4' });
    this.#here = here;
    this.#respond = respond;
    this.#log = log;
  }

  /** Binds the socket. Rejects where the address is taken, which dns2's own `listen` does not. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.once('error', reject);
      this.bind(this.#here.port, this.#here.address, () => {
        this.off('error', reject);
        this.setRecvBufferSize(RECEIVE_BUFFER_OCTETS);
        this.on('error', (error: Error) => this.#log.warn(`DNS over UDP: ${error.message}`));
        resolve();
      });
    });
  }

  stop(): Promise<void> {
    if (!this.#open) return Promise.resolve();
    this.#open = false;
    return new Promise((resolve) => this.close(() => resolve()));
  }

  override handle(datagram: Buffer, sender: RemoteInfo): void {
    const request = this.#accept(datagram, sender);
    if (request === undefined) {
      this.counters.dropped += 1;
      return;
    }
    this.counters.queries += 1;
    void this.#answer(request, sender);
  }

  #accept(datagram: Buffer, sender: RemoteInfo): DnsRequest | undefined {
    // Nothing can be sent to port 0, and what claims to come from ourselves would be answered for ever.
    const isOurselves = sender.port === this.#here.port && sender.address === this.#here.address;
    if (sender.port === 0 || isOurselves) return undefined;
    if (datagram.length < HEADER_OCTETS || datagram.length > QUERY_OCTETS_MAX) return undefined;
    if (this.#inFlight >= IN_FLIGHT_MAX) return undefined;
    const client = { address: sender.address, port: sender.port };
    return readRequest(datagram, { transport: 'udp', client, here: this.#here });
  }

  async #answer(request: DnsRequest, sender: RemoteInfo): Promise<void> {
    this.#inFlight += 1;
    try {
      await this.#send(request, sender, await this.#respond(request));
    } catch (error) {
      this.#log.error({ err: error }, 'a query could not be answered');
      const failure = responseTo(request.query, { rcode: RCODE.SERVFAIL });
      await this.#send(request, sender, { messages: [failure] }).catch(() => {});
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #send(request: DnsRequest, sender: RemoteInfo, response: DnsResponse): Promise<void> {
    for (const message of response.messages) {
      const octets = encodeMessage(message, udpLimitFor(request.query));
      if (!this.#open) return;
      // The network may refuse a datagram (no route, a full buffer): the client will ask again.
      const at = wallClock();
      const gone = await this.response(sender, Buffer.from(octets.buffer)).then(
        () => true,
        () => false,
      );
      if (gone) response.onSent?.(asSent(message, octets), octets, at);
      return;
    }
  }
}

/** The message that went: where octets were left out, what the client will read. */
function asSent(message: Message, octets: Uint8Array): Message {
  const isTruncated = (octets[2]! & 0x02) !== 0;
  return isTruncated ? decodeMessage(octets) : message;
}
