/**
 * The choker: to whom we upload (BEP 3, "choking and optimistic unchoking"; Cohen, section 2.3). A few neighbours at a time, so
 * that TCP gets along; for ten seconds at least, so that nobody is switched to and fro ("fibrillation").
 *
 *  - Every ten seconds the interested neighbours that give us most, over twenty seconds, get a slot each: tit for tat.
 *  - One slot more is optimistic. Every thirty seconds its neighbour is chosen at random, so that newcomers get a start and
 *    better neighbours are found; a newcomer is three times as likely.
 *  - A peer that has everything is given nothing to compare. It ranks by how fast its neighbours take, or gives each a turn.
 *  - Between the ticks a free slot is filled as soon as somebody is interested. Who holds a slot and is not interested keeps
 *    it until another needs it: it loses no time when it becomes interested again. Who has everything never does: in a fast
 *    swarm those that are done would otherwise hold all slots of each other for ten seconds, and the last ones would wait.
 *
 * Every decision has its reason.
 */
import type { NeighbourId } from './neighbour.ts';

/** Time between two decisions, in milliseconds: "once every ten seconds ... long enough for TCP to ramp up". */
export const CHOKE_TICK_MS = 10_000;
/** Time between two choices of the optimistic slot: "rotates every 30 seconds". */
const OPTIMISTIC_MS = 30_000;
/** A neighbour is new for this long, and then three times as likely to get the optimistic slot (BEP 3). */
const NEW_MS = 60_000;
const NEW_WEIGHT = 3;
/** How long a neighbour of a seed that gives in turns keeps its slot while others wait, in milliseconds. */
const TURN_MS = 20_000;
const MS_PER_S = 1000;

/** A neighbour and its slot. */
export interface ChokeCandidate {
  readonly id: NeighbourId;
  readonly isInterested: boolean;
  /** Whether it has every piece, or says that it wants no other (BEP 21): it is not expected to be interested again. */
  readonly isComplete: boolean;
  readonly isUnchoked: boolean;
  readonly isSnubbed: boolean;
  /** Octets per second over 20 s: from it for `uploaders`, to it for `takers`. */
  readonly rate: number;
  readonly connectedAt: number;
  /** When it was choked or unchoked last. */
  readonly changedAt: number;
}

/** By what the regular slots are given: those that give us most, those that take most, each in turn. */
export type Ranking = 'uploaders' | 'takers' | 'turns';

export interface ChokerState {
  readonly optimistic: NeighbourId | null;
  readonly rotatedAt: number;
}

export interface ChokeDecision {
  /** Who is unchoked from now on, and why. */
  readonly unchoked: ReadonlyMap<NeighbourId, string>;
  /** Who loses its slot, and why; all others stay choked. */
  readonly choked: ReadonlyMap<NeighbourId, string>;
  readonly state: ChokerState;
}

interface Given {
  readonly slots: number;
  readonly ranking: Ranking;
  readonly now: number;
  readonly random: () => number;
}

export const CHOKER_START: ChokerState = { optimistic: null, rotatedAt: Number.NEGATIVE_INFINITY };

/** Decides anew about all neighbours. */
export function rechoke(candidates: readonly ChokeCandidate[], state: ChokerState, given: Given): ChokeDecision {
  const { slots, ranking, now, random } = given;
  const unchoked = new Map<NeighbourId, string>();
  // Who got a slot a moment ago keeps it until the next tick: nobody is choked and unchoked twice in ten seconds.
  for (const candidate of candidates) {
    if (candidate.isUnchoked && isFresh(candidate, now) && !isOver(candidate))
      unchoked.set(candidate.id, 'it was unchoked a moment ago');
  }
  const eligible = candidates.filter(
    (candidate) => candidate.isInterested && (candidate.isUnchoked || !isFresh(candidate, now)),
  );
  const ranked = shuffle(eligible, random).sort(ORDER[ranking](now));
  // Turns come to everybody: there is nothing to be found out by chance.
  const regularSlots = ranking === 'turns' ? slots : Math.max(Math.min(1, slots), slots - 1);
  for (const [rank, candidate] of ranked.entries()) {
    if (unchoked.size >= regularSlots) break;
    if (unchoked.has(candidate.id) || !hasEarned(candidate, ranking)) continue;
    unchoked.set(candidate.id, reasonOf(candidate, rank, given));
  }
  const next = ranking === 'turns' ? CHOKER_START : chooseOptimistic(eligible, unchoked, state, given);
  if (next.optimistic !== null && unchoked.size < slots && !unchoked.has(next.optimistic)) {
    unchoked.set(next.optimistic, 'the optimistic slot: it may turn out to be a better neighbour');
  }
  // Slots that remain go to whoever is interested, also to those that let us wait, and stay with those that were.
  const rest = [...ranked, ...candidates.filter((one) => one.isUnchoked && !one.isInterested)];
  for (const candidate of rest) {
    if (unchoked.size >= slots) break;
    if (!unchoked.has(candidate.id)) unchoked.set(candidate.id, 'a slot is free');
  }
  const losers = candidates.filter((one) => one.isUnchoked && !unchoked.has(one.id));
  return { unchoked, choked: new Map(losers.map((one) => [one.id, whyChoked(one, ranking)])), state: next };
}

