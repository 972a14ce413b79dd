import { type AnnounceEvent, type AnnounceRequest, encodeAnnounceQuery } from '#shared/bittorrent/announce-request.ts';
import {
  type AnnounceResponse,
  type AnnounceSuccess,
  decodeAnnounceResponse,
} from '#shared/bittorrent/announce-response.ts';
import type { Cancel } from '#shared/host/clock.ts';
import type { Host } from '#shared/host/host.ts';
import { type AnnouncerInput, type AnnouncerState, startAnnouncer, stepAnnouncer } from '../protocol/announcer.ts';
import { announceReport, announceResponseReport } from '../reports.ts';
import { httpGet } from './http-get.ts';

/** Octets of an answer, at most. */
const ANSWER_OCTETS_MAX = 1024 * 1024;
const ANNOUNCE_MS_MAX = 10_000;
/** How long `stopped` may delay the end of the program, in milliseconds. */
const STOPPED_MS_MAX = 500;

/** What is told to the tracker of the download at this moment. */
type Progress = Pick<AnnounceRequest, 'uploaded' | 'downloaded' | 'left'>;

export interface TrackerClientOptions {
  readonly host: Host;
  readonly announceUrl: URL;
  readonly identity: Pick<AnnounceRequest, 'infoHash' | 'peerId' | 'port' | 'key'>;
  progress(): Progress;
  /** Whether there is no neighbour, so that it should ask again soon. */
  isLonely(): boolean;
  /** Peers that the tracker told; `exchange` is that of the announce. */
  learn(peers: AnnounceSuccess['peers'], exchange: string): void;
}

/** Announces a torrent over HTTP when the announcer says so, and passes on the peers that the tracker tells. */
export class TrackerClient {
  readonly #options: TrackerClientOptions;
  readonly #abort = new AbortController();
  #state: AnnouncerState;
  #cancelTimer: Cancel = () => {};
  #last: object | null = null;
  #announces = 0;
  /** Where the tracker has answered. */
  #address: string | undefined;

  constructor(options: TrackerClientOptions) {
    this.#options = options;
    this.#state = startAnnouncer(options.host.clock.now());
    this.#step({ kind: 'due' });
  }

  completed(): void {
    this.#step({ kind: 'completed' });
  }

  announceNow(): void {
    this.#step({ kind: 'ask now' });
  }

  /** Tells the tracker that we go, and waits for it for a moment. */
  async stop(): Promise<void> {
    const { state, announce } = stepAnnouncer(this.#state, { kind: 'stop' }, this.#options.host.clock.now());
    this.#state = state;
    this.#cancelTimer();
    this.#abort.abort();
    if (announce === undefined) return;
    // Without a look-up: when a whole lab stops, its name servers may be gone already.
    await this.#ask(announce.event, AbortSignal.timeout(STOPPED_MS_MAX), this.#address).catch(() => {});
  }

  snapshot(): object {
    const { host, announceUrl } = this.#options;
    const dueInMs = this.#state.kind === 'waiting' ? this.#state.dueAt - host.clock.now() : null;
    return {
      announceUrl: announceUrl.href,
      state: this.#state.kind,
      announces: this.#announces,
      dueInMs,
      last: this.#last,
    };
  }

  #step(input: AnnouncerInput): void {
    const { host } = this.#options;
    const { state, announce } = stepAnnouncer(this.#state, input, host.clock.now());
    this.#state = state;
    this.#cancelTimer();
    if (announce !== undefined) void this.#announce(announce.event);
    else if (state.kind === 'waiting') {
      this.#cancelTimer = host.clock.after(Math.max(0, state.dueAt - host.clock.now()), () =>
        this.#step({ kind: 'due' }),
      );
    }
  }

  async #announce(event: AnnounceEvent | null): Promise<void> {
    try {
      const { response, exchange } = await this.#ask(event, this.#abort.signal);
      if (this.#state.kind === 'stopped') return;
      if (response.kind === 'failure') throw new Error(`The tracker refuses: ${response.reason}`);
      const { peers, ...told } = response;
      this.#last = { event, ...told, peers: peers.length };
      this.#options.learn(peers, exchange);
      this.#step({ ...told, kind: 'answered', isLonely: peers.length === 0 && this.#options.isLonely() });
    } catch (error) {
      if (this.#state.kind === 'stopped') return;
      this.#last = { event, trouble: (error as Error).message };
      this.#options.host.log.warn(`Cannot announce to ${this.#options.announceUrl.host}: ${(error as Error).message}`);
      this.#step({ kind: 'failed' });
    }
  }

  async #ask(
    event: AnnounceEvent | null,
    signal: AbortSignal,
    address?: string,
  ): Promise<{ response: AnnounceResponse; exchange: string }> {
    const { host, announceUrl, identity } = this.#options;
    const request = { ...identity, ...this.#options.progress(), event, numwant: null, compact: true, noPeerId: false };
    const exchange = host.newExchange();
    const query = encodeAnnounceQuery(request);
    const target = `${announceUrl.pathname}${announceUrl.search === '' ? '?' : `${announceUrl.search}&`}${query}`;
    this.#announces += 1;
    host.report(announceReport(exchange, announceUrl, request));
    const limits = { octetsMax: ANSWER_OCTETS_MAX, timeoutMs: ANNOUNCE_MS_MAX, signal };
    const { body, from, to, isRedirected } = await httpGet(
      host,
      { url: announceUrl, target, exchange, address },
      limits,
    );
    this.#address = isRedirected ? undefined : from.address;
    const response = decodeAnnounceResponse(body);
    host.report(announceResponseReport(exchange, from, to, response));
    return { response, exchange };
  }
}
