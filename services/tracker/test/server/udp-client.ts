import { createSocket, type Socket } from 'node:dgram';
import type { AnnounceRequest } from '#shared/bittorrent/announce-request.ts';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { encodeUdpAnnounce, encodeUdpConnect } from '#shared/bittorrent/udp-tracker-request.ts';
import { decodeUdpResponse, type UdpTrackerResponse } from '#shared/bittorrent/udp-tracker-response.ts';
import type { Endpoint } from '#shared/report.ts';
import { requestFor } from '../announce-requests.ts';

/** How long an answer is waited for, in milliseconds: on one machine none is lost, and a busy one takes its time. */
const ANSWER_MS_MAX = 60_000;

/** A client of a tracker over UDP, one datagram at a time. */
export class UdpClient {
  readonly #socket: Socket;
  readonly #tracker: Endpoint;
  readonly #received: Uint8Array[] = [];
  #waiting: (() => void) | null = null;

  private constructor(socket: Socket, tracker: Endpoint) {
    this.#socket = socket;
    this.#tracker = tracker;
    socket.on('message', (octets) => {
      this.#received.push(octets);
      this.#waiting?.();
    });
  }

  static async open(address: string, tracker: Endpoint): Promise<UdpClient> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, address, resolve));
    return new UdpClient(socket, tracker);
  }

  get here(): Endpoint {
    const { address, port } = this.#socket.address();
    return { address, port };
  }

  send(octets: Uint8Array): void {
    this.#socket.send(octets, this.#tracker.port, this.#tracker.address);
  }

  /** The octets of the next answer. */
  async next(): Promise<Uint8Array> {
    const deadline = setTimeout(() => this.#waiting?.(), ANSWER_MS_MAX);
    if (this.#received.length === 0) await new Promise<void>((resolve) => (this.#waiting = resolve));
    clearTimeout(deadline);
    const octets = this.#received.shift();
    if (octets === undefined) throw new Error('the tracker does not answer');
    return octets;
  }

  async ask(octets: Uint8Array): Promise<UdpTrackerResponse> {
    this.send(octets);
    return decodeUdpResponse(await this.next(), 'IPv4');
  }

  async connect(transactionId = 1): Promise<bigint> {
    const answer = await this.ask(encodeUdpConnect(transactionId));
    if (answer.kind !== 'connect') throw new Error(`the tracker answers a connect with ${answer.kind}`);
    return answer.connectionId;
  }

  /** Connects and announces peer number `nth`. */
  async announce(nth: number, fields: Partial<AnnounceRequest> = {}): Promise<UdpTrackerResponse> {
    const connectionId = await this.connect();
    return this.ask(
      encodeUdpAnnounce({ connectionId, transactionId: 2 }, { request: requestOf(nth, fields), urlData: '' }),
    );
  }

  close(): void {
    this.#socket.close();
  }
}

export const INFO_HASH = octetsOfKey('\x00+%~ &=?#/\x7f\x80\xc3\x28\xff\xfeaZ09');

export function requestOf(nth: number, fields: Partial<AnnounceRequest> = {}): AnnounceRequest {
  return requestFor(INFO_HASH, nth, fields);
}
