/**
 * Which tracker is asked, where a torrent has several (BEP 12): tier by tier, those of a tier in an order that was drawn once,
 * and whoever answers comes to the front of its tier. A tracker that failed rests for a while: it is asked only after the
 * others have failed too, so that one that is gone does not delay every announce.
 *
 * A private torrent "MUST use only one tracker at a time and only switch between trackers when the current tracker fails"
 * (BEP 27): the one that has answered is asked first until it fails, whatever its tier, and one that was left is told nothing
 * more.
 */
import { RETRANSMISSIONS_MAX } from './udp-announcing.ts';

/** What is known of a tracker. */
export interface Tracker {
  readonly url: string;
  readonly kind: 'http' | 'udp';
  readonly tier: number;
  /** In a row. */
  failures: number;
  restsUntil: number;
  /** Whether it has heard `started`: it knows of us, and is told when we go. */
  hasStarted: boolean;
  /** When it answered last; null if it never did. */
  answeredAt: number | null;
  /** Why it failed last; null since it has answered. */
  trouble: string | null;
}

/** Trackers of one torrent, at most; more would make us ask strangers for somebody else. */
const TRACKERS_MAX = 32;
/** How long a tracker rests after a failure, in milliseconds; it doubles with each further one. */
const REST_MS = 15_000;
const REST_MS_MAX = 1_800_000;
/**
 * How often a datagram to the tracker of a private torrent is sent again before another tracker is asked: one that is lost must
 * not cost us all neighbours, and two more take 105 s with those of BEP 15.
 */
const PRIVATE_RETRANSMISSIONS = 2;

export interface RefusedTracker {
  readonly url: string;
  readonly because: string;
}

export class TrackerTiers {
  /** What the torrent names and cannot be used. */
  readonly refused: readonly RefusedTracker[];
  readonly #tiers: Tracker[][];
  /** Who has answered last. */
  #current: Tracker | null = null;

  /** `kindOf` tells how a tracker is spoken to, or why it cannot be. `random` gives numbers from 0 to 1, 1 excluded. */
  constructor(
    tiers: readonly (readonly string[])[],
    kindOf: (url: string) => Tracker['kind'] | RefusedTracker,
    random: () => number,
  ) {
    const refused: RefusedTracker[] = [];
    const seen = new Set<string>();
    const used = tiers.map((urls, tier) =>
      urls.flatMap((url): Tracker[] => {
        const kind = kindOf(url);
        if (seen.has(url)) return [];
        seen.add(url);
        const isUsed = typeof kind === 'string' && seen.size - refused.length <= TRACKERS_MAX;
        if (isUsed) return [newTracker(url, kind, tier)];
        refused.push(typeof kind === 'string' ? { url, because: `the torrent has ${TRACKERS_MAX} others` } : kind);
        return [];
      }),
    );
    this.refused = refused;
    this.#tiers = used.filter((tier) => tier.length > 0).map((tier) => shuffle(tier, random));
  }

  /** All trackers in the order of their tiers. */
  get all(): readonly Tracker[] {
    return this.#tiers.flat();
  }

  /** The trackers in the order in which they are to be asked now, until one answers. */
  round(now: number, isPrivate: boolean): Tracker[] {
    const all = this.#tiers.flat();
    const inTurn = [
      ...all.filter(({ restsUntil }) => restsUntil <= now),
      ...all.filter(({ restsUntil }) => restsUntil > now),
    ];
    const current = this.#current;
    return !isPrivate || current === null ? inTurn : [current, ...inTurn.filter((tracker) => tracker !== current)];
  }

  /** How often a datagram to `tracker` is sent again: who has nobody else to ask waits for as long as BEP 15 says. */
  retransmissionsMax(tracker: Tracker, isPrivate: boolean): number {
    if (this.#tiers.flat().length === 1) return RETRANSMISSIONS_MAX;
    return isPrivate && tracker === this.#current ? PRIVATE_RETRANSMISSIONS : 0;
  }

  /**
   * It has answered: "moved to the front of the tier" (BEP 12). Returns the one that a private torrent has left for it: that
   * hears `started` again if we come back.
   */
  answered(tracker: Tracker, now: number, isPrivate: boolean): Tracker | null {
    tracker.failures = 0;
    tracker.restsUntil = now;
    tracker.answeredAt = now;
    tracker.trouble = null;
    tracker.hasStarted = true;
    const left = isPrivate && this.#current !== tracker ? this.#current : null;
    if (left !== null) left.hasStarted = false;
    this.#current = tracker;
    const tier = this.#tiers.find((one) => one.includes(tracker));
    tier?.splice(tier.indexOf(tracker), 1);
    tier?.unshift(tracker);
    return left;
  }

  /**
   * The torrent turns out to be private: the tracker that has answered last is the only one from now on. Returns whether others
   * had told of peers too; they are left as `answered` leaves one.
   */
  turnPrivate(): boolean {
    const others = this.#tiers.flat().filter((tracker) => tracker.hasStarted && tracker !== this.#current);
    for (const tracker of others) tracker.hasStarted = false;
    return others.length > 0;
  }

  failed(tracker: Tracker, because: string, now: number): void {
    tracker.restsUntil = now + Math.min(REST_MS_MAX, REST_MS * 2 ** tracker.failures);
    tracker.failures += 1;
    tracker.trouble = because;
  }
}

function newTracker(url: string, kind: Tracker['kind'], tier: number): Tracker {
  return { url, kind, tier, failures: 0, restsUntil: 0, hasStarted: false, answeredAt: null, trouble: null };
}

/** "URLs within each tier will be processed in a randomly chosen order" (BEP 12). */
function shuffle(tier: readonly Tracker[], random: () => number): Tracker[] {
  return tier
    .map((tracker) => ({ tracker, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ tracker }) => tracker);
}
