/**
 * What a DNS server does with a datagram, whatever kind of socket it came from (udp-listener.ts, batched-udp-listener.ts):
 * a guard, the answers that may be given again, and the program itself for all others. One bad datagram costs its sender
 * an answer, and nobody else anything.
 */
import { decodeMessage } from '../../dns/decode-message.ts';
import { encodeMessage } from '../../dns/encode-message.ts';
import { isLabClient } from '../../dns/lab-client.ts';
import { HEADER_OCTETS, type Message, responseTo, udpLimitFor } from '../../dns/message.ts';
import { RCODE } from '../../dns/registry.ts';
import type { Endpoint } from '../../report.ts';
import type { Host } from '../host.ts';
import { wallClock } from '../wall-clock.ts';
import { AnswerCache, type KnownAnswer } from './answer-cache.ts';
import { encodeResponse } from './encode-response.ts';
import { type DnsRequest, type DnsResponse, type Repetition, type Respond, readRequest } from './request.ts';

/** Octets of a query over UDP, at most: more than any real one has, an update of a few dozen records included. */
export const QUERY_OCTETS_MAX = 4096;
/** Queries that may wait for their answers at once; a flood beyond it is dropped, as a full socket buffer would. */
export const IN_FLIGHT_MAX = 1_000;
/** Octets that the kernel may hold for the socket, so that a burst of queries waits instead of being lost. */
export const RECEIVE_BUFFER_OCTETS = 1024 * 1024;
/** Reports of a query and its answer. */
export const REPORTS_OF_EXCHANGE = 2;

export interface UdpCounters {
  queries: number;
  /** Datagrams without an answer: no DNS, a response, port 0, too many at once. */
  dropped: number;
}

/** What a socket needs of its host, and what the service does. */
export type SocketHost = Pick<Host, 'net'> & { readonly log: Pick<Host['log'], 'warn'> };
export type DatagramHost = Pick<Host, 'net' | 'log' | 'clock' | 'hasRoomForReports' | 'leaveOutReports'>;

/** Sends a datagram and says whether it went; `repetition`: when it may be sent again, where it may. */
export type SendDatagram = (
  octets: Uint8Array,
  to: Endpoint,
  gone: (isGone: boolean) => void,
  repetition?: Repetition,
) => void;

/** What a socket asks about its datagrams: of this thread's program, or in a worker thread of that in the main one. */
export interface UdpService {
  readonly here: Endpoint;
  readonly counters: Readonly<UdpCounters>;
  /** Whether a datagram of `length` octets from that port is looked at; `isOurs`: it claims to come from this socket. */
  admits(length: number, port: number, isOurs: boolean): boolean;
  /** Whether answers may be repeated at this moment: not while each query is reported, which takes the usual way. */
  mayRepeat(): boolean;
  /**
   * The answer to the admitted query in `octets` from `start` to `end`, where it was given before. The sender must be a
   * host of the lab, and `mayRepeat()` true.
   */
  repeat(octets: Buffer, start: number, end: number): KnownAnswer | undefined;
  /** Lets the program answer an admitted query. `datagram` is the service's from now on. */
  serve(datagram: Buffer, client: Endpoint, send: SendDatagram): void;
}

/** Whether a datagram can be a query: nothing can be sent to port 0, and what claims to be ours would be answered for ever. */
export function isAdmissible(length: number, port: number, isOurs: boolean): boolean {
  return port !== 0 && !isOurs && length >= HEADER_OCTETS && length <= QUERY_OCTETS_MAX;
}

export class DatagramService implements UdpService {
  readonly counters: UdpCounters = { queries: 0, dropped: 0 };
  readonly here: Endpoint;
  readonly #host: DatagramHost;
  readonly #respond: Respond;
  /** Null where worker threads keep the answers. */
  readonly #answers: AnswerCache | null;
  #inFlight = 0;

  constructor(here: Endpoint, respond: Respond, host: DatagramHost, isKeeping = true) {
    this.here = here;
    this.#respond = respond;
    this.#host = host;
    this.#answers = isKeeping ? new AnswerCache(() => host.clock.now()) : null;
  }

  admits(length: number, port: number, isOurs: boolean): boolean {
    if (isAdmissible(length, port, isOurs)) return true;
    this.counters.dropped += 1;
    return false;
  }

  mayRepeat(): boolean {
    return !this.#host.hasRoomForReports();
  }

  repeat(octets: Buffer, start: number, end: number): KnownAnswer | undefined {
    const known = this.#answers?.find(octets, start, end);
    if (known === undefined) return undefined;
    this.counters.queries += 1;
    this.#host.leaveOutReports(REPORTS_OF_EXCHANGE);
    return known;
  }

  serve(datagram: Buffer, client: Endpoint, send: SendDatagram): void {
    const arrived = { transport: 'udp', client, here: this.here } as const;
    const request = this.#inFlight < IN_FLIGHT_MAX ? readRequest(datagram, arrived) : undefined;
    if (request === undefined) {
      this.counters.dropped += 1;
      return;
    }
    this.counters.queries += 1;
    try {
      const response = this.#respond(request);
      if (response instanceof Promise) void this.#wait(request, response, send);
      else this.#send(request, response, send);
    } catch (error) {
      this.#fail(request, error, send);
    }
  }

  async #wait(request: DnsRequest, response: Promise<DnsResponse>, send: SendDatagram): Promise<void> {
    this.#inFlight += 1;
    try {
      this.#send(request, await response, send);
    } catch (error) {
      this.#fail(request, error, send);
    } finally {
      this.#inFlight -= 1;
    }
  }

  #send(request: DnsRequest, response: DnsResponse, send: SendDatagram): void {
    for (const message of response.messages) {
      const octets = encodeResponse(message, udpLimitFor(request.query), response.seal);
      const repetition = this.#isForMany(request, response) ? response.repetition : undefined;
      if (repetition !== undefined) this.#keep(request.octets, octets, repetition);
      const at = wallClock();
      const gone = (isGone: boolean) => {
        if (isGone) response.onSent?.(asSent(message, octets), octets, at);
      };
      send(octets, request.client, gone, repetition);
      return;
    }
  }

  /** Whether the response may go to other hosts of the lab at this moment. */
  #isForMany({ client }: DnsRequest, { repetition }: DnsResponse): boolean {
    return repetition !== undefined && this.mayRepeat() && isLabClient(client.address, this.#host.net);
  }

  #keep(octets: Uint8Array, answer: Uint8Array, repetition: Repetition): void {
    const query = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
    this.#answers?.keep(query, answer, repetition);
  }

  #fail(request: DnsRequest, error: unknown, send: SendDatagram): void {
    this.#host.log.error({ err: error }, 'a query could not be answered');
    send(encodeMessage(responseTo(request.query, { rcode: RCODE.SERVFAIL })), request.client, () => {});
  }
}

/** The message that went: where octets were left out, what the client will read. */
function asSent(message: Message, octets: Uint8Array): Message {
  const isTruncated = (octets[2]! & 0x02) !== 0;
  return isTruncated ? decodeMessage(octets) : message;
}
