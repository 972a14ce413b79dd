/**
 * DNS over UDP with system calls for many datagrams at once (libc-sockets.ts). The socket is Node's like any other, and
 * says when something has come; what else has come by then is taken and answered together.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isLabClient, OWN_MACHINE } from '../../dns/lab-client.ts';
import type { Endpoint } from '../../report.ts';
import { ANSWER_OCTETS_MAX, type KnownAnswer } from './answer-cache.ts';
import {
  QUERY_OCTETS_MAX,
  RECEIVE_BUFFER_OCTETS,
  type SocketHost,
  type UdpCounters,
  type UdpService,
} from './datagram-service.ts';
import { addressWord, type DatagramBatch, type LibcSockets } from './libc-sockets.ts';

/** Datagrams taken at once, and how often in a row, before everything else of the program has its turn. */
const BATCH_MAX = 64;
const BATCHES_IN_A_ROW_MAX = 16;

export class BatchedUdpListener {
  readonly #host: SocketHost;
  readonly #service: UdpService;
  readonly #isOneOfMany: boolean;
  readonly #libc: LibcSockets;
  readonly #queries: DatagramBatch;
  readonly #answers: DatagramBatch;
  /** The addresses of ourselves and of the machine, and the first half of all of the lab's, as numbers. */
  readonly #ownWord: number;
  readonly #machineWord: number;
  readonly #netHalf: number;
  #socket: Socket | undefined;
  #fd = -1;
  /** Answers of the batch in work that are to go. */
  #ready = 0;

  /** @param isOneOfMany whether others listen on the same address and port, and the kernel deals datagrams out to all */
  constructor(service: UdpService, host: SocketHost, libc: LibcSockets, isOneOfMany = false) {
    const { here } = service;
    this.#host = host;
    this.#service = service;
    this.#isOneOfMany = isOneOfMany;
    this.#libc = libc;
    this.#queries = libc.openBatch(BATCH_MAX, QUERY_OCTETS_MAX);
    this.#answers = libc.openBatch(BATCH_MAX, ANSWER_OCTETS_MAX);
    this.#ownWord = addressWord(here.address);
    this.#machineWord = isLabClient(OWN_MACHINE, host.net) ? addressWord(OWN_MACHINE) : this.#ownWord;
    this.#netHalf = addressWord(host.net);
  }

  get counters(): Readonly<UdpCounters> {
    return this.#service.counters;
  }

  async start(): Promise<void> {
    const { here } = this.#service;
    const fd = this.#libc.bindUdp(here, this.#isOneOfMany);
    if (fd === undefined) {
      const refused = Object.assign(new Error(`Cannot bind UDP ${here.address}:${here.port}`), { code: 'EADDRINUSE' });
      throw Object.assign(refused, here);
    }
    const socket = createSocket('udp4');
    this.#socket = socket;
    this.#fd = fd;
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ fd }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    socket.setRecvBufferSize(RECEIVE_BUFFER_OCTETS);
    socket.on('error', (error) => this.#host.log.warn(`DNS over UDP: ${error.message}`));
    socket.on('message', (datagram, sender) => this.#onMessage(datagram, sender));
  }

  stop(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    return socket === undefined ? Promise.resolve() : new Promise((resolve) => socket.close(() => resolve()));
  }

  #onMessage(datagram: Buffer, sender: RemoteInfo): void {
    // One that is too long for a slot is none for the service either.
    const first = datagram.length <= QUERY_OCTETS_MAX ? 1 : 0;
    if (first === 1) this.#queries.putFirst(datagram, sender);
    else this.#service.admits(datagram.length, sender.port, false);
    let taken = this.#queries.receive(this.#fd, first);
    this.#answerBatch(first + taken);
    for (let left = BATCHES_IN_A_ROW_MAX; left > 0 && taken >= BATCH_MAX - 1 && this.#socket !== undefined; left -= 1) {
      taken = this.#queries.receive(this.#fd, 0);
      this.#answerBatch(taken);
    }
  }

  #answerBatch(count: number): void {
    const mayRepeat = this.#service.mayRepeat();
    for (let slot = 0; slot < count; slot += 1) this.#answerOne(slot, mayRepeat);
    const ready = this.#ready;
    this.#ready = 0;
    const gone = ready === 0 ? 0 : this.#answers.send(this.#fd, ready);
    // The kernel's buffer is full: Node waits until it is not.
    for (let slot = gone; slot < ready; slot += 1) {
      const at = slot * ANSWER_OCTETS_MAX;
      const octets = Buffer.from(this.#answers.octets.subarray(at, at + this.#answers.sentLengthOf(slot)));
      this.reply(octets, this.#answers.endpointOf(slot), () => {});
    }
  }

  #answerOne(slot: number, mayRepeat: boolean): void {
    const queries = this.#queries;
    const [length, port, address] = [queries.lengthOf(slot), queries.portOf(slot), queries.addressOf(slot)];
    const isOurs = address === this.#ownWord && port === this.#service.here.port;
    if (!this.#service.admits(length, port, isOurs)) return;
    const start = slot * QUERY_OCTETS_MAX;
    const isOfLab = (address & 0xffff) === this.#netHalf || address === this.#machineWord;
    const known = isOfLab && mayRepeat ? this.#service.repeat(queries.octets, start, start + length) : undefined;
    if (known !== undefined) {
      this.#putKnown(known, slot);
      return;
    }
    const datagram = Buffer.from(queries.octets.subarray(start, start + length));
    let isNow = true;
    this.#service.serve(datagram, queries.endpointOf(slot), (octets, to, gone) => {
      // What is answered at once goes with the others of the batch.
      if (isNow && octets.length <= ANSWER_OCTETS_MAX) this.#putFound(octets, slot, gone);
      else this.reply(octets, to, gone);
    });
    isNow = false;
  }

  /** The known answer with the id of the query in `slot`. */
  #putKnown({ octets, start, length }: KnownAnswer, slot: number): void {
    const at = this.#ready * ANSWER_OCTETS_MAX;
    const query = slot * QUERY_OCTETS_MAX;
    octets.copy(this.#answers.octets, at, start, start + length);
    this.#answers.octets[at] = this.#queries.octets[query]!;
    this.#answers.octets[at + 1] = this.#queries.octets[query + 1]!;
    this.#answers.address(this.#ready, length, this.#queries, slot);
    this.#ready += 1;
  }

  #putFound(octets: Uint8Array, slot: number, gone: (isGone: boolean) => void): void {
    this.#answers.octets.set(octets, this.#ready * ANSWER_OCTETS_MAX);
    this.#answers.address(this.#ready, octets.length, this.#queries, slot);
    this.#ready += 1;
    gone(true);
  }

  /** Sends one datagram, whenever. */
  readonly reply = (octets: Uint8Array, to: Endpoint, gone: (isGone: boolean) => void): void => {
    this.#socket?.send(octets, to.port, to.address, (error) => gone(error === null));
  };
}
