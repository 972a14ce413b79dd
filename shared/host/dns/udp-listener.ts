/**
 * DNS over UDP: dns2's server class behind a guard of ours, which reads and writes the octets by our codec (the reasons
 * are in docs/decisions).
 */
import type { RemoteInfo, SocketOptions } from 'node:dgram';
import { isLabClient } from '../../dns/lab-client.ts';
import type { Endpoint } from '../../report.ts';
import type { KnownAnswer } from './answer-cache.ts';
import { RECEIVE_BUFFER_OCTETS, type SocketHost, type UdpCounters, type UdpService } from './datagram-service.ts';
import { UDPServer } from './dns2-servers.ts';

/** Clients are known by their addresses: nothing has to be looked up before an answer goes. */
const SOCKET: SocketOptions = {
  type: 'udp4',
  lookup: (address, _options, found) => found(null, address, 4),
};

export class UdpListener extends UDPServer {
  readonly #host: SocketHost;
  readonly #service: UdpService;
  #open = true;

  /** @param isOneOfMany whether others listen on the same address and port, and the kernel deals datagrams out to all */
  constructor(service: UdpService, host: SocketHost, isOneOfMany = false) {
    // dns2 hands its `type` on to dgram, which takes options there too.
    super({ type: { ...SOCKET, reusePort: isOneOfMany } as never });
    this.#host = host;
    this.#service = service;
  }

  get counters(): Readonly<UdpCounters> {
    return this.#service.counters;
  }

  /** Binds the socket. Rejects where the address is taken, which dns2's own `listen` does not. */
  start(): Promise<void> {
    const { address, port } = this.#service.here;
    return new Promise((resolve, reject) => {
      this.once('error', reject);
      this.bind(port, address, () => {
        this.off('error', reject);
        this.setRecvBufferSize(RECEIVE_BUFFER_OCTETS);
        this.on('error', (error: Error) => this.#host.log.warn(`DNS over UDP: ${error.message}`));
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
    const { here } = this.#service;
    const isOurs = sender.port === here.port && sender.address === here.address;
    if (!this.#service.admits(datagram.length, sender.port, isOurs)) return;
    if (this.#service.mayRepeat() && isLabClient(sender.address, this.#host.net)) {
      const known = this.#service.repeat(datagram, 0, datagram.length);
      if (known !== undefined) {
        this.#sendAgain(known, datagram, sender);
        return;
      }
    }
    this.#service.serve(datagram, { address: sender.address, port: sender.port }, this.reply);
  }

  /** Sends the known answer with the id of `query`; the datagram is dns2's no longer, and may be written over. */
  #sendAgain(known: KnownAnswer, query: Buffer, { address, port }: RemoteInfo): void {
    const octets = Buffer.allocUnsafe(known.length);
    known.octets.copy(octets, 0, known.start, known.start + known.length);
    octets[0] = query[0]!;
    octets[1] = query[1]!;
    // Without a function to call back a refusal of the network is passed over: the client will ask again.
    this.send(octets, port, address);
  }

  /** The network may refuse a datagram (no route, a full buffer): the client will ask again. */
  readonly reply = (octets: Uint8Array, to: Endpoint, gone: (isGone: boolean) => void): void => {
    if (this.#open) this.send(octets, to.port, to.address, (error) => gone(error === null));
  };
}
