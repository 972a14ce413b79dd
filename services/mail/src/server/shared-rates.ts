import {
  type Counted,
  type RateCounter,
  type RateLimitOptions,
  RateLimits,
  type TooMany,
} from '../protocol/rate-limits.ts';

/** How long others do not know what was counted here, in milliseconds: by so much a client may go beyond its limit. */
const NEWS_MS = 100;

/** What was counted in one thread since it last told the others. */
export type RateNews = ReadonlyMap<string, Readonly<Record<Counted, number>>>;

/** The limits of one client in one of several threads, which tell each other what they have counted. */
export class SharedRates implements RateCounter {
  readonly #limits: RateLimits;
  readonly #tell: (news: RateNews) => void;
  #news = new Map<string, Record<Counted, number>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RateLimitOptions, tell: (news: RateNews) => void) {
    this.#limits = new RateLimits(options);
    this.#tell = tell;
  }

  count(what: Counted, who: string, now: number): TooMany | null {
    const done = this.#news.get(who) ?? { connections: 0, messages: 0, recipients: 0 };
    done[what] += 1;
    this.#news.set(who, done);
    this.#timer ??= setTimeout(() => this.#send(), NEWS_MS);
    return this.#limits.count(what, who, now);
  }

  /** What others have counted. */
  take(news: RateNews, now: number): void {
    for (const [who, done] of news) this.#limits.add(who, done, now);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #send(): void {
    this.#timer = undefined;
    this.#tell(this.#news);
    this.#news = new Map();
  }
}
