import type { AnnounceEvent, AnnounceRequest } from '#shared/bittorrent/announce-request.ts';
import type { AnnounceSuccess } from '#shared/bittorrent/announce-response.ts';
import type { Cancel } from '#shared/host/clock.ts';
import type { Host } from '#shared/host/host.ts';
import { Patience } from '#shared/host/patience.ts';
import type { Endpoint } from '#shared/report.ts';
import { type AnnouncerInput, type AnnouncerState, startAnnouncer, stepAnnouncer } from '../protocol/announcer.ts';
import { type RefusedTracker, type Tracker, TrackerTiers } from '../protocol/tracker-tiers.ts';
import { refusedAddressReport } from '../reports.ts';
import { announceOverHttp } from './http-announce.ts';
import type { TrackerAnswer } from './tracker-answer.ts';
import { trackerKind } from './tracker-url.ts';
import { announceOverUdp } from './udp-announce.ts';

/** How long `stopped` may delay the end of the program, in milliseconds. */
const STOPPED_MS_MAX = 500;

/** Why all neighbours are closed when a private torrent has another tracker. */
const SWITCHED = 'the torrent is private and its tracker is another now: peers of two trackers must not meet (BEP 27)';

/** Why they are closed when the metadata of a magnet link comes, and several trackers had told of peers before. */
const TURNED_PRIVATE =
  'the torrent turns out to be private, and several trackers had told of its peers: they must not meet (BEP 27)';

/** What is told to the tracker of the download at this moment. */
type Progress = Pick<AnnounceRequest, 'uploaded' | 'downloaded' | 'left'> & { readonly isPartialSeed: boolean };
type Success = TrackerAnswer & { readonly response: AnnounceSuccess };

export interface TrackerClientOptions {
  readonly host: Host;
  /** URLs in tiers (BEP 12), as the torrent or a magnet link names them. */
  readonly trackers: readonly (readonly string[])[];
  readonly identity: Pick<AnnounceRequest, 'infoHash' | 'peerId' | 'port' | 'key'>;
  progress(): Progress;
  /** Whether there is no neighbour, so that it should ask again soon. */
  isLonely(): boolean;
  /** Whether one tracker is used at a time (BEP 27); a magnet link does not say so, its metadata does. */
  isPrivate(): boolean;
  /** The tracker of a private torrent is another from now on: nobody who is known is a peer of it. */
  switched(because: string): void;
  /** Peers that the tracker told; `exchange` is that of the announce. */
  learn(peers: AnnounceSuccess['peers'], exchange: string): void;
}

/** What `GET /state` shows of the trackers of a torrent. */
export interface TrackersState {
  /** The first of the first tier; null where none can be asked. */
  readonly announceUrl: string | null;
  readonly state: AnnouncerState['kind'];
  /** Announces that were sent, whether answered or not. */
  readonly announces: number;
  readonly dueInMs: number | null;
  /** What the last announce has led to. */
  readonly last: object | null;
  readonly trackers: readonly (Pick<Tracker, 'url' | 'kind' | 'tier' | 'failures' | 'trouble'> & {
    /** Whether it has heard that we have started. */
    readonly knowsUs: boolean;
    readonly answeredMsAgo: number | null;
  })[];
  readonly refused: readonly RefusedTracker[];
}

/** Whether any of these trackers can be asked. */
export function hasTrackers(trackers: readonly (readonly string[])[]): boolean {
  return trackers.flat().some((url) => typeof trackerKind(url) === 'string');
}

/** Announces a torrent to its trackers when the announcer says so, and passes on the peers that they tell. */
export class TrackerClient {
  readonly #options: TrackerClientOptions;
  readonly #tiers: TrackerTiers;
  readonly #abort = new AbortController();
  #state: AnnouncerState;
  #cancelTimer: Cancel = () => {};
  #last: object | null = null;
  #announces = 0;
  /** The tracker whose answer is awaited. */
  #asked: Tracker | null = null;
  /** Where trackers have answered. */
  readonly #addresses = new Map<Tracker, string | undefined>();

