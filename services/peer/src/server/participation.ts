import { formatHash, newPeerId } from '#shared/bittorrent/info-hash.ts';
import type { Metainfo } from '#shared/bittorrent/metainfo.ts';
import type { Host } from '#shared/host/host.ts';
import type { Endpoint } from '#shared/report.ts';
import type { Config } from '../config.ts';
import type { SwarmPolicy } from '../protocol/policy.ts';
import { policyReport } from '../reports.ts';
import type { TorrentState, TorrentSummary } from '../state.ts';
import { Contacts } from './contacts.ts';
import { MetadataSession } from './metadata-session.ts';
import { findMetainfo } from './metainfo-search.ts';
import { isLonely, type Phase, progressOf, torrentState, torrentSummary, troubleOf } from './participation-state.ts';
import { pause } from './pause.ts';
import type { Reception } from './reception.ts';
import type { SessionOptions } from './session-options.ts';
import { TorrentPlace, type TorrentPlaceOptions } from './torrent-place.ts';
import { TorrentSession } from './torrent-session.ts';
import { formatSource, nameOf, type TorrentSource } from './torrent-source.ts';

/** Pause before the files are opened again after the disk has failed, in milliseconds; it doubles. */
const DISK_RETRY_MS = 1_000;
const DISK_RETRY_MS_MAX = 30_000;

export interface ParticipationOptions extends Omit<TorrentPlaceOptions, 'stateDir'> {
  readonly host: Host;
  readonly config: Config;
  readonly port: number;
  readonly source: TorrentSource;
  /** Peers that are known beforehand. */
  readonly peers: readonly Endpoint[];
  readonly policy: SwarmPolicy;
  readonly limits: SessionOptions['limits'];
  /** Why a torrent cannot be here together with the others, or null. */
  whyNot(metainfo: Metainfo): string | null;
}

/**
 * A peer's part in one torrent: get its metainfo, verify what is on the disk, share, leave. It goes on by itself after whatever
 * passes: a web server that is not up yet, a disk that is full.
 */