/**
 * Who gets a slot between two ticks, and who gives it up for that; null when nothing changes. It goes to the one that gives us
 * most, or to one that never had a slot. Who had one and gave nothing waits for the tick: a free rider would live on slots that
 * are free for a moment.
 */
export function fillSlot(
  candidates: readonly ChokeCandidate[],
  { slots, ranking, now }: Omit<Given, 'random'>,
): { readonly unchoke: NeighbourId; readonly choke: NeighbourId | null } | null {
  const holders = candidates.filter((one) => one.isUnchoked);
  const idle =
    holders.length < slots ? null : holders.find((one) => isOver(one) || (!one.isInterested && !isFresh(one, now)));
  if (idle === undefined || slots === 0) return null;
  const [first] = candidates
    .filter((one) => one.isInterested && !one.isUnchoked && !isFresh(one, now))
    .filter((one) => hasEarned(one, ranking) || one.changedAt === Number.NEGATIVE_INFINITY)
    .sort(ORDER[ranking](now));
  return first === undefined ? null : { unchoke: first.id, choke: idle?.id ?? null };
}

function chooseOptimistic(
  eligible: readonly ChokeCandidate[],
  unchoked: ReadonlyMap<NeighbourId, string>,
  state: ChokerState,
  { now, random }: Given,
): ChokerState {
  const isStillThere = eligible.some((one) => one.id === state.optimistic) && !unchoked.has(state.optimistic ?? -1);
  if (isStillThere && now - state.rotatedAt < OPTIMISTIC_MS) return state;
  const waiting = eligible.filter((one) => !unchoked.has(one.id) && one.id !== state.optimistic);
  const tickets = waiting.flatMap((one) => Array<NeighbourId>(isNew(one, now) ? NEW_WEIGHT : 1).fill(one.id));
  const chosen = tickets[Math.floor(random() * tickets.length)];
  return { optimistic: chosen ?? (isStillThere ? state.optimistic : null), rotatedAt: now };
}

const ORDER: Record<Ranking, (now: number) => (a: ChokeCandidate, b: ChokeCandidate) => number> = {
  uploaders: () => byRate,
  takers: () => byRate,
  turns: (now) => (a, b) => stageOf(a, now) - stageOf(b, now) || compare(a.changedAt, b.changedAt),
};

function byRate(a: ChokeCandidate, b: ChokeCandidate): number {
  return rateOf(b) - rateOf(a) || Number(b.isUnchoked) - Number(a.isUnchoked);
}

/** A turn that is under way, one that is awaited, and one that is over. */
function stageOf(candidate: ChokeCandidate, now: number): number {
  if (!candidate.isUnchoked) return 1;
  return now - candidate.changedAt < TURN_MS ? 0 : 2;
}

/** Also of those that never had a slot, which have waited since for ever. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function reasonOf(candidate: ChokeCandidate, rank: number, { ranking, now }: Given): string {
  const rate = `${kibibytes(candidate)} over 20 s`;
  switch (ranking) {
    case 'uploaders':
      return `the ${ordinal(rank + 1)} fastest uploader: ${rate}`;
    case 'takers':
      return `the ${ordinal(rank + 1)} fastest to take what a seed gives: ${rate}`;
    case 'turns': {
      const waitedMs = now - Math.max(candidate.changedAt, candidate.connectedAt);
      return `its turn: it has waited for ${Math.round(waitedMs / MS_PER_S)} s`;
    }
  }
}

function whyChoked(candidate: ChokeCandidate, ranking: Ranking): string {
  if (!candidate.isInterested) return 'it is not interested, and others need its slot';
  if (candidate.isSnubbed) return 'it lets us wait, and others got the slots';
  if (ranking === 'turns') return 'its turn is over, and others wait';
  return `others ${ranking === 'takers' ? 'take' : 'give'} more than its ${kibibytes(candidate)}`;
}

function kibibytes({ rate }: ChokeCandidate): string {
  return `${Math.round(rate / 1024)} KiB/s`;
}

function ordinal(rank: number): string {
  return ['first', 'second', 'third'][rank - 1] ?? `${rank}th`;
}

/** Whether it was choked or unchoked a moment ago, so that it stays so. */
function isFresh(candidate: ChokeCandidate, now: number): boolean {
  return now - candidate.changedAt < CHOKE_TICK_MS;
}

/** Whether it needs its slot no more, and never will: it is not switched to and fro when it loses it at once. */
function isOver({ isInterested, isComplete }: ChokeCandidate): boolean {
  return isComplete && !isInterested;
}

/** Whether it may have a slot for what it does: whoever gives nothing has one by chance, or when nobody else wants it. */
function hasEarned(candidate: ChokeCandidate, ranking: Ranking): boolean {
  return ranking === 'uploaders' ? rateOf(candidate) > 0 : !candidate.isSnubbed;
}

function isNew(candidate: ChokeCandidate, now: number): boolean {
  return now - candidate.connectedAt < NEW_MS;
}

function rateOf(candidate: ChokeCandidate): number {
  return candidate.isSnubbed ? 0 : candidate.rate;
}

/** Equals are ordered at random. */
function shuffle<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
