import type { Cancel } from '#shared/host/clock.ts';
import type { Host } from '#shared/host/host.ts';
import { type DeliveryOutcome, temporaryFailure } from '../protocol/delivery-outcome.ts';
import type { MailDirectory } from '../protocol/mail-directory.ts';
import {
  flushQueueEntry,
  isDue,
  nextDueAt,
  postponeQueueEntry,
  type QueueEntry,
  type Recipient,
  type RetrySchedule,
  stepQueueEntry,
  type Telling,
} from '../protocol/mail-queue.ts';
import { decisionReport, queueReport } from '../reports.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { type DomainWork, sendToDomain, type Transaction, triedKey } from './domain-sender.ts';
import { deliverToMailbox } from './local-delivery.ts';
import { writeSenderNotice } from './sender-notice.ts';

/** Domains that are delivered to at the same time. */
const DOMAINS_AT_ONCE_MAX = 20;
/** Recipients of one transaction (RFC 5321, section 4.5.3.1.8: every server takes 100). */
const RECIPIENTS_PER_TRANSACTION_MAX = 100;
/** Messages that are written into mailboxes at the same time. */
const DELIVERIES_AT_ONCE_MAX = 20;
/** Messages in the queue; when it is full, no more are taken. */
const ENTRIES_MAX = 10_000;
/** Pause after the queue could not be written, in milliseconds of lab time. */
const DISK_PAUSE_MS = 60_000;
/** How long a transaction may still take when the server stops, in milliseconds. */
const STOP_MS_MAX = 500;

export interface QueueRunnerParts {
  readonly host: Host;
  readonly store: QueueStore;
  readonly mailboxes: MailStore;
  readonly directory: MailDirectory;
  readonly mailHost: string;
  readonly schedule: RetrySchedule;
  readonly connectTimeoutMs: number;
}

/**
 * Runs the queue: wakes when a recipient is due, delivers to the mailboxes here, sends to other servers (one connection per
 * domain, over which all its messages go), and writes what came of it to disk before anything follows from it.
 */
export class QueueRunner {
  readonly #parts: QueueRunnerParts;
  readonly #entries = new Map<string, QueueEntry>();
  /** Work on an entry's state is done in turn. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #sending = new Map<string, Promise<void>>();
  readonly #delivering = new Set<string>();
  readonly #stopping = new AbortController();
  readonly #breaking = new AbortController();
  #cancelAlarm: Cancel = () => {};
  #isWakeScheduled = false;
  #trouble: string | null = null;

  constructor(parts: QueueRunnerParts) {
    this.#parts = parts;
  }

  get entries(): readonly QueueEntry[] {
    return [...this.#entries.values()];
  }

  /** What keeps the queue from working, in a sentence. */
  get trouble(): string | null {
    return this.#trouble;
  }

  get isFull(): boolean {
    return this.#entries.size >= ENTRIES_MAX;
  }

