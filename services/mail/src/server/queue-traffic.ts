import type { Cancel } from '#shared/host/clock.ts';
import { type DeliveryOutcome, temporaryFailure } from '../protocol/delivery-outcome.ts';
import type { DialogueLine } from '../protocol/dialogue.ts';
import type { QueueEntry } from '../protocol/mail-queue.ts';
import {
  awaitsGreeting,
  connectionsWanted,
  dueRecipients,
  dueTimes,
  HERE,
  type Lane,
  laneOf,
  MESSAGES_WORTH_A_CONNECTION,
  newLane,
  oneTransaction,
  waitsForAnswer,
} from '../protocol/queue-lane.ts';
import { type DomainSenderParts, type DomainWork, sendToDomain, type Transaction } from './domain-sender.ts';
import { deliverToMailbox, type LocalDeliveryParts } from './local-delivery.ts';
import { Patience } from './patience.ts';
import type { QueueLedger } from './queue-ledger.ts';

/** Connections to other servers that are open at the same time. */
const CONNECTIONS_MAX = 20;
/** Recipients of one transaction (RFC 5321, section 4.5.3.1.8: every server takes 100). */
const RECIPIENTS_PER_TRANSACTION_MAX = 100;
/** Messages that are put into mailboxes at the same time: they share the syncs of the folders. */
const DELIVERIES_AT_ONCE_MAX = 64;
/** Entries that get the outcome of a server that cannot be reached, until others get their turn. */
const SETTLED_PER_TURN = 100;
/** How long a transaction may still take when the server stops, in milliseconds. */
const STOP_MS_MAX = 500;

export interface QueueTrafficParts extends LocalDeliveryParts, DomainSenderParts {
  /** Connections to the servers of one domain at the same time. */
  readonly connectionsPerDomainMax: number;
}

/**
 * The queue in motion: wakes when something is due, delivers to the mailboxes here, and sends to other servers. What came of
 * it goes into the ledger.
 */
export class QueueTraffic {
  readonly #parts: QueueTrafficParts;
  readonly #ledger: QueueLedger;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes that are looked at in the next turn. */
  readonly #stirred = new Set<Lane>();
  /** Entries of an earlier run: a delivery of theirs may have happened already. */
  readonly #resumed = new Set<string>();
  readonly #work = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #breaking = new AbortController();
  #deliveries = 0;
  #connections = 0;
  #isHeld = false;
  #cancelAlarm: Cancel = () => {};
  #alarmAt = Number.POSITIVE_INFINITY;

  constructor(parts: QueueTrafficParts, ledger: QueueLedger) {
    this.#parts = parts;
    this.#ledger = ledger;
  }

  /** Whether nothing is begun, though messages are taken. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  setHeld(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (!isHeld) for (const lane of this.#lanes.values()) this.#stir(lane);
  }

  /** Whether an attempt at the entry is under way. */
  isTrying(entry: QueueEntry): boolean {
    const now = this.#now();
    const lanes = new Set(entry.recipients.map(laneOf));
    return [...lanes].some((name) => {
      const lane = this.#lanes.get(name);
      if (lane === undefined) return false;
      return lane.busy.has(entry.id) || (!this.#isHeld && awaitsGreeting(entry, lane, now));
    });
  }

  /** The entry comes from an earlier run, which may have been cut off in the middle of a delivery. */
  markResumed(id: string): void {
    this.#resumed.add(id);
  }

  /** Puts an entry into its lanes, at the time at which it is due in each. */
  place(entry: QueueEntry): void {
    const now = this.#now();
    if (entry.heldAt !== undefined) this.#leaveLanes(entry);
    for (const [name, dueAt] of dueTimes(entry)) {
      const lane = this.#lane(name);
      if (lane.busy.has(entry.id)) continue;
      lane.due.set(entry.id, dueAt);
      if (dueAt <= now) this.#stir(lane);
      else this.#wakeAt(dueAt);
    }
  }

  /** The entry is over. */
  takeOut(entry: QueueEntry): void {
    this.#resumed.delete(entry.id);
    this.#leaveLanes(entry);
  }

  #leaveLanes(entry: QueueEntry): void {
    for (const recipient of entry.recipients) this.#lanes.get(laneOf(recipient))?.due.delete(entry.id);
  }

