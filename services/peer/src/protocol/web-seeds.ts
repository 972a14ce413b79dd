/**
 * Web seeds: web servers that have the whole file, and give the octets of a piece for a `Range` (BEP 19). To the picker each is
 * a neighbour that has everything and never chokes; it is asked for one run of blocks at a time. What it gives must pass the
 * hash like everything else. Part of `Swarm`; the requests themselves are made by the server.
 *
 *     ready     -> fetching    a run of blocks is asked for
 *     fetching  -> ready       it has come
 *     fetching  -> put off     the server is busy or away: again after a pause that doubles, or when it says
 *     any       -> dropped     it has no ranges, not this file, or wrong octets: never again
 */
import type { Block } from '#shared/bittorrent/peer-message.ts';
import type { Lateness } from './endgame.ts';
import type { NeighbourId } from './neighbour.ts';
import type { PiecePicker } from './piece-picker.ts';
import type { Candidates } from './rarity-order.ts';
import { RateMeter } from './rate-meter.ts';
import type { SwarmOutput } from './swarm-exchange.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Web seeds of one torrent. */
const WEB_SEEDS_MAX = 16;
/** Blocks that are asked for in one request, at most: 4 MiB. */
const RUN_BLOCKS_MAX = 256;
/** Pause after a failure, in milliseconds; it doubles with each further one. */
const PUT_OFF_MS = 2_000;
const PUT_OFF_MS_MAX = 600_000;
/** The longest pause that a server may ask for, in milliseconds. */
const RETRY_AFTER_MS_MAX = 24 * 3_600_000;

/** Octets of one piece that a web seed is to be asked for: whole blocks, one behind the other. */
export interface WebFetch extends Block {
  readonly url: string;
  readonly because: string;
}

/** What became of a fetch. */
export type WebSeedEvent =
  | { readonly kind: 'block'; readonly begin: number; readonly block: Uint8Array }
  /** Everything has come. */
  | { readonly kind: 'done' }
  /** Not now; `afterMs` when the server says for how long. */
  | { readonly kind: 'busy'; readonly because: string; readonly afterMs: number | null }
  /** This server is of no use. */
  | { readonly kind: 'useless'; readonly because: string };

type WebSeedState =
  | { readonly kind: 'ready' }
  /** `next` is where the block begins that must come now. */
  | { readonly kind: 'fetching'; readonly fetch: WebFetch; readonly next: number }
  | { readonly kind: 'put off'; readonly until: number; readonly because: string }
  | { readonly kind: 'dropped'; readonly because: string };

interface WebSeed {
  /** Below zero, so that it is nobody's among the neighbours. */
  readonly id: NeighbourId;
  readonly url: string;
  readonly meter: RateMeter;
  state: WebSeedState;
  /** Failures in a row. */
  failures: number;
}

export interface WebSeedsOptions {
  readonly urls: readonly string[];
  readonly picker: PiecePicker;
  /** That of the download. */
  readonly limit: TokenBucket;
  output(output: SwarmOutput): void;
  /** How late the blocks are that neighbours were asked for. */
  lateness(now: number): Lateness;
  /** Takes in a block. */
  arrived(id: NeighbourId, url: string, block: Block, octets: Uint8Array, now: number): void;
}

/** A web server has the whole file. */
const EVERYTHING: Candidates = { has: () => true };

export class WebSeeds {
  readonly #options: WebSeedsOptions;
  readonly #seeds: readonly WebSeed[];

