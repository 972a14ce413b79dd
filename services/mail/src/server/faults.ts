import type { Host } from '#shared/host/host.ts';
import {
  type ArmedFault,
  armFault,
  type FaultEffect,
  type FaultFacts,
  type FaultRule,
  faultInRule,
  isSpent,
  meetFaults,
} from '../protocol/fault-rules.ts';
import type { FaultStage } from '../protocol/fault-stages.ts';
import { type Greylist, stepGreylist } from '../protocol/greylist.ts';
import { type MagicEffect, type MagicRecipient, magicAmong, magicStages } from '../protocol/magic-recipients.ts';
import { formatSmtpReply, type SmtpReply } from '../protocol/smtp-reply.ts';
import { faultReport } from '../reports.ts';
import { FaultBoard } from './fault-board.ts';

/** Rules that may be set at the same time. */
export const FAULT_RULES_MAX = 100;
/** Longest delay, in milliseconds: clients of SMTP wait for ten minutes at most (RFC 5321, section 4.5.3.2). */
export const FAULT_DELAY_MS_MAX = 600_000;
/** How long `slow@` takes, in milliseconds. */
const SLOW_MS = 5_000;
/** Conversations that wait in a fault at the same time; further ones are not delayed. */
const WAITING_MAX = 500;

/** What the caller has to do in place of what it would do. */
export type FaultOutcome =
  | { readonly kind: 'reply'; readonly reply: SmtpReply; readonly rule: string }
  /** Break the connection, after so many more octets where the stage has any (`smtp-data`, `pop3-command`, `imap-command`). */
  | { readonly kind: 'drop'; readonly afterOctets: number; readonly rule: string };

/** A rule that cannot be set, with what to do. */
export class FaultRefused extends Error {
  override readonly name = 'FaultRefused';
}

/** The fault that is to happen, whoever asked for it. */
interface Struck {
  readonly name: string;
  readonly effect: FaultEffect;
  readonly because: string;
}

/** What the caller knows besides the facts. */
export interface Asking {
  /** The exchange that the fault belongs to. */
  readonly exchange?: string | undefined;
  /** Aborts when the client went away: the waiting ends then. */
  readonly gone?: AbortSignal | undefined;
}

/** Where faults may strike, for those who come by. */
export interface FaultPoints {
  /** Whether nothing can happen at this stage: the caller goes on without waiting for anything. */
  isIdleAt(stage: FaultStage): boolean;
  /**
   * To be asked when a stage is reached. Null: go on. It waits for the delay of the rule itself; waiting ends when the
   * client goes away or the server stops, with a drop.
   */
  meet(stage: FaultStage, facts: FaultFacts, asking?: Asking): Promise<FaultOutcome | null>;
}

/** The faults of this server: rules that are set while it runs, and recipients that are there for tests. */
export class Faults implements FaultPoints {
  /** The stages for which there are rules, which all threads see. */
  readonly board = new FaultBoard();
  readonly #host: Host;
  readonly #magic: ReadonlyMap<string, MagicRecipient>;
  readonly #ownDomains: readonly string[];
  readonly #stopping = new AbortController();
  #armed: readonly ArmedFault[] = [];
  readonly #magicStages: ReadonlySet<string>;
  #greylist: Greylist = new Map();
  #waiting = 0;

  /**
   * @param magic the local parts that nobody here has and that make faults; an empty map for none.
   * @param ownDomains where they are magic, in lower case: at another domain, the server of that domain answers.
   */
  constructor(host: Host, magic: ReadonlyMap<string, MagicRecipient>, ownDomains: readonly string[]) {
    this.#host = host;
    this.#magic = magic;
    this.#ownDomains = ownDomains;
    this.#magicStages = magicStages(magic);
  }

  isIdleAt(stage: FaultStage): boolean {
    return !this.board.has(stage) && !this.#magicStages.has(stage);
  }

  async meet(stage: FaultStage, facts: FaultFacts, asking: Asking = {}): Promise<FaultOutcome | null> {
    if (this.isIdleAt(stage)) return null;
    const struck = this.#strike(stage, facts) ?? this.#magicAt(stage, facts);
    if (struck === null) return null;
    const { name, effect, because } = struck;
    const exchange = asking.exchange ?? this.#host.newExchange();
    this.#host.report(faultReport({ exchange, rule: name, stage, does: describeEffect(effect), because, facts }));
    const isCutShort = await this.#wait(effect.delayMs, asking.gone);
    if (isCutShort) return { kind: 'drop', afterOctets: 0, rule: name };
    const { does } = effect;
    return does.kind === 'go-on' ? null : { ...does, rule: name };
  }

  /** Every rule that is set, in the order in which they are asked. */
  get list(): readonly (ArmedFault & { readonly isSpent: boolean })[] {
    const now = this.#host.clock.now();
    return this.#armed.map((fault) => ({ ...fault, isSpent: isSpent(fault, now) }));
  }