  constructor(options: TrackerClientOptions) {
    this.#options = options;
    this.#tiers = new TrackerTiers(options.trackers, trackerKind, Math.random);
    this.#state = startAnnouncer(options.host.clock.now());
    if (this.#tiers.all.length > 0) this.#step({ kind: 'due' });
  }

  completed(): void {
    this.#step({ kind: 'completed' });
  }

  /** The metadata of a magnet link has come: the torrent is private, and peers of one tracker alone may be known. */
  turnedPrivate(): void {
    if (!this.#tiers.turnPrivate()) return;
    this.#options.switched(TURNED_PRIVATE);
    this.announceNow();
  }

  announceNow(): void {
    this.#step({ kind: 'ask now' });
  }

  /** Tells every tracker that knows us that we go, and waits for them for a moment. */
  async stop(): Promise<void> {
    const { state, announce } = stepAnnouncer(this.#state, { kind: 'stop' }, this.#options.host.clock.now());
    this.#state = state;
    this.#cancelTimer();
    this.#abort.abort();
    if (announce === undefined) return;
    const waiting = new AbortController();
    const patience = new Patience(STOPPED_MS_MAX, () => waiting.abort());
    // Who is being asked may have heard of us already.
    const known = this.#tiers.all.filter((tracker) => tracker.hasStarted || tracker === this.#asked);
    await Promise.all(known.map((tracker) => this.#ask(tracker, announce.event, waiting.signal).catch(() => {})));
    patience.end();
  }

  snapshot(): TrackersState {
    const now = this.#options.host.clock.now();
    const trackers = this.#tiers.all;
    return {
      announceUrl: trackers[0]?.url ?? null,
      state: this.#state.kind,
      announces: this.#announces,
      dueInMs: this.#state.kind === 'waiting' ? this.#state.dueAt - now : null,
      last: this.#last,
      trackers: trackers.map(({ answeredAt, restsUntil, hasStarted, ...tracker }) => ({
        ...tracker,
        knowsUs: hasStarted,
        answeredMsAgo: answeredAt === null ? null : now - answeredAt,
      })),
      refused: this.#tiers.refused,
    };
  }

  #step(input: AnnouncerInput): void {
    const { host } = this.#options;
    if (this.#tiers.all.length === 0) return;
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

  /** Asks one tracker after the other until one answers (BEP 12). */
  async #announce(event: AnnounceEvent | null): Promise<void> {
    const { host, isPrivate } = this.#options;
    for (const tracker of this.#tiers.round(host.clock.now(), isPrivate())) {
      this.#asked = tracker;
      const answer = await this.#try(tracker, event);
      if (this.#state.kind === 'stopped') return;
      this.#asked = null;
      if (answer !== null) return this.#heed(tracker, event, answer);
    }
    this.#step({ kind: 'failed' });
  }

  #heed(tracker: Tracker, event: AnnounceEvent | null, answer: Success): void {
    const { host, identity } = this.#options;
    const { peers, ...told } = answer.response;
    const left = this.#tiers.answered(tracker, host.clock.now(), this.#options.isPrivate());
    if (left !== null) {
      host.log.warn(`${tracker.url} takes the place of ${left.url}: ${SWITCHED}`);
      this.#options.switched(SWITCHED);
    }
    this.#last = { url: tracker.url, event, ...told, peers: peers.length };
    // A tracker that names itself wants to be dialled, or to have somebody dial it.
    const others = peers.filter((peer) => !isSameEndpoint(peer, answer.from));
    if (others.length < peers.length) {
      host.report(refusedAddressReport(answer.exchange, answer.from, 'it is the tracker itself'));
    }
    this.#options.learn(others, answer.exchange);
    // Some trackers tell a peer of itself.
    const own = { address: host.address, port: identity.port };
    const isAlone = others.every((peer) => isSameEndpoint(peer, own));
    this.#step({ ...told, kind: 'answered', isLonely: isAlone && this.#options.isLonely() });
  }

  /** What the tracker answers; null when it fails, which is written down. */
  async #try(tracker: Tracker, event: AnnounceEvent | null): Promise<Success | null> {
    const { host } = this.#options;
    try {
      // A tracker that has not heard of us hears `started` first; that nothing is left says the rest.
      const answer = await this.#ask(tracker, tracker.hasStarted ? event : 'started', this.#abort.signal);
      const { response } = answer;
      if (response.kind === 'failure') throw new Error(`The tracker refuses: ${response.reason}`);
      return { ...answer, response };
    } catch (error) {
      if (this.#state.kind === 'stopped') return null;
      const { message } = error as Error;
      this.#tiers.failed(tracker, message, host.clock.now());
      this.#addresses.delete(tracker);
      this.#last = { url: tracker.url, event, trouble: message };
      host.log.warn(`Cannot announce to ${tracker.url}: ${message}`);
      return null;
    }
  }

  async #ask(tracker: Tracker, event: AnnounceEvent | null, signal: AbortSignal): Promise<TrackerAnswer> {
    const { host, identity } = this.#options;
    const { isPartialSeed, ...progress } = this.#options.progress();
    // "It MUST send an event=paused parameter in every announce while it is a partial seed" (BEP 21): but in the last one.
    const said = isPartialSeed && event !== 'stopped' ? 'paused' : event;
    const request = { ...identity, ...progress, event: said, numwant: null, compact: true, noPeerId: false };
    // Where it has answered: when a whole lab stops, its name servers may be gone already.
    const address = event === 'stopped' ? this.#addresses.get(tracker) : undefined;
    const question = { url: new URL(tracker.url), request, address, signal };
    this.#announces += 1;
    const retransmissionsMax = this.#tiers.retransmissionsMax(tracker, this.#options.isPrivate());
    const answer = await (tracker.kind === 'udp'
      ? announceOverUdp(host, question, retransmissionsMax)
      : announceOverHttp(host, question));
    this.#addresses.set(tracker, answer.address);
    return answer;
  }
}

function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port;
}
