import { hash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { decodeMetainfo, METAINFO_OCTETS_MAX, type Metainfo } from '#shared/bittorrent/metainfo.ts';
import type { Host } from '#shared/host/host.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import type { Config } from '../config.ts';
import { fetchedReport, fetchReport } from '../reports.ts';
import { makeFile } from '../store/made-file.ts';
import { PieceStore, removeFiles } from '../store/piece-store.ts';
import { httpGet } from './http-get.ts';
import { TorrentSession } from './torrent-session.ts';

const FETCH_MS_MAX = 5_000;
/** Pause between two tries to fetch the .torrent file, in milliseconds; it doubles: all hosts of a lab start together. */
const RETRY_MS = 100;
const RETRY_MS_MAX = 5_000;

type Phase =
  | { readonly kind: 'fetching'; readonly tries: number; readonly trouble: string | null }
  | { readonly kind: 'verifying' }
  | { readonly kind: 'sharing'; readonly session: TorrentSession }
  | { readonly kind: 'refused'; readonly because: string }
  | { readonly kind: 'left' };

/** A peer's part in the torrent of its configuration: fetch the .torrent file, verify what is on the disk, share, leave. */
export class Participation {
  readonly #host: Host;
  readonly #config: Config;
  readonly #port: number;
  readonly #folder: string;
  #phase: Phase = { kind: 'fetching', tries: 0, trouble: null };
  #abort = new AbortController();
  /** The work under way; it never rejects. */
  #joining: Promise<void> = Promise.resolve();
  #startingOver: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(host: Host, config: Config, port: number) {
    this.#host = host;
    this.#config = config;
    this.#port = port;
    this.#folder = join(host.stateDir, 'download');
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
    // One after the other: two that run at once would remove each other's files.
    this.#startingOver = this.#startingOver.then(async () => {
      const session = this.#phase.kind === 'sharing' ? this.#phase.session : null;
      await this.#leave('it starts over');
      if (session !== null) await removeFiles(this.#folder, session.metainfo.info);
      this.join();
    });
    return this.#startingOver;
  }

  /** Stops for good. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#leave('the program stops');
    await this.#startingOver;
  }

  announceNow(): void {
    if (this.#phase.kind === 'sharing') this.#phase.session.announceNow();
  }

  /** A peer has dialled us; before there is a torrent there is nothing to say. */
  welcome(socket: Socket): void {
    if (this.#phase.kind === 'sharing') this.#phase.session.welcome(socket);
    else socket.destroy();
  }

  /** Null unless something is wrong that will not pass by itself. */
  trouble(): string | null {
    if (this.#phase.kind === 'refused') return this.#phase.because;
    if (this.#phase.kind !== 'sharing') return null;
    const { session } = this.#phase;
    const made = this.#config.MAKE_FILE;
    if (made === null || session.isComplete) return session.trouble;
    return `The file ${made.name} that MAKE_FILE makes is not that of ${this.#config.TORRENT_URL}: make the .torrent file anew`;
  }

  snapshot(): object {
    const { kind: phase, ...rest } = this.#phase;
    const common = { torrentUrl: this.#config.TORRENT_URL, port: this.#port, phase };
    return { ...common, ...(this.#phase.kind === 'sharing' ? this.#phase.session.snapshot() : rest) };
  }

  async #leave(because: string): Promise<void> {
    const phase = this.#phase;
    this.#phase = { kind: 'left' };
    this.#abort.abort();
    if (phase.kind === 'sharing') await phase.session.close(because);
    await this.#joining;
  }

  async #join(signal: AbortSignal): Promise<void> {
    try {
      await this.#makeFile();
      const metainfo = await this.#fetch(signal);
      if (metainfo === null || signal.aborted) return;
      this.#phase = { kind: 'verifying' };
      const store = await PieceStore.open(this.#folder, metainfo.info);
      const have = await store.verify();
      if (signal.aborted) return await store.close();
      const session = new TorrentSession({
        host: this.#host,
        config: this.#config,
        port: this.#port,
        metainfo,
        store,
        have,
      });
      this.#phase = { kind: 'sharing', session };
    } catch (error) {
      if (signal.aborted) return;
      const because = `${this.#config.TORRENT_URL}: ${(error as Error).message}`;
      this.#host.log.error(because);
      this.#phase = { kind: 'refused', because };
    }
  }

  async #makeFile(): Promise<void> {
    const made = this.#config.MAKE_FILE;
    if (made === null) return;
    await mkdir(this.#folder, { recursive: true });
    await makeFile(made, join(this.#folder, made.name));
  }

  /** Fetches the .torrent file, as often as it takes; null when it is not wanted any more. */
  async #fetch(signal: AbortSignal): Promise<Metainfo | null> {
    const url = new URL(this.#config.TORRENT_URL);
    for (let tries = 1; !signal.aborted; tries++) {
      const exchange = this.#host.newExchange();
      this.#host.report(fetchReport(exchange, url));
      try {
        const limits = { octetsMax: METAINFO_OCTETS_MAX, timeoutMs: FETCH_MS_MAX, signal };
        const { body, from, to } = await httpGet(this.#host, { url, exchange }, limits);
        this.#host.report(fetchedReport(exchange, from, to, body.length));
        return decodeMetainfo(body, (octets) => hash('sha1', octets, 'buffer'));
      } catch (error) {
        // A file that is no torrent will not become one by asking again.
        if (error instanceof ProtocolViolation) throw error;
        if (signal.aborted) break;
        this.#phase = { kind: 'fetching', tries, trouble: (error as Error).message };
        await this.#pause(Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** Math.min(tries, 10)), signal);
      }
    }
    return null;
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#host.clock.after(ms, resolve);
      signal.addEventListener(
        'abort',
        () => {
          cancel();
          resolve();
        },
        { once: true },
      );
    });
  }
}
