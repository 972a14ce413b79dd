import { createHmac, randomBytes } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { type AddressFamily, familyOf } from '#shared/bittorrent/compact-peers.ts';
import {
  decodeUdpAnnounce,
  decodeUdpHead,
  decodeUdpScrape,
  exchangeOfTransaction,
  UDP_ACTION,
  UDP_PROTOCOL_ID,
  type UdpHead,
} from '#shared/bittorrent/udp-tracker-request.ts';
import { encodeUdpResponse, type UdpTrackerResponse, udpPeersMax } from '#shared/bittorrent/udp-tracker-response.ts';
import type { Host } from '#shared/host/host.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import type { Endpoint } from '#shared/report.ts';
import { connectionIdFor, isConnectionId, type Mac } from '../protocol/connection-ids.ts';
import type { Carrier } from '../protocol/peer-choice.ts';
import type { AnnounceOutcome } from '../protocol/swarms.ts';
import { type Conversation, connectReport, connectResponseReport } from '../reports.ts';
import type { AnnounceDesk } from './announce-desk.ts';

/** Octets of the secret that signs connection ids. */
const SECRET_OCTETS = 32;
/** Octets of answers that may wait for the network; what is more is not sent, and the client asks again. */
const SEND_QUEUE_OCTETS_MAX = 1024 * 1024;
/** Octets of requests that may wait for us, where the kernel allows it: some thousand announces. */
const RECEIVE_BUFFER_OCTETS = 1024 * 1024;
const NOT_CONNECTED = 'connect first: the id is not yours or too old';

export interface UdpTracker {
  readonly counters: Readonly<UdpCounters>;
  close(): Promise<void>;
}

export interface UdpCounters {
  connects: number;
  /** Datagrams that nothing was answered to. */
  dropped: number;
}

/** The tracker over UDP (BEP 15). */
export async function listenUdp(desk: AnnounceDesk, port: number): Promise<UdpTracker> {
  const { host } = desk;
  const family = familyOf(host.address);
  const socket = createSocket({ type: family === 'IPv6' ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER_OCTETS });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host.address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  socket.on('error', (error) => host.log.warn(`The tracker over UDP: ${error.message}`));
  const clerk = new UdpClerk(desk, { address: host.address, port }, family);
  socket.on('message', (datagram, sender) => reply(socket, clerk, datagram, sender));
  return {
    counters: clerk.counters,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function reply(socket: Socket, clerk: UdpClerk, datagram: Uint8Array, sender: RemoteInfo): void {
  // RFC 768 lets a datagram say that it has no source port: nothing can be sent to 0.
  if (sender.port === 0) return;
  const answer = clerk.answer(datagram, { address: sender.address, port: sender.port });
  if (answer === null || socket.getSendQueueSize() > SEND_QUEUE_OCTETS_MAX) return;
  // The network may refuse a datagram: the client will ask again.
  socket.send(answer, sender.port, sender.address, () => {});
}

/** Answers datagrams: to an address that is not proved nothing that is longer than what came from there. */
class UdpClerk {
  readonly counters: UdpCounters = { connects: 0, dropped: 0 };
  readonly #desk: AnnounceDesk;
  readonly #host: Host;
  readonly #here: Endpoint;
  readonly #carrier: Carrier & { readonly family: AddressFamily };
  readonly #mac: Mac;

  constructor(desk: AnnounceDesk, here: Endpoint, family: AddressFamily) {
    const secret = randomBytes(SECRET_OCTETS);
    this.#desk = desk;
    this.#host = desk.host;
    this.#here = here;
    this.#carrier = { family, peersMax: udpPeersMax(family) };
    this.#mac = (octets) => createHmac('sha256', secret).update(octets).digest();
  }

  answer(datagram: Uint8Array, peer: Endpoint): Uint8Array | null {
    const head = headOf(datagram);
    const response = head === null ? null : this.#respond(head, datagram, peer);
    const octets = response === null ? null : encodeUdpResponse(response, this.#carrier.family);
    if (octets === null) this.counters.dropped += 1;
    else this.#desk.counters.sentBytes += octets.length;
    return octets;
  }

  #respond(head: UdpHead, datagram: Uint8Array, peer: Endpoint): UdpTrackerResponse | null {
    const { action, connectionId, transactionId } = head;
    const exchange = exchangeOfTransaction(peer, transactionId);
    const conversation: Conversation = { transport: 'udp', exchange, peer, tracker: this.#here };
    if (action === UDP_ACTION.connect) {
      return connectionId === UDP_PROTOCOL_ID ? this.#connect(conversation, transactionId) : null;
    }
    if (!isConnectionId(connectionId, peer, this.#host.clock.now(), this.#mac)) {
      this.#desk.refuse(conversation, NOT_CONNECTED);
      return errorWithin(datagram.length, transactionId, NOT_CONNECTED);
    }
    if (action === UDP_ACTION.announce) return this.#announce(conversation, transactionId, datagram);
    if (action === UDP_ACTION.scrape) return this.#scrape(conversation, transactionId, datagram);
    const message = `the action ${action} is unknown`;
    this.#desk.refuse(conversation, message);
    return { kind: 'error', transactionId, message };
  }

  #connect(conversation: Conversation, transactionId: number): UdpTrackerResponse {
    const connectionId = connectionIdFor(conversation.peer, this.#host.clock.now(), this.#mac);
    this.counters.connects += 1;
    this.#host.report(() => connectReport(conversation, transactionId));
    this.#host.report(() => connectResponseReport(conversation, connectionId));
    return { kind: 'connect', transactionId, connectionId };
  }

  #announce(conversation: Conversation, transactionId: number, datagram: Uint8Array): UdpTrackerResponse {
    try {
      const { request, urlData } = decodeUdpAnnounce(datagram);
      const outcome = this.#desk.announce(conversation, request, this.#carrier, urlData);
      return announceResponse(transactionId, outcome, this.#carrier.family);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#desk.refuse(conversation, error.message);
      return { kind: 'error', transactionId, message: error.message };
    }
  }

  #scrape(conversation: Conversation, transactionId: number, datagram: Uint8Array): UdpTrackerResponse {
    const torrents = this.#desk.scrape(conversation, decodeUdpScrape(datagram)).map((torrent) => ({
      seeders: torrent?.complete ?? 0,
      completed: torrent?.downloaded ?? 0,
      leechers: torrent?.incomplete ?? 0,
    }));
    return { kind: 'scrape', transactionId, torrents };
  }
}

/** What has no whole head is nobody's question. */
function headOf(datagram: Uint8Array): UdpHead | null {
  try {
    return decodeUdpHead(datagram);
  } catch (error) {
    if (error instanceof ProtocolViolation) return null;
    throw error;
  }
}

function announceResponse(transactionId: number, outcome: AnnounceOutcome, family: AddressFamily): UdpTrackerResponse {
  if (outcome.kind === 'refused') return { kind: 'error', transactionId, message: outcome.reason };
  const { intervalS, incomplete, complete, peers } = outcome.response;
  return {
    kind: 'announce',
    transactionId,
    intervalS,
    leechers: incomplete ?? 0,
    seeders: complete ?? 0,
    // The answer of a moment ago may have been one over HTTP.
    peers: peers.filter(({ address }) => familyOf(address) === family),
  };
}

/** The address may be forged: an error goes there only if it is no longer than the request. */
function errorWithin(octetsMax: number, transactionId: number, message: string): UdpTrackerResponse | null {
  const headOctets = 8;
  return headOctets + message.length <= octetsMax ? { kind: 'error', transactionId, message } : null;
}
