import { randomInt } from 'node:crypto';
import { exchangeOption } from '#shared/dns/exchange-option.ts';
import { ednsWith, type Message, queryFor } from '#shared/dns/message.ts';
import { messageReport } from '#shared/dns/message-report.ts';
import { isSameName, type Name } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';
import type { TsigKey } from '#shared/dns/tsig-key.ts';
import type { Cancel } from '#shared/host/clock.ts';
import { type Ask, askTcp, converse } from '#shared/host/dns/ask.ts';
import { DNS_PORT } from '#shared/host/dns/listen.ts';
import type { Host } from '#shared/host/host.ts';
import type { Endpoint } from '#shared/report.ts';
import { applyDifference, type Difference, DifferenceError, History } from '../protocol/difference.ts';
import {
  initialState,
  type SecondaryInput,
  type SecondaryOutput,
  type SecondaryState,
  step,
} from '../protocol/secondary.ts';
import type { CopiedZone } from '../protocol/secondary-list.ts';
import { soaRecordOf } from '../protocol/transfer.ts';
import { TransferError, TransferReceiver } from '../protocol/transfer-receiver.ts';
import type { Zone } from '../protocol/zone.ts';
import type { KeptCopy, ZoneCopies } from '../store/zone-copies.ts';
import { HISTORY_RECORDS_MAX } from '../store/zone-journal.ts';
import type { ZoneTable } from '../store/zone-table.ts';

/** How long the primary may take for its SOA record, and for a whole zone, in milliseconds: a million names take some 20 s. */
const ASK_MS = 3_000;
const COPY_MS = 600_000;
/** How long it may be silent in a transfer, in milliseconds. */
const SILENCE_MS = 30_000;

/** Keeps one zone equal to its primary's: performs what the machine in protocol/secondary.ts decides. */
export class SecondaryZone {
  readonly #copied: CopiedZone;
  readonly #host: Host;
  readonly #table: ZoneTable;
  readonly #copies: ZoneCopies;
  readonly #key: TsigKey | undefined;
  readonly #history = new History(HISTORY_RECORDS_MAX);
  readonly #stopped = new AbortController();
  #state: SecondaryState = initialState(null);
  #zone: Zone | null = null;
  #cancelWait: Cancel = () => {};
  /** The exchange of the NOTIFY that is being acted upon. */
  #cause: string | undefined;
  #unsaved: KeptCopy | null = null;
  #saving: Promise<void> = Promise.resolve();

  constructor(copied: CopiedZone, host: Host, table: ZoneTable, copies: ZoneCopies, key?: TsigKey) {
    this.#copied = copied;
    this.#host = host;
    this.#table = table;
    this.#copies = copies;
    this.#key = key;
  }

  /** Serves the copy of an earlier run, if there is one, and asks the primary. */
  start(): void {
    const { origin, primary } = this.#copied;
    this.#table.expect(origin, 'secondary', primary);
    const kept = this.#loadCopy();
    if (kept !== undefined) {
      this.#zone = kept.zone;
      this.#table.put(kept.zone, 'secondary', primary);
      this.#state = initialState({ soa: kept.zone.soa, confirmedAt: kept.confirmedAt });
    }
    this.#input({ kind: 'due' });
  }

  get origin(): Name {
    return this.#copied.origin;
  }

  /** What led from the edition `serial` to the one that is here, as far as that is known. */
  historyOf(_origin: Name, serial: number): readonly Difference[] | undefined {
    return this.#history.since(serial);
  }

