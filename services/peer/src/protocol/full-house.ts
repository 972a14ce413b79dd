/**
 * Who makes room when all places are taken: a neighbour that for a minute has neither wanted anything of us nor had anything that
 * we want. Whoever comes in its place may be of more use, and is judged by the same rule a minute later. So that nobody is turned
 * out and taken in again by turns, there is a pause after each, and who had to go is not back for a while.
 */
import type { Neighbour } from './neighbour.ts';

/** How long a neighbour must have been of no use, in milliseconds: what it has, and what it wants, may still come. */
const IDLE_MS = 60_000;
/** Pause between two that make room, in milliseconds. */
const PAUSE_MS = 10_000;
/** How long an address that made room is not taken in again in the place of somebody, in milliseconds. */
const AWAY_MS = 600_000;
/** Addresses that are remembered for that: more than one for each pause cannot be. */
const AWAY_MAX = AWAY_MS / PAUSE_MS;

type Idle = Pick<Neighbour, 'endpoint' | 'idleSince'>;

export class FullHouse {
  /** Addresses that have made room, with the times. */
  readonly #away = new Map<string, number>();
  #madeRoomAt = Number.NEGATIVE_INFINITY;

  /** Whether somebody at `address` had to make room a while ago. */
  isAway(address: string, now: number): boolean {
    return now - (this.#away.get(address) ?? Number.NEGATIVE_INFINITY) < AWAY_MS;
  }

  /** The neighbour that makes room now, and why, or null. It is taken to go. */
  makeRoom<One extends Idle>(
    neighbours: Iterable<One>,
    now: number,
  ): { readonly neighbour: One; readonly because: string } | null {
    if (now - this.#madeRoomAt < PAUSE_MS) return null;
    let longest: One | null = null;
    for (const one of neighbours) if (idleMs(one, now) > idleMs(longest, now)) longest = one;
    if (longest === null || idleMs(longest, now) < IDLE_MS) return null;
    this.#madeRoomAt = now;
    this.#away.delete(longest.endpoint.address);
    this.#away.set(longest.endpoint.address, now);
    const [oldest] = this.#away.keys();
    if (this.#away.size > AWAY_MAX && oldest !== undefined) this.#away.delete(oldest);
    const seconds = Math.floor(idleMs(longest, now) / 1000);
    const because = `for ${seconds} s it has neither wanted anything nor had anything that we want, and another needs its place`;
    return { neighbour: longest, because };
  }
}

/** How long it has been of no use; less than nothing for nobody and for who is of use. */
function idleMs(one: Idle | null, now: number): number {
  return one === null || one.idleSince === null ? -1 : now - one.idleSince;
}
