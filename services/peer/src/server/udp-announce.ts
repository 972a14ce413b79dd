import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import type { AnnounceResponse } from '#shared/bittorrent/announce-response.ts';
import { exchangeOfTransaction } from '#shared/bittorrent/udp-tracker-request.ts';
import type { Cancel } from '#shared/host/clock.ts';
import type { Host } from '#shared/host/host.ts';
import { isLabAddress } from '#shared/lab-net.ts';
import type { Endpoint } from '#shared/report.ts';
import {
  startUdpAnnouncing,
  stepUdpAnnouncing,
  type UdpAnnounceOutcome,
  type UdpAnnouncingInput,
  type UdpAnnouncingOptions,
  type UdpAnnouncingStep,
} from '../protocol/udp-announcing.ts';
import * as reports from '../reports.ts';
import { unless } from './http-get.ts';
import type { TrackerAnswer, TrackerQuestion } from './tracker-answer.ts';
import { urlDataOf } from './tracker-url.ts';

/** Transaction ids have 32 bits. */
const TRANSACTION_IDS = 2 ** 32;

/** Announces over UDP (BEP 15), on a socket of its own. @throws Error with one sentence */
export async function announceOverUdp(
  host: Host,
  question: TrackerQuestion,
  retransmissionsMax: number,
): Promise<TrackerAnswer> {
  const { url, request, signal } = question;
  const socket = createSocket('udp4');
  // Whatever the network says before somebody listens is said again.
  socket.on('error', () => {});
  try {
    const here = await bind(socket, host.address);
    const transactionId = randomInt(TRANSACTION_IDS);
    const exchange = exchangeOfTransaction(here, transactionId);
    const address = question.address ?? (await addressOf(host, url, exchange, signal));
    const there = { address, port: host.port(Number(url.port)) };
    await connect(socket, there, signal);
    const announce = { request, urlData: urlDataOf(url) };
    const conversation = new UdpConversation(
      { host, socket, line: { exchange, url, here, there } },
      { transactionId, family: 'IPv4', announce, retransmissionsMax },
    );
    const response = responseOf(await unless(signal, conversation.run(signal)), url);
    host.report(reports.announceResponseReport(exchange, there, here, response));
    return { response, exchange, from: there, address };
  } catch (error) {
    throw signal.aborted ? new Error(`${url.host} did not answer in time`) : error;
  } finally {
    socket.close();
  }
}

function bind(socket: Socket, address: string): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address, port: 0 }, () => {
      socket.off('error', reject);
      resolve({ address, port: socket.address().port });
    });
  });
}

async function addressOf(host: Host, url: URL, exchange: string, signal: AbortSignal): Promise<string> {
  const [address] = (await unless(signal, host.names.addresses(url.hostname, exchange))).addresses;
  if (address === undefined) throw new Error(`${url.hostname} has no address`);
  // A torrent comes from strangers: it must not make us send to machines outside of the lab.
  if (!isLabAddress(address, host.net)) throw new Error(`${url.host} is outside of the lab`);
  return address;
}

/** A connected socket takes nothing from others, and is told when nobody listens there. */
function connect(socket: Socket, { address, port }: Endpoint, signal: AbortSignal): Promise<void> {
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(port, address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  return unless(signal, connected);
}

/** A tracker that refuses has answered; one that is silent has not. */
function responseOf(outcome: UdpAnnounceOutcome, url: URL): AnnounceResponse {
  switch (outcome.kind) {
    case 'failed':
      throw new Error(`${url.host} gave ${outcome.because}`);
    case 'refused':
      return { kind: 'failure', reason: outcome.reason };
    case 'answered': {
      const { intervalS, leechers: incomplete, seeders: complete, peers } = outcome;
      const notSaid = { minIntervalS: null, warning: null, externalAddress: null };
      return { kind: 'success', intervalS, complete, incomplete, peers, ...notSaid };
    }
  }
}

interface Wire {
  readonly host: Host;
  /** Connected with the tracker. */
  readonly socket: Socket;
  readonly line: reports.TrackerLine;
}

/** Carries out what the machine says: sends, waits and sends again until it is over. */
class UdpConversation {
  readonly #wire: Wire;
  readonly #options: UdpAnnouncingOptions;
  #cancelTimer: Cancel = () => {};

  constructor(wire: Wire, options: UdpAnnouncingOptions) {
    this.#wire = wire;
    this.#options = options;
  }

  /** The outcome; rejects when the network says that nobody is there. It never settles once `signal` is aborted. */
  run(signal: AbortSignal): Promise<UdpAnnounceOutcome> {
    const { host, socket } = this.#wire;
    return new Promise<UdpAnnounceOutcome>((resolve, reject) => {
      let step = startUdpAnnouncing(this.#options, host.clock.now());
      const perform = () => {
        this.#cancelTimer();
        const { state } = step;
        if (state.kind === 'over') return resolve(state.outcome);
        this.#send(step, reject);
        const waitMs = Math.max(0, state.dueAt - host.clock.now());
        this.#cancelTimer = host.clock.after(waitMs, () => take({ kind: 'due' }));
      };
      const take = (input: UdpAnnouncingInput) => {
        const before = step.state;
        step = stepUdpAnnouncing(before, input, this.#options, host.clock.now());
        if (before.kind === 'connecting' && step.state.kind === 'announcing') {
          host.report(reports.connectedReport(this.#wire.line, step.state.connectionId));
        }
        perform();
      };
      socket.on('message', (octets) => take({ kind: 'received', octets }));
      socket.on('error', reject);
      signal.addEventListener('abort', () => this.#cancelTimer(), { once: true });
      perform();
    }).finally(() => this.#cancelTimer());
  }

  #send({ state, send }: UdpAnnouncingStep, failed: (error: Error) => void): void {
    const { host, socket, line } = this.#wire;
    if (send === undefined) return;
    const { request, urlData } = this.#options.announce;
    host.report(
      state.kind === 'connecting'
        ? reports.connectReport(line, this.#options.transactionId)
        : reports.udpAnnounceReport(line, request, urlData),
    );
    socket.send(send, (error) => {
      if (error !== null) failed(error);
    });
  }
}
