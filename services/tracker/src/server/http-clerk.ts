import type { Socket } from 'node:net';
import { decodeAnnounceQuery } from '#shared/bittorrent/announce-request.ts';
import { encodeAnnounceFailure, encodeAnnounceSuccess } from '#shared/bittorrent/announce-response.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { decodeScrapeQuery, encodeScrape } from '../protocol/scrape.ts';
import type { Swarms } from '../protocol/swarms.ts';
import type { Conversation } from '../reports.ts';
import type { AnnounceDesk } from './announce-desk.ts';
import { peerAddress } from './peer-address.ts';
import type { TrackerState } from './tracker-state.ts';

export interface HttpClerkOptions {
  readonly port: number;
  readonly swarms: Swarms;
  readonly trustedProxies: readonly string[];
  /** For the pages. */
  readonly state: () => TrackerState;
}

/** A request of a peer. */
interface PeerRequest {
  readonly target: string;
  readonly socket: Socket;
  readonly exchange?: string | undefined;
  readonly forwardedFor?: string | undefined;
}

/** A request of whoever asks. */
export interface HttpRequest extends PeerRequest {
  readonly method: string;
  readonly cookie: string | undefined;
  readonly acceptLanguage: string | undefined;
}

export interface HttpReply {
  readonly status: number;
  readonly body: Uint8Array;
  readonly fields?: Readonly<Record<string, string>>;
}

/** Answers requests over HTTP: those of peers, and those of people who want to see what the tracker knows. */
export class HttpClerk {
  readonly #desk: AnnounceDesk;
  readonly #options: HttpClerkOptions;

  constructor(desk: AnnounceDesk, options: HttpClerkOptions) {
    this.#desk = desk;
    this.#options = options;
  }

  async reply(request: HttpRequest): Promise<HttpReply> {
    if (request.method !== 'GET') return { status: 405, body: text('Use GET\n'), fields: { Allow: 'GET' } };
    const reply = this.replyToPeer(request);
    if (reply.status !== 404) return reply;
    // Loaded when somebody first looks: most trackers are only asked by peers.
    const { replyToPerson } = await import('./statistics-pages.ts');
    const { swarms, state } = this.#options;
    return replyToPerson(request, { swarms, state, now: this.#desk.now }) ?? reply;
  }

  replyToPeer(request: PeerRequest): HttpReply {
    const [path, query = ''] = splitOnce(request.target, '?');
    if (path !== '/announce' && path !== '/scrape')
      return { status: 404, body: text('Ask for /announce or /scrape\n') };
    const conversation = this.#conversationOf(request);
    const body = this.#bodyOf(path, query, conversation);
    this.#desk.counters.sentBytes += body.length;
    return { status: 200, body };
  }

  #conversationOf({ socket, exchange, forwardedFor }: PeerRequest): Conversation {
    const { host } = this.#desk;
    const address = peerAddress(socket.remoteAddress ?? '', forwardedFor, this.#options.trustedProxies);
    return {
      transport: 'http',
      exchange: exchange ?? host.newExchange(),
      peer: { address, port: socket.remotePort ?? 0 },
      tracker: { address: host.address, port: this.#options.port },
    };
  }

  /** An error is an answer like any other: HTTP 200 and a `failure reason` (BEP 3). */
  #bodyOf(path: '/announce' | '/scrape', query: string, conversation: Conversation): Uint8Array {
    try {
      return path === '/announce' ? this.#announce(query, conversation) : this.#scrape(query, conversation);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#desk.refuse(conversation, error.message);
      return encodeAnnounceFailure(error.message);
    }
  }

  #announce(query: string, conversation: Conversation): Uint8Array {
    const request = decodeAnnounceQuery(query);
    const outcome = this.#desk.announce(conversation, request);
    return outcome.kind === 'refused'
      ? encodeAnnounceFailure(outcome.reason)
      : encodeAnnounceSuccess(outcome.response, request);
  }

  #scrape(query: string, conversation: Conversation): Uint8Array {
    const torrents = this.#desk.scrape(conversation, decodeScrapeQuery(query));
    // One that is not known is left out (BEP 48).
    return encodeScrape(torrents.filter((torrent) => torrent !== null));
  }
}

function splitOnce(whole: string, separator: string): [string, string?] {
  const at = whole.indexOf(separator);
  return at < 0 ? [whole] : [whole.slice(0, at), whole.slice(at + separator.length)];
}

function text(sentence: string): Uint8Array {
  return new TextEncoder().encode(sentence);
}