  /** Takes over entries of an earlier run. */
  resume(entries: readonly QueueEntry[]): void {
    for (const entry of entries) {
      this.#entries.set(entry.id, entry);
      this.#parts.host.report(
        queueReport('queued', entry, 'it was in the queue when this server stopped, and is still to be delivered'),
      );
    }
    this.#wakeSoon();
  }

  /** Takes an entry that is on disk. */
  add(entry: QueueEntry, because: string, cause?: string): void {
    this.#entries.set(entry.id, entry);
    this.#parts.host.report(queueReport('queued', entry, because, undefined, cause));
    this.#wakeSoon();
  }

  /** Tries everything that waits, now. */
  flush(): number {
    const now = this.#parts.host.clock.now();
    for (const entry of this.#entries.values()) this.#entries.set(entry.id, flushQueueEntry(entry, now));
    this.#wakeSoon();
    return this.#entries.size;
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
    const all = Promise.all([...this.#sending.values(), ...this.#turns.values()]);
    await Promise.race([all, patience.promise]);
    clearTimeout(timer);
  }

  #wakeSoon(): void {
    if (this.#isWakeScheduled || this.#stopping.signal.aborted) return;
    this.#isWakeScheduled = true;
    setImmediate(() => {
      this.#isWakeScheduled = false;
      this.#wake();
    });
  }

  /** Starts what is due, and sets the alarm for what is due next. */
  #wake(): void {
    if (this.#stopping.signal.aborted) return;
    const now = this.#parts.host.clock.now();
    let nextAt = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries.values()) {
      for (const recipient of entry.recipients) {
        if (isDue(recipient, now, false)) this.#start(entry, recipient);
        else if (recipient.state.kind === 'waiting') nextAt = Math.min(nextAt, recipient.state.dueAt);
      }
    }
    this.#cancelAlarm();
    this.#cancelAlarm =
      nextAt === Number.POSITIVE_INFINITY
        ? () => {}
        : this.#parts.host.clock.after(nextAt - now, () => this.#wakeSoon());
  }

  #start(entry: QueueEntry, recipient: Recipient): void {
    const { destination, address } = recipient;
    if (destination.kind === 'maildrop') {
      const key = triedKey(entry, recipient);
      if (this.#delivering.has(key) || this.#delivering.size >= DELIVERIES_AT_ONCE_MAX) return;
      this.#delivering.add(key);
      const delivery = this.#inTurn(entry.id, () => this.#deliverHere(entry, address, destination.account));
      void delivery.finally(() => this.#delivering.delete(key));
      return;
    }
    const { domain } = destination.address;
    if (this.#sending.has(domain) || this.#sending.size >= DOMAINS_AT_ONCE_MAX) return;
    const work = sendToDomain(this.#parts, this.#workFor(domain, entry))
      .catch((error: Error) => {
        this.#complain(`Mail for ${domain} could not be sent: ${error.message}`, error);
        return this.#settleAll(domain, temporaryFailure('4.3.0', error.message, false));
      })
      .finally(() => {
        this.#sending.delete(domain);
        this.#wakeSoon();
      });
    this.#sending.set(domain, work);
  }

  async #deliverHere(entry: QueueEntry, address: string, account: string): Promise<void> {
    const outcome = await deliverToMailbox(this.#parts, entry, account);
    await this.#settle(entry.id, new Map([[address, outcome]]));
  }

  #workFor(domain: string, first: QueueEntry): DomainWork {
    return {
      domain,
      first,
      stopping: this.#stopping.signal,
      breaking: this.#breaking.signal,
      next: (tried) => this.#nextTransaction(domain, tried),
      settle: (id, outcomes) => this.#inTurn(id, () => this.#settle(id, outcomes)),
      settleAll: (outcome) => this.#settleAll(domain, outcome),
    };
  }

  /** The oldest message that is due for the domain, with the recipients who share its DSN parameters (RFC 3461, section 5.2.1). */
  #nextTransaction(domain: string, tried: ReadonlySet<string>): Transaction | null {
    const now = this.#parts.host.clock.now();
    for (const entry of this.#entries.values()) {
      const due = entry.recipients.filter(
        (recipient) =>
          isFor(recipient, domain) && isDue(recipient, now, true) && !tried.has(triedKey(entry, recipient)),
      );
      const [first] = due;
      if (first === undefined) continue;
      const alike = due.filter((one) => one.orcpt === first.orcpt && String(one.notify) === String(first.notify));
      return { entry, recipients: alike.slice(0, RECIPIENTS_PER_TRANSACTION_MAX) };
    }
    return null;
  }

  /** No server of the domain could be reached: that is the outcome for all who are due. */
  async #settleAll(domain: string, outcome: DeliveryOutcome): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const now = this.#parts.host.clock.now();
    for (const entry of [...this.#entries.values()]) {
      const due = entry.recipients.filter((recipient) => isFor(recipient, domain) && isDue(recipient, now, false));
      if (due.length === 0) continue;
      await this.#inTurn(entry.id, () => this.#settle(entry.id, new Map(due.map(({ address }) => [address, outcome]))));
    }
  }

  /** Writes what came of an attempt to disk, with the reports that follow from it first: none is lost if we stop here. */
  async #settle(id: string, outcomes: ReadonlyMap<string, DeliveryOutcome>): Promise<void> {
    const { host, store, schedule } = this.#parts;
    const before = this.#entries.get(id);
    if (before === undefined) return;
    const { entry, decisions, tellings } = stepQueueEntry(before, outcomes, host.clock.now(), schedule);
    for (const decision of decisions) host.report(decisionReport(entry, decision));
    try {
      for (const telling of tellings) await this.#tellSender(entry, telling);
    } catch (error) {
      // The sender must be told before the recipient counts as failed: all of it is tried again.
      this.#entries.set(id, postponeQueueEntry(before, entry, host.clock.now() + DISK_PAUSE_MS));
      throw error;
    }
    this.#entries.set(id, entry);
    if (nextDueAt(entry) !== null) await store.save(entry);
    else await this.#remove(entry);
    this.#trouble = null;
  }

  async #remove(entry: QueueEntry): Promise<void> {
    this.#entries.delete(entry.id);
    await this.#parts.store.remove(entry.id);
    const isLost = entry.reversePath === '' && entry.recipients.some(({ state }) => state.kind === 'failed');
    const because = isLost
      ? 'a bounce is never answered by a bounce: it ends here (RFC 5321, section 6.1)'
      : 'every recipient is delivered or reported to the sender';
    this.#parts.host.report(queueReport('removed', entry, because));
  }

  async #tellSender(about: QueueEntry, telling: Telling): Promise<void> {
    const notice = await writeSenderNotice(this.#parts, about, telling);
    if (notice === null) {
      const because = `nobody has the address ${about.reversePath}, so nobody can be told`;
      this.#parts.host.report(queueReport('removed', about, because));
      return;
    }
    this.add(notice, `the sender of ${about.id} is told that it was ${telling.action}`, about.exchange);
  }

  #inTurn(id: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(id) ?? Promise.resolve())
      .then(work)
      .catch((error: Error) =>
        this.#complain(`The queue cannot be written: ${error.message}. Make room on the disk`, error),
      )
      .finally(() => {
        if (this.#turns.get(id) === turn) this.#turns.delete(id);
        this.#wakeSoon();
      });
    this.#turns.set(id, turn);
    return turn;
  }

  #complain(sentence: string, error: Error): void {
    this.#trouble = sentence;
    this.#parts.host.log.error(error, sentence);
  }
}

function isFor({ destination }: Recipient, domain: string): boolean {
  return destination.kind === 'elsewhere' && destination.address.domain === domain;
}