  constructor(options: WebSeedsOptions) {
    this.#options = options;
    const urls = [...new Set(options.urls)].slice(0, WEB_SEEDS_MAX);
    this.#seeds = urls.map((url, nth) => ({
      id: -1 - nth,
      url,
      meter: new RateMeter(),
      state: { kind: 'ready' },
      failures: 0,
    }));
  }

  /** Asks those that are ready. */
  request(now: number): void {
    for (const seed of this.#seeds) {
      if (seed.state.kind === 'put off' && seed.state.until <= now) seed.state = { kind: 'ready' };
      if (seed.state.kind === 'ready') this.#ask(seed, now);
    }
  }

  /** Whether one of them could be asked, and is not. */
  get isWaiting(): boolean {
    return this.#seeds.some(({ state }) => state.kind === 'ready');
  }

  heed(url: string, event: WebSeedEvent, now: number): void {
    const seed = this.#seeds.find((one) => one.url === url);
    if (seed?.state.kind !== 'fetching') return;
    const { fetch, next } = seed.state;
    switch (event.kind) {
      case 'block':
        this.#take(seed, fetch, { next, event }, now);
        break;
      case 'done':
        seed.failures = 0;
        this.#giveBack(seed);
        seed.state = { kind: 'ready' };
        break;
      case 'busy':
        this.#putOff(seed, event, now);
        break;
      case 'useless':
        this.#drop(seed, event.because);
        break;
    }
  }

  /** One of them has given wrong octets; false when `url` is none of them. */
  drop(url: string, because: string): boolean {
    const seed = this.#seeds.find((one) => one.url === url);
    if (seed !== undefined) this.#drop(seed, because);
    return seed !== undefined;
  }

  /** What `GET /state` shows. */
  snapshot(now: number): object[] {
    return this.#seeds.map(({ url, meter, state }) => ({
      url,
      state: state.kind,
      because: 'because' in state ? state.because : null,
      piece: state.kind === 'fetching' ? state.fetch.index : null,
      downloaded: meter.total,
      downloadBytesPerS: Math.round(meter.rate(now)),
    }));
  }

  #ask(seed: WebSeed, now: number): void {
    const { picker, limit, output, lateness } = this.#options;
    if (limit.waitMs(now) > 0) return;
    const pick = picker.pick(seed.id, EVERYTHING, { lateness: lateness(now) });
    if (pick === null) return;
    const { index, begin } = pick.block;
    let { length } = pick.block;
    for (let blocks = 1; blocks < RUN_BLOCKS_MAX; blocks++) {
      const behind = picker.pickBehind(seed.id, { index, begin, length });
      if (behind === null) break;
      length += behind.length;
    }
    limit.spend(length, now);
    const fetch = { url: seed.url, index, begin, length, because: pick.because };
    seed.state = { kind: 'fetching', fetch, next: begin };
    output({ kind: 'fetch', fetch });
  }

  #take(
    seed: WebSeed,
    fetch: WebFetch,
    { next, event }: { next: number; event: WebSeedEvent & { kind: 'block' } },
    now: number,
  ): void {
    const { begin, block } = event;
    if (begin !== next || begin + block.length > fetch.begin + fetch.length) return;
    seed.state = { kind: 'fetching', fetch, next: begin + block.length };
    seed.meter.add(block.length, now);
    this.#options.arrived(seed.id, seed.url, { index: fetch.index, begin, length: block.length }, block, now);
  }

  #putOff(seed: WebSeed, { because, afterMs }: WebSeedEvent & { kind: 'busy' }, now: number): void {
    this.#giveBack(seed);
    this.#options.picker.disown(seed.id);
    const backoffMs = Math.min(PUT_OFF_MS_MAX, PUT_OFF_MS * 2 ** Math.min(seed.failures, 20));
    seed.failures += 1;
    seed.state = { kind: 'put off', until: now + Math.min(afterMs ?? backoffMs, RETRY_AFTER_MS_MAX), because };
    this.#options.output({ kind: 'web seed', url: seed.url, state: 'put off', because });
  }

  #drop(seed: WebSeed, because: string): void {
    if (seed.state.kind === 'dropped') return;
    this.#giveBack(seed);
    this.#options.picker.disown(seed.id);
    seed.state = { kind: 'dropped', because };
    this.#options.output({ kind: 'web seed', url: seed.url, state: 'dropped', because });
  }

  /** What has not come of its fetch may be asked of others. */
  #giveBack({ id, state }: WebSeed): void {
    if (state.kind !== 'fetching') return;
    const { index, begin, length } = state.fetch;
    this.#options.picker.giveBackRun(id, { index, begin, length });
    this.#options.limit.refund(begin + length - state.next);
  }
}