  /** The recipients that are there for tests. */
  get magic(): ReadonlyMap<string, MagicRecipient> {
    return this.#magic;
  }

  /** Sets a rule; one of the same name is replaced in its place. @throws FaultRefused */
  set(rule: FaultRule): void {
    const fault = faultInRule(rule);
    if (fault !== null) throw new FaultRefused(fault);
    const now = this.#host.clock.now();
    const at = this.#armed.findIndex((one) => one.rule.name === rule.name);
    if (at >= 0) this.#armed = this.#armed.with(at, armFault(rule));
    else {
      const full = this.#armed.length >= FAULT_RULES_MAX;
      const kept = full ? this.#armed.filter((one) => !isSpent(one, now)) : this.#armed;
      if (kept.length >= FAULT_RULES_MAX) {
        throw new FaultRefused(`There are ${FAULT_RULES_MAX} rules already, the most there may be: remove one first`);
      }
      this.#armed = [...kept, armFault(rule)];
    }
    this.#noteStages();
  }

  /** Whether there was such a rule. */
  remove(name: string): boolean {
    const before = this.#armed.length;
    this.#armed = this.#armed.filter(({ rule }) => rule.name !== name);
    this.#noteStages();
    return this.#armed.length < before;
  }

  /** Removes all rules, forgets whom `greylist@` has seen, and tells how many rules there were. */
  clear(): number {
    const removed = this.#armed.length;
    this.#armed = [];
    this.#greylist = new Map();
    this.#noteStages();
    return removed;
  }

  /** Ends all waiting. */
  stop(): void {
    this.#stopping.abort();
  }

  #noteStages(): void {
    this.board.note(this.#armed.map(({ rule }) => rule.stage));
  }

  #strike(stage: FaultStage, facts: FaultFacts): Struck | null {
    const { armed, hit } = meetFaults(this.#armed, stage, facts, this.#host.clock.now());
    this.#armed = armed;
    if (hit === null) return null;
    return { name: hit.name, effect: hit.effect, because: `the rule "${hit.name}" was set for this stage` };
  }

  #magicAt(stage: FaultStage, facts: FaultFacts): Struck | null {
    for (const { name, address, effect } of magicAmong(facts.recipients ?? [], stage, this.#magic, this.#ownDomains)) {
      const made = this.#magicEffect(effect, address, facts);
      if (made !== null)
        return { name: `${name}@`, effect: made, because: `${address} is there for tests: see its manual` };
    }
    return null;
  }

  #magicEffect(effect: MagicEffect, address: string, facts: FaultFacts): FaultEffect | null {
    if (effect.kind === 'reply') return { delayMs: 0, does: effect };
    if (effect.kind === 'drop') return { delayMs: 0, does: { kind: 'drop', afterOctets: 0 } };
    if (effect.kind === 'slow') return { delayMs: SLOW_MS, does: { kind: 'go-on' } };
    if (effect.kind === 'silence') return { delayMs: FAULT_DELAY_MS_MAX, does: { kind: 'drop', afterOctets: 0 } };
    const triplet = [facts.client ?? '', facts.sender ?? '', address];
    const { seen, waitsMs } = stepGreylist(this.#greylist, triplet, this.#host.clock.now());
    this.#greylist = seen;
    if (waitsMs === 0) return null;
    const text = `Greylisted: try again in ${Math.ceil(waitsMs / 1000)} seconds`;
    return { delayMs: 0, does: { kind: 'reply', reply: { code: 451, status: '4.7.1', text } } };
  }

  /** Whether the waiting ended before its time. */
  async #wait(delayMs: number, gone: AbortSignal | undefined): Promise<boolean> {
    if (delayMs === 0 || this.#waiting >= WAITING_MAX) return false;
    this.#waiting += 1;
    const signals = gone === undefined ? [this.#stopping.signal] : [this.#stopping.signal, gone];
    const cut = AbortSignal.any(signals);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delayMs);
    const end = () => resolve();
    cut.addEventListener('abort', end, { once: true });
    if (cut.aborted) resolve();
    await promise;
    clearTimeout(timer);
    cut.removeEventListener('abort', end);
    this.#waiting -= 1;
    return cut.aborted;
  }
}

/** `after 200 ms: 451 4.3.0 Local error`, for a report and a page. */
function describeEffect({ delayMs, does }: FaultEffect): string {
  const what =
    does.kind === 'reply'
      ? formatSmtpReply(does.reply)
      : does.kind === 'go-on'
        ? 'then it goes on'
        : does.afterOctets > 0
          ? `the connection breaks after ${does.afterOctets} octets`
          : 'the connection breaks';
  return delayMs === 0 ? what : `after ${delayMs} ms: ${what}`;
}