  /** Ends at once; a transaction whose reply is on its way may still be settled, so that it is not sent again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelAlarm();
    await this.#ended(STOP_MS_MAX);
    this.#breaking.abort();
    await this.#ended(STOP_MS_MAX);
  }

  async #ended(patienceMs: number): Promise<void> {
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, patienceMs);
    const all = Promise.all(this.#work).then(() => this.#ledger.settled());
    await Promise.race([all, patience.promise]);
    clearTimeout(timer);
  }

  #now(): number {
    return this.#parts.host.clock.now();
  }

  #lane(name: string): Lane {
    const lane = this.#lanes.get(name) ?? newLane(name);
    this.#lanes.set(name, lane);
    return lane;
  }

  /** Has the lane looked at in the next turn. */
  #stir(lane: Lane): void {
    if (this.#stirred.size === 0) setImmediate(() => this.#runStirred());
    this.#stirred.add(lane);
  }

  #runStirred(): void {
    const lanes = [...this.#stirred];
    this.#stirred.clear();
    for (const lane of lanes) this.#run(lane);
  }

  #wakeAt(at: number): void {
    if (at >= this.#alarmAt) return;
    this.#cancelAlarm();
    this.#alarmAt = at;
    this.#cancelAlarm = this.#parts.host.clock.after(at - this.#now(), () => {
      this.#alarmAt = Number.POSITIVE_INFINITY;
      for (const lane of this.#lanes.values()) this.#stir(lane);
    });
  }

  /** Starts what is due in a lane, as far as there is room. */
  #run(lane: Lane): void {
    if (this.#stopping.signal.aborted) return;
    if (!this.#isHeld && lane.name === HERE) this.#deliverDue(lane);
    else if (!this.#isHeld) this.#connectDue(lane);
    const nextAt = lane.due.nextAt();
    if (nextAt !== null && nextAt > this.#now()) this.#wakeAt(nextAt);
    const isOver = nextAt === null && lane.busy.size === 0 && lane.connections === 0;
    if (isOver && this.#lanes.get(lane.name) === lane) this.#lanes.delete(lane.name);
  }

  #deliverDue(lane: Lane): void {
    const now = this.#now();
    while (this.#deliveries < DELIVERIES_AT_ONCE_MAX) {
      const id = lane.due.take(now);
      if (id === null) return;
      this.#deliveries += 1;
      lane.busy.add(id);
      this.#track(
        this.#deliverHere(id, now).finally(() => {
          this.#deliveries -= 1;
          this.#leave(lane, id);
        }),
      );
    }
  }

  async #deliverHere(id: string, now: number): Promise<void> {
    const entry = this.#ledger.entries.get(id);
    if (entry === undefined) return;
    const outcomes = new Map<string, DeliveryOutcome>();
    await Promise.all(
      dueRecipients(entry, HERE, now, false).map(async (recipient) => {
        const mayBeThere = this.#resumed.has(id) || (recipient.state.kind === 'waiting' && recipient.state.tries > 0);
        outcomes.set(recipient.address, await deliverToMailbox(this.#parts, entry, recipient, mayBeThere));
      }),
    );
    await this.#ledger.settle(id, outcomes);
  }

  #connectDue(lane: Lane): void {
    const { connectionsPerDomainMax } = this.#parts;
    const waiting = lane.due.countDue(this.#now(), connectionsPerDomainMax * MESSAGES_WORTH_A_CONNECTION);
    const wanted = connectionsWanted(lane, waiting, connectionsPerDomainMax);
    const opened = Math.min(wanted - lane.connections, CONNECTIONS_MAX - this.#connections);
    for (let left = opened; left > 0; left -= 1) this.#connect(lane);
  }

  #connect(lane: Lane): void {
    const first = this.#ledger.entries.get(lane.due.first() ?? '');
    if (first === undefined) return;
    this.#connections += 1;
    lane.connections += 1;
    const patience = new Patience(this.#parts.relay.connectTimeoutMs, (isOver) => {
      lane.slow += isOver ? 1 : -1;
      this.#stir(lane);
    });
    const sending = sendToDomain(this.#parts, this.#workFor(lane, first, patience))
      .catch((error: Error) => {
        this.#ledger.complain(`Mail for ${lane.name} could not be sent: ${error.message}`, error);
        return this.#settleAll(lane, temporaryFailure('4.3.0', error.message, false), []);
      })
      .finally(() => {
        patience.end();
        // Also other lanes may have waited for a connection to become free.
        const wasFull = this.#connections >= CONNECTIONS_MAX;
        this.#connections -= 1;
        lane.connections -= 1;
        if (lane.connections === 0) lane.isAnswering = false;
        this.#stir(lane);
        if (wasFull) for (const other of this.#lanes.values()) this.#stir(other);
      });
    this.#track(sending);
  }

  #workFor(lane: Lane, first: QueueEntry, patience: Patience): DomainWork {
    return {
      domain: lane.name,
      first,
      stopping: this.#stopping.signal,
      breaking: this.#breaking.signal,
      greeted: () => this.#greeted(lane),
      next: () => {
        const next = this.#nextTransaction(lane);
        if (next !== null) patience.begin();
        return next;
      },
      settle: async ({ entry: { id } }, outcomes, dialogue) => {
        patience.end();
        await this.#ledger.settle(id, outcomes, dialogue.lines);
        this.#leave(lane, id);
      },
      giveBack: ({ entry: { id } }) => this.#leave(lane, id),
      settleAll: (outcome, dialogue) => this.#settleAll(lane, outcome, dialogue?.lines ?? []),
    };
  }

  /** A server of the domain answers: what waited only for that is due, and further connections may help. */
  #greeted(lane: Lane): void {
    lane.isAnswering = true;
    const now = this.#now();
    for (const id of [...lane.due.keys()]) {
      const entry = this.#ledger.entries.get(id);
      if (entry !== undefined && waitsForAnswer(entry, lane.name)) lane.due.set(id, now);
    }
    this.#stir(lane);
  }

  /** What is due first in the lane. */
  #nextTransaction(lane: Lane): Transaction | null {
    const now = this.#now();
    for (;;) {
      const id = this.#isHeld ? null : lane.due.take(now);
      if (id === null) return null;
      const entry = this.#ledger.entries.get(id);
      const due = entry === undefined ? [] : dueRecipients(entry, lane.name, now, true);
      if (entry === undefined || due.length === 0) continue;
      lane.busy.add(id);
      return { entry, recipients: oneTransaction(due, RECIPIENTS_PER_TRANSACTION_MAX) };
    }
  }

  /** An attempt in the lane is over; the entry goes back into it if somebody still waits there. */
  #leave(lane: Lane, id: string): void {
    lane.busy.delete(id);
    const entry = this.#ledger.entries.get(id);
    if (entry !== undefined) this.place(entry);
    this.#stir(lane);
  }

  /** No server of the domain could be talked to: that is the outcome for all who are due. */
  async #settleAll(lane: Lane, outcome: DeliveryOutcome, dialogue: readonly DialogueLine[]): Promise<void> {
    const now = this.#now();
    for (let settled = 1; !this.#stopping.signal.aborted; settled += 1) {
      const id = lane.due.take(now);
      if (id === null) return;
      const entry = this.#ledger.entries.get(id);
      const due = entry === undefined ? [] : dueRecipients(entry, lane.name, now, false);
      await this.#ledger.settle(id, new Map(due.map(({ address }) => [address, outcome])), dialogue);
      this.#leave(lane, id);
      if (settled % SETTLED_PER_TURN === 0) await new Promise(setImmediate);
    }
  }

  /** What the stop waits for. */
  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }
}
