/**
 * One announce over UDP, as a client does it (BEP 15): connect, then announce with the connection id that was given. Datagrams
 * are lost, so each is sent again when nothing has come for 15 * 2 ^ n seconds, n from 0 to 8; a connection id that is a minute
 * old is not used any more but asked for again. What comes is believed only if it has the transaction id, which nobody else
 * knows.
 *
 *     connecting  --connect-->  announcing  --announce-->  over
 *         ^  |  due: again          |  |  due: again                 an error, or too many times in vain: over
 *         |  |<-----------          |  |<-----------
 *         +----- due, id too old ---+
 */
import type { AddressFamily } from '#shared/bittorrent/compact-peers.ts';
import { encodeUdpAnnounce, encodeUdpConnect, type UdpAnnounce } from '#shared/bittorrent/udp-tracker-request.ts';
import {
  decodeUdpResponse,
  transactionOf,
  type UdpAnnounceAnswer,
  type UdpTrackerResponse,
} from '#shared/bittorrent/udp-tracker-response.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';

/** "If a response is not received after 15 * 2 ^ n seconds, the client should retransmit the request." */
const TIMEOUT_MS = 15_000;
/** "n starts at 0 and is increased by 1 up to a maximum of 8." */
export const RETRANSMISSIONS_MAX = 8;
/** "A client can use a connection ID until one minute after it has received it." */
const CONNECTION_ID_MS = 60_000;

export type UdpAnnouncingState =
  /** `times` is how often the datagram was sent; `announces` how often the announce was, before its connection id was too old. */
  | { readonly kind: 'connecting'; readonly times: number; readonly announces: number; readonly dueAt: number }
  | {
      readonly kind: 'announcing';
      readonly connectionId: bigint;
      readonly connectedAt: number;
      readonly times: number;
      readonly dueAt: number;
    }
  | { readonly kind: 'over'; readonly outcome: UdpAnnounceOutcome };

export type UdpAnnounceOutcome =
  | ({ readonly kind: 'answered' } & UdpAnnounceAnswer)
  /** The tracker has said no. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly because: string };

export type UdpAnnouncingInput =
  | { readonly kind: 'received'; readonly octets: Uint8Array }
  /** The time at `dueAt` has come. */
  | { readonly kind: 'due' };

export interface UdpAnnouncingStep {
  readonly state: UdpAnnouncingState;
  /** What is to be sent now; absent when nothing is. */
  readonly send?: Uint8Array;
}

export interface UdpAnnouncingOptions {
  readonly transactionId: number;
  readonly family: AddressFamily;
  readonly announce: UdpAnnounce;
  /** How often a datagram is sent again: fewer than `RETRANSMISSIONS_MAX` where other trackers can be asked. */
  readonly retransmissionsMax: number;
}

export function startUdpAnnouncing(options: UdpAnnouncingOptions, now: number): UdpAnnouncingStep {
  return connect(options, 0, 0, now);
}

export function stepUdpAnnouncing(
  state: UdpAnnouncingState,
  input: UdpAnnouncingInput,
  options: UdpAnnouncingOptions,
  now: number,
): UdpAnnouncingStep {
  if (state.kind === 'over') return { state };
  if (input.kind === 'due') return now < state.dueAt ? { state } : again(state, options, now);
  if (transactionOf(input.octets) !== options.transactionId) return { state };
  const response = decode(input.octets, options.family);
  if (typeof response === 'string') return over({ kind: 'failed', because: response });
  return heed(state, response, options, now);
}

function heed(
  state: UdpAnnouncingState,
  response: UdpTrackerResponse,
  options: UdpAnnouncingOptions,
  now: number,
): UdpAnnouncingStep {
  switch (response.kind) {
    case 'connect': {
      // The answer to a connect that was sent twice comes twice.
      if (state.kind !== 'connecting') return { state };
      return announce(options, { connectionId: response.connectionId, connectedAt: now }, state.announces, now);
    }
    case 'announce': {
      // It may come late, while another connection id is asked for.
      if (state.kind === 'connecting' && state.announces === 0) return { state };
      const { intervalS, leechers, seeders, peers } = response;
      return over({ kind: 'answered', intervalS, leechers, seeders, peers });
    }
    case 'error':
      return over({ kind: 'refused', reason: response.message });
    case 'scrape':
      return { state };
  }
}

function again(
  state: Exclude<UdpAnnouncingState, { kind: 'over' }>,
  options: UdpAnnouncingOptions,
  now: number,
): UdpAnnouncingStep {
  if (state.times > options.retransmissionsMax) {
    const what = state.kind === 'connecting' ? 'connect' : 'announce';
    return over({ kind: 'failed', because: `no answer to ${state.times} datagrams of ${what}` });
  }
  if (state.kind === 'connecting') return connect(options, state.times, state.announces, now);
  // "It is necessary to rerequest a connection ID when it has expired."
  if (now - state.connectedAt >= CONNECTION_ID_MS) return connect(options, 0, state.times, now);
  return announce(options, state, state.times, now);
}

/** `times` is how often it was sent before, `announces` how often the announce was. */
function connect(options: UdpAnnouncingOptions, times: number, announces: number, now: number): UdpAnnouncingStep {
  return {
    state: { kind: 'connecting', times: times + 1, announces, dueAt: now + timeoutMs(times) },
    send: encodeUdpConnect(options.transactionId),
  };
}

function announce(
  { transactionId, announce }: UdpAnnouncingOptions,
  { connectionId, connectedAt }: { connectionId: bigint; connectedAt: number },
  times: number,
  now: number,
): UdpAnnouncingStep {
  return {
    state: { kind: 'announcing', connectionId, connectedAt, times: times + 1, dueAt: now + timeoutMs(times) },
    send: encodeUdpAnnounce({ connectionId, transactionId }, announce),
  };
}

function timeoutMs(times: number): number {
  return TIMEOUT_MS * 2 ** times;
}

function over(outcome: UdpAnnounceOutcome): UdpAnnouncingStep {
  return { state: { kind: 'over', outcome } };
}

/** The response, or what is wrong with it. */
function decode(octets: Uint8Array, family: AddressFamily): UdpTrackerResponse | string {
  try {
    return decodeUdpResponse(octets, family);
  } catch (error) {
    if (error instanceof ProtocolViolation) return error.message;
    throw error;
  }
}