export class Participation {
  readonly #options: ParticipationOptions;
  readonly #place: TorrentPlace;
  readonly #contacts: Contacts;
  #phase: Phase = { kind: 'fetching', tries: 0, trouble: null };
  #metainfo: Metainfo | null = null;
  /** Holds the connections of a magnet link until the session takes them over. */
  #metadata: MetadataSession | null = null;
  #peerId: Uint8Array = new Uint8Array();
  #policy: SwarmPolicy;
  #abort = new AbortController();
  /** The work under way; it never rejects. */
  #joining: Promise<void> = Promise.resolve();
  #beginning: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(options: ParticipationOptions) {
    this.#options = options;
    this.#policy = options.policy;
    this.#place = new TorrentPlace({ ...options, stateDir: options.host.stateDir });
    this.#contacts = new Contacts({
      ...options,
      progress: () => progressOf(this.#phase, this.#metainfo),
      isLonely: () => isLonely(this.#phase),
      isPrivate: () => this.#metainfo?.isPrivate ?? false,
      reception: () => this.reception,
    });
  }

  get source(): TorrentSource {
    return this.#options.source;
  }

  get metainfo(): Metainfo | null {
    return this.#metainfo;
  }

  get files(): readonly number[] | null {
    return this.#place.files;
  }

  /** The info hash, or what is known in its place. */
  get name(): string {
    return this.#metainfo === null ? nameOf(this.#options.source) : formatHash(this.#metainfo.infoHash);
  }

  /** Begins to take part, in the background. */
  join(): void {
    if (this.#isOver) return;
    this.#abort = new AbortController();
    this.#phase = { kind: 'fetching', tries: 0, trouble: null };
    this.#joining = this.#join(this.#abort.signal);
  }

  /** Forgets what was downloaded and begins again. */
  startOver(): Promise<void> {
    return this.#beginAgain('it starts over', (metainfo) => this.#place.remove(metainfo));
  }

  /** Computes all hashes anew, whatever the record says. */
  verifyAgain(): Promise<void> {
    return this.#beginAgain('its files are verified anew', (metainfo) => this.#place.forgetRecord(metainfo));
  }

  /** Stops for good, and removes its files where that is wished. */
  async stop(because: string, removesFiles = false): Promise<void> {
    this.#isOver = true;
    await this.#leave(because);
    await this.#beginning;
    if (removesFiles && this.#metainfo !== null) await this.#place.remove(this.#metainfo);
  }

  announceNow(): void {
    this.#contacts.tracker?.announceNow();
  }

  setPolicy(policy: Partial<SwarmPolicy>): SwarmPolicy {
    this.#policy = { ...this.#policy, ...policy };
    if (this.#phase.kind === 'sharing') this.#phase.session.setPolicy(this.#policy);
    this.#reportPolicy();
    return this.#policy;
  }

  limitsChanged(): void {
    if (this.#phase.kind === 'sharing') this.#phase.session.limitsChanged();
    this.#reportPolicy();
  }

  #reportPolicy(): void {
    const { host, limits } = this.#options;
    host.report(policyReport(host.newExchange(), this.#metainfo?.infoHash ?? null, this.#policy, limits));
  }

  /** Fetches these files and no others; null for all. @throws RangeError for a file that is not there */
  async choose(files: readonly number[] | null): Promise<void> {
    this.#place.choose(files, this.#metainfo);
    if (this.#phase.kind !== 'sharing') return;
    const { session } = this.#phase;
    const wasDone = session.isDone;
    await session.choose(this.#place.wanted(session.metainfo));
    // Those that have it have parted with us, who wanted nothing (BEP 21).
    if (wasDone && !session.isDone) this.#contacts.tracker?.announceNow();
  }

  /** Who takes in the peers that dial us for this torrent; null when we cannot yet. */
  get reception(): Reception | null {
    return this.#phase.kind === 'sharing' ? this.#phase.session.reception : (this.#metadata?.reception ?? null);
  }

  /** Null unless something is wrong that will not pass by itself. */
  trouble(): string | null {
    const { made, source } = this.#options;
    const isAlone = this.#contacts.isEmpty && !this.#metainfo?.webSeeds.length;
    return troubleOf(this.#phase, { made, source, isAlone });
  }

  snapshot(): TorrentState {
    const source = formatSource(this.#options.source);
    return torrentState(this.#phase, { ...this.#known, source, tracker: this.#contacts.tracker });
  }

  summary(): TorrentSummary {
    return torrentSummary(this.#phase, this.#known);
  }

  get #known() {
    return { torrent: this.name, metainfo: this.#metainfo, trouble: this.trouble() };
  }

  async #leave(because: string): Promise<void> {
    const last = this.#phase.kind === 'sharing' ? this.#phase.session.snapshot() : {};
    this.#abort.abort(because);
    await this.#joining;
    this.#phase = { kind: 'left', because, last };
  }

  /** One after the other: two that begin again at once would remove each other's files. */
  #beginAgain(because: string, prepare: (metainfo: Metainfo) => Promise<void>): Promise<void> {
    const beginning = this.#beginning.then(async () => {
      await this.#leave(because);
      if (this.#metainfo !== null) await prepare(this.#metainfo);
      this.join();
    });
    this.#beginning = beginning.catch(() => {});
    return beginning;
  }

  async #join(signal: AbortSignal): Promise<void> {
    this.#peerId = newPeerId(Math.random);
    try {
      const metainfo = await this.#findMetainfo(signal);
      if (metainfo === null || signal.aborted) return;
      this.#place.refuseOtherFiles(metainfo);
      const because = this.#options.whyNot(metainfo);
      if (because !== null) throw new Error(because);
      this.#metainfo = metainfo;
      if (metainfo.isPrivate) this.#contacts.tracker?.turnedPrivate();
      await this.#takePart(metainfo, signal);
    } catch (error) {
      if (signal.aborted) return;
      const because = `${formatSource(this.#options.source)}: ${(error as Error).message}`;
      this.#options.host.log.error(because);
      this.#phase = { kind: 'refused', because };
    } finally {
      this.#metadata?.close(String(signal.reason ?? 'the torrent is refused'));
      this.#metadata = null;
      await this.#contacts.stop();
    }
  }

  /** Shares until it is told to leave; when the disk fails, verifies what is left and shares that. */
  async #takePart(metainfo: Metainfo, signal: AbortSignal): Promise<void> {
    const { host } = this.#options;
    for (let failures = 0; !signal.aborted; failures++) {
      const because = await this.#share(metainfo, signal);
      if (signal.aborted) return;
      host.log.error(because);
      this.#phase = { kind: 'waiting', because };
      await this.#contacts.stop();
      await pause(host.clock, Math.min(DISK_RETRY_MS_MAX, DISK_RETRY_MS * 2 ** Math.min(failures, 10)), signal);
    }
  }

  /** Opens the files, verifies and shares. Returns what is wrong with the disk, once something is. */
  async #share(metainfo: Metainfo, signal: AbortSignal): Promise<string> {
    this.#phase = { kind: 'verifying', pieces: 0 };
    const progress = (pieces: number) => {
      if (!signal.aborted) this.#phase = { kind: 'verifying', pieces };
    };
    try {
      const opened = await this.#place.openVerified(metainfo, { signal, progress });
      return opened === null ? '' : await this.#shareFrom({ metainfo, ...opened }, signal);
    } catch (error) {
      return `Cannot use the files in ${this.#place.folder} (${(error as Error).message}): they are tried again`;
    }
  }

  /** Resolves when the session is over: with a sentence where the disk has ended it. */
  async #shareFrom(
    given: Pick<SessionOptions, 'metainfo' | 'store' | 'verified'>,
    signal: AbortSignal,
  ): Promise<string> {
    const { host, config, port, limits } = this.#options;
    const { promise: end, resolve: endWith } = Promise.withResolvers<string>();
    const leave = () => endWith(String(signal.reason));
    signal.addEventListener('abort', leave, { once: true });
    const session = new TorrentSession({
      ...given,
      host,
      config,
      port,
      limits,
      peerId: this.#peerId,
      handOver: this.#metadata?.handOver() ?? null,
      folder: this.#place.folder,
      policy: this.#policy,
      completed: () => this.#contacts.tracker?.completed(),
      diskFailed: endWith,
      leave: (because) => void this.#leave(because),
    });
    this.#metadata = null;
    this.#phase = { kind: 'sharing', session };
    session.reception.learn(this.#contacts.named, host.newExchange(), 'a magnet link');
    this.#contacts.announce(given.metainfo, this.#peerId);
    const because = await end;
    signal.removeEventListener('abort', leave);
    await Promise.all([session.close(because), signal.aborted ? this.#contacts.stop() : null]);
    return because;
  }

  // ── where the metainfo comes from ──────────────────────────────────────────────────────────────────────────────────

  #findMetainfo(signal: AbortSignal): Promise<Metainfo | null> {
    return findMetainfo({
      host: this.#options.host,
      source: this.#options.source,
      place: this.#place,
      signal,
      failed: (tries, trouble) => {
        this.#phase = { kind: 'fetching', tries, trouble };
      },
      askPeers: ({ infoHash }, sources) => this.#askPeers({ infoHash, ...sources }),
    });
  }

  /** The info dictionary, which other peers are asked for (BEP 9). */
  #askPeers({ infoHash, trackers }: Pick<Metainfo, 'infoHash' | 'trackers'>): Promise<Uint8Array> {
    const { host, port, config } = this.#options;
    const [peerId, peers, neighboursMax] = [this.#peerId, this.#contacts.named, config.MAX_PEERS];
    this.#metadata = new MetadataSession({ host, port, infoHash, peerId, peers, neighboursMax });
    this.#phase = { kind: 'metadata', session: this.#metadata };
    this.#contacts.announce({ infoHash, trackers }, peerId);
    return this.#metadata.metadata;
  }
}