  /** The primary announces a change, by the exchange `cause`. */
  notify(serial: number | null, cause: string): void {
    this.#cause = cause;
    this.#input({ kind: 'notified', serial });
    if (this.#state.at === 'idle') this.#cause = undefined;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#cancelWait();
    await this.#saving;
  }

  #loadCopy() {
    try {
      return this.#copies.load(this.#copied.origin);
    } catch (error) {
      this.#host.log.warn(
        `The kept copy of ${formatName(this.#copied.origin)} is left aside: ${(error as Error).message}`,
      );
      return undefined;
    }
  }

  #input(input: SecondaryInput): void {
    if (this.#stopped.signal.aborted) return;
    const { state, outputs } = step(this.#state, input, this.#host.clock.now());
    this.#state = state;
    for (const output of outputs) this.#perform(output);
  }

  #perform(output: SecondaryOutput): void {
    switch (output.kind) {
      case 'ask':
        this.#cancelWait();
        this.#try(() => this.#askSerial(output.because));
        return;
      case 'copy':
        this.#cancelWait();
        this.#try(() => this.#copyZone());
        return;
      case 'wait':
        this.#cause = undefined;
        this.#cancelWait = this.#host.clock.after(output.ms, () => this.#input({ kind: 'due' }));
        return;
      case 'confirm':
        this.#confirm();
        return;
      case 'withdraw':
        this.#zone = null;
        this.#table.withdraw(this.#copied.origin, `its primary ${this.#copied.primary} was silent for the EXPIRE time`);
    }
  }

  #try(attempt: () => Promise<SecondaryInput>): void {
    attempt().then(
      (input) => this.#input(input),
      (error: Error) => {
        if (this.#stopped.signal.aborted) return;
        const { origin, primary } = this.#copied;
        this.#host.log.debug(`${formatName(origin)} from ${primary}: ${error.message}`);
        if (this.#zone === null)
          this.#table.note(origin, `it has not come from its primary ${primary} (${error.message})`);
        this.#input({ kind: 'failed' });
      },
    );
  }

  async #askSerial(because: string): Promise<SecondaryInput> {
    const { ask, exchange } = this.#ask(TYPE.SOA, ASK_MS, because);
    const { message, octets, from } = await askTcp(ask);
    this.#reportReply(message, octets, from, exchange);
    const soa = message.answer.find(({ owner }) => isSameName(owner, this.#copied.origin))?.rdata;
    if (soa?.kind !== 'SOA' || !message.aa) throw new Error('the primary does not serve the zone');
    return { kind: 'serial', serial: soa.serial };
  }

  async #copyZone(): Promise<SecondaryInput> {
    const zone = (await this.#copyChanges()) ?? (await this.#copyWhole());
    this.#zone = zone;
    this.#table.put(zone, 'secondary', this.#copied.primary);
    return { kind: 'copied', soa: zone.soa };
  }

  /** The zone by IXFR (RFC 1995); null where nothing is here that could be changed, or the primary cannot tell the changes. */
  async #copyChanges(): Promise<Zone | null> {
    if (this.#zone === null) return null;
    const receiver = this.#receiver(this.#zone.soa.serial);
    try {
      await this.#transfer(TYPE.IXFR, receiver, 'the primary has a newer serial: what has changed?');
      const received = receiver.finish();
      if (received.kind === 'unchanged') return this.#zone;
      if (received.kind === 'whole') return this.#replaced(received.zone);
      const zone = received.differences.reduce(applyDifference, this.#zone);
      for (const difference of received.differences) this.#history.push(difference);
      return zone;
    } catch (error) {
      if (!(error instanceof TransferError || error instanceof DifferenceError)) throw error;
      this.#host.log.info(`${formatName(this.#copied.origin)}: no IXFR (${error.message}), the whole zone is copied`);
      return null;
    }
  }

  async #copyWhole(): Promise<Zone> {
    const receiver = this.#receiver();
    const because = this.#zone === null ? 'the zone is not here yet' : 'its changes could not be had: all of it';
    await this.#transfer(TYPE.AXFR, receiver, because);
    const received = receiver.finish();
    if (received.kind !== 'whole') throw new TransferError('a question for the whole zone was answered by less');
    return this.#replaced(received.zone);
  }

  async #transfer(qtype: number, receiver: TransferReceiver, because: string): Promise<void> {
    const { ask, exchange } = this.#ask(qtype, COPY_MS, because);
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error(`it was silent for ${SILENCE_MS} ms`)), SILENCE_MS);
    const signal = AbortSignal.any([ask.signal, silence.signal]);
    try {
      await converse({ ...ask, signal }, (message, octets, from) => {
        timer.refresh();
        this.#reportReply(message, octets, from, exchange);
        return receiver.take(message);
      });
    } catch (error) {
      throw silence.signal.aborted ? silence.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #receiver(serial: number | null = null): TransferReceiver {
    const { origin, primary } = this.#copied;
    return new TransferReceiver(origin, `the transfer of ${formatName(origin)} from ${primary}`, serial);
  }

  /** `zone` is another one, of which it is not known how it came from what was here. */
  #replaced(zone: Zone): Zone {
    this.#history.clear();
    return zone;
  }

  #confirm(): void {
    if (this.#zone === null) return;
    this.#unsaved = { zone: this.#zone, confirmedAt: this.#host.clock.now() };
    this.#saving = this.#saving
      .then(() => this.#save())
      .catch((error: Error) => this.#host.log.warn(`Cannot keep a copy in ${this.#host.stateDir}: ${error.message}`));
  }

  /** Keeps what is newest: while one copy is written, others may be overtaken. */
  async #save(): Promise<void> {
    const kept = this.#unsaved;
    this.#unsaved = null;
    if (kept !== null) await this.#copies.save(kept);
  }

  #ask(qtype: number, timeoutMs: number, because: string): { ask: Ask; exchange: string } {
    const exchange = this.#host.newExchange();
    const cause = this.#cause;
    const { origin, primary } = this.#copied;
    const to: Endpoint = { address: primary, port: this.#host.port(DNS_PORT) };
    const edns = ednsWith([exchangeOption(exchange, cause)]);
    const plain = queryFor({ qname: origin, qtype, qclass: CLASS.IN }, { id: randomInt(0x1_0000), rd: false, edns });
    // RFC 1995, section 3: the SOA record of what is here stands in the authority section.
    const query =
      qtype === TYPE.IXFR && this.#zone !== null ? { ...plain, authority: [soaRecordOf(this.#zone)] } : plain;
    const onSent = (from: Endpoint, octets: Uint8Array) =>
      this.#host.report(
        messageReport({ message: query, octets, transport: 'tcp', from, to, exchange, cause, because }),
      );
    const { signal } = this.#stopped;
    return { ask: { query, to, from: this.#host.address, timeoutMs, signal, key: this.#key, onSent }, exchange };
  }

  #reportReply(message: Message, octets: Uint8Array, to: Endpoint, exchange: string): void {
    const from = { address: this.#copied.primary, port: this.#host.port(DNS_PORT) };
    this.#host.report(messageReport({ message, octets, transport: 'tcp', from, to, exchange }));
  }
}
