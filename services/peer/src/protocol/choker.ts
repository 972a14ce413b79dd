/**
 * The choker: to whom we upload (BEP 3, "choking and optimistic unchoking"; Cohen, section 2.3). Every ten seconds the
 * interested neighbours that give us most get a slot each: tit for tat. A peer that has everything looks at how fast it can
 * give instead. One slot more is optimistic: its neighbour is chosen at random every thirty seconds, so that newcomers get a
 * start and better neighbours are found. Between the ticks a slot that is free is filled as soon as somebody is interested.
 */
import type { NeighbourId } from './neighbour.ts';

/** Time between two decisions, in milliseconds: "once every ten seconds ... long enough for TCP to ramp up". */
export const CHOKE_TICK_MS = 10_000;
/** Time between two choices of the optimistic slot: "rotates every 30 seconds". */
const OPTIMISTIC_MS = 30_000;
/** A neighbour is new for this long, and then three times as likely to get the optimistic slot (BEP 3). */
const NEW_MS = 60_000;
const NEW_WEIGHT = 3;

export interface ChokeCandidate {
  readonly id: NeighbourId;
  readonly isInterested: boolean;
  readonly isUnchoked: boolean;
  readonly isSnubbed: boolean;
  /** Octets per second: from it while we lack something, to it once we have everything. */
  readonly rate: number;
  readonly connectedAt: number;
  /** When it was choked or unchoked last. */
  readonly changedAt: number;
}

export interface ChokerState {
  readonly optimistic: NeighbourId | null;
  readonly rotatedAt: number;
}

export interface ChokeDecision {
  /** Who is unchoked from now on, and why; all others are choked. */
  readonly unchoked: ReadonlyMap<NeighbourId, string>;
  readonly state: ChokerState;
}

export const CHOKER_START: ChokerState = { optimistic: null, rotatedAt: Number.NEGATIVE_INFINITY };

/** Decides anew about all neighbours. */
export function rechoke(
  candidates: readonly ChokeCandidate[],
  state: ChokerState,
  given: { slots: number; now: number; random: () => number },
): ChokeDecision {
  const { slots, now, random } = given;
  const unchoked = new Map<NeighbourId, string>();
  // Who got a slot a moment ago keeps it until the next tick: nobody is choked and unchoked twice in ten seconds.
  for (const candidate of candidates) {
    if (candidate.isUnchoked && isFresh(candidate, now)) unchoked.set(candidate.id, 'it was unchoked a moment ago');
  }
  const eligible = candidates.filter(
    (candidate) => candidate.isInterested && (candidate.isUnchoked || !isFresh(candidate, now)),
  );
  const byRate = shuffle(eligible, random).sort(
    (a, b) => rateOf(b) - rateOf(a) || Number(b.isUnchoked) - Number(a.isUnchoked),
  );
  const regularSlots = Math.max(1, slots - 1);
  for (const candidate of byRate) {
    if (unchoked.size >= regularSlots) break;
    if (candidate.isSnubbed || unchoked.has(candidate.id)) continue;
    unchoked.set(candidate.id, `one of the ${regularSlots} fastest (${Math.round(rateOf(candidate) / 1024)} KiB/s)`);
  }
  const next = chooseOptimistic(eligible, unchoked, state, given);
  if (next.optimistic !== null && unchoked.size < slots && !unchoked.has(next.optimistic)) {
    unchoked.set(next.optimistic, 'the optimistic slot: it may turn out to be a better neighbour');
  }
  // Slots that remain go to whoever is interested, also to those that let us wait.
  for (const candidate of byRate) {
    if (unchoked.size >= slots) break;
    if (!unchoked.has(candidate.id)) unchoked.set(candidate.id, 'a slot is free');
  }
  return { unchoked, state: next };
}

/** Who gets a slot that is free between two ticks: the first that asks; null when there is no free slot or nobody waits. */
export function fillFreeSlot(candidates: readonly ChokeCandidate[], slots: number, now: number): NeighbourId | null {
  if (candidates.filter((candidate) => candidate.isUnchoked).length >= slots) return null;
  const waiting = candidates.find((one) => one.isInterested && !one.isUnchoked && !isFresh(one, now));
  return waiting?.id ?? null;
}

function chooseOptimistic(
  eligible: readonly ChokeCandidate[],
  unchoked: ReadonlyMap<NeighbourId, string>,
  state: ChokerState,
  { now, random }: { now: number; random: () => number },
): ChokerState {
  const isStillThere = eligible.some((one) => one.id === state.optimistic) && !unchoked.has(state.optimistic ?? -1);
  if (isStillThere && now - state.rotatedAt < OPTIMISTIC_MS) return state;
  const waiting = eligible.filter((one) => !unchoked.has(one.id) && one.id !== state.optimistic);
  const tickets = waiting.flatMap((one) =>
    Array<NeighbourId>(now - one.connectedAt < NEW_MS ? NEW_WEIGHT : 1).fill(one.id),
  );
  const chosen = tickets[Math.floor(random() * tickets.length)];
  return { optimistic: chosen ?? (isStillThere ? state.optimistic : null), rotatedAt: now };
}

function isFresh(candidate: ChokeCandidate, now: number): boolean {
  return now - candidate.changedAt < CHOKE_TICK_MS;
}

function rateOf(candidate: ChokeCandidate): number {
  return candidate.isSnubbed ? 0 : candidate.rate;
}

/** Equal rates are ordered at random. */
function shuffle<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
