import { setTimeout as sleep } from 'node:timers/promises';
import { exchangeOf } from '#shared/dns/exchange-option.ts';
import { type Message, responseTo } from '#shared/dns/message.ts';
import { OPCODE, RCODE } from '#shared/dns/registry.ts';
import type { CheckedRequest } from '#shared/dns/tsig.ts';
import type { DnsRequest, DnsResponse } from '#shared/host/dns/request.ts';
import type { Host } from '#shared/host/host.ts';
import { type Knowledge, type Notified, type Reaction, respond } from '../protocol/respond.ts';
import type { Rotation } from '../protocol/rotation.ts';
import { transferMessages } from '../protocol/transfer.ts';
import { queryReport, responseReport } from '../reports.ts';
import type { ZoneTable } from '../store/zone-table.ts';
import { Chain } from './chain.ts';
import type { Manner } from './manner.ts';
import { Repetitions } from './repetitions.ts';
import type { ResponseRates } from './response-rates.ts';
import type { Signatures } from './signatures.ts';
import type { SignedUpdates } from './signed-updates.ts';

/** Between two lines of the log about a NOTIFY that was refused, in milliseconds: strangers must not fill the disk. */
const REFUSED_LOG_PAUSE_MS = 10_000;

/** What a server knows, by which signatures and updates its zones may be changed, and how many answers it gives. */
export interface Desk {
  readonly historyOf: Knowledge['historyOf'];
  readonly signatures: Signatures;
  readonly updates: SignedUpdates;
  readonly rates: ResponseRates;
}

/** What is counted: an update that comes to nothing beside one that is done, and answers that were too many. */
type Counted = Reaction['kind'] | 'update-refused' | 'rate-limited';

/** The exchange that a message belongs to, and its cause. */
interface Told {
  readonly exchange: string;
  readonly cause: string | undefined;
}

/** Answers the queries of a host from its zones, counts the outcomes, and reports both ways. */
export class ZoneServer {
  readonly #host: Host;
  readonly #knowledge: Knowledge;
  readonly #desk: Desk;
  readonly #rotation: Rotation;
  readonly #manner: Readonly<Manner>;
  readonly #onNotify: (notified: Notified, exchange: string) => void;
  readonly #chain: Chain;
  readonly #repetitions: Repetitions;
  readonly #outcomes: Partial<Record<Counted, number>> = {};
  #refusedLogAt = Number.NEGATIVE_INFINITY;

  constructor(
    host: Host,
    table: ZoneTable,
    desk: Desk,
    rotation: Rotation,
    manner: Readonly<Manner>,
    onNotify: (notified: Notified, exchange: string) => void,
  ) {
    this.#host = host;
    const { historyOf, signatures } = desk;
    this.#knowledge = { zones: table.zones, primaryOf: table.primaryOf, historyOf, rightsOf: signatures.rightsOf };
    this.#desk = desk;
    this.#rotation = rotation;
    this.#manner = manner;
    this.#onNotify = onNotify;
    this.#chain = new Chain(host);
    this.#repetitions = new Repetitions(table, manner, (kind, times) => this.#count(kind, times));
  }

  /** How many queries had which outcome. */
  get outcomes(): Readonly<Partial<Record<Counted, number>>> {
    return this.#outcomes;
  }

  respond(request: DnsRequest): DnsResponse | Promise<DnsResponse> {
    const response = this.#respond(request);
    const { delayMs } = this.#manner;
    return delayMs === 0 ? response : sleep(delayMs, undefined, { ref: false }).then(() => response);
  }

  stop(): void {
    this.#chain.stop();
  }

  #respond(request: DnsRequest): DnsResponse | Promise<DnsResponse> {
    const { query } = request;
    const carried = exchangeOf(query);
    const exchange = carried.exchange ?? this.#host.newExchange();
    this.#host.report(() => queryReport(request, exchange, carried.cause));

    const told = { exchange, cause: carried.cause };
    const checked = this.#desk.signatures.check(request);
    const reaction = this.#react(request, checked);
    if (reaction.kind === 'update') return this.#update(request, reaction, checked, told);
    const overRate = checked.kind === 'signed' ? undefined : this.#desk.rates.replace(request, reaction.kind, told);
    this.#count(overRate === undefined ? reaction.kind : 'rate-limited');
    if (overRate !== undefined) return overRate;
    if (query.opcode === OPCODE.NOTIFY && reaction.kind === 'refused') this.#logRefused(reaction.because);
    const ra = this.#manner.recursion === 'chain';
    if (ra && query.rd && reaction.kind === 'referral') {
      return this.#recurse(request, reaction.response, told);
    }
    const messages =
      reaction.kind === 'transfer'
        ? transferMessages(query, reaction.transfer)
        : [ra ? { ...reaction.response, ra } : reaction.response];
    const seal = checked.kind === 'unsigned' ? null : checked.seal;
    return {
      messages,
      seal: seal ?? undefined,
      onSent: (message, octets, at) => {
        this.#host.report(() => responseReport(request, reaction, { at, message, octets, ...told }));
        // RFC 1996, section 3.11: upon completion of the transaction. Where the answer could not go, the NOTIFY comes again.
        if (reaction.kind === 'notify') this.#onNotify(reaction, exchange);
      },
      // Where each answer to the lab is judged by its rate, none goes without.
      repetition: seal === null && !this.#desk.rates.isForLab ? this.#repetitions.of(query, reaction) : undefined,
    };
  }

  #react(request: DnsRequest, checked: CheckedRequest): Reaction {
    const { query, violation, transport, client } = request;
    if (checked.kind === 'rejected') {
      const { rcode, because } = checked;
      return { kind: 'bad-signature', response: responseTo(query, { rcode }), because };
    }
    return respond(this.#knowledge, this.#rotation, {
      query,
      transport,
      fault: violation?.message ?? null,
      client: client.address,
      mayTransfer: this.#desk.signatures.mayTransfer(request, checked),
      key: checked.kind === 'signed' ? checked.key : null,
      sealOctets: checked.kind === 'signed' ? checked.seal.octets : 0,
    });
  }

  /** Answers when the update is kept, or is known not to be. */
  async #update(
    request: DnsRequest,
    wanted: Extract<Reaction, { kind: 'update' }>,
    checked: CheckedRequest,
    told: Told,
  ): Promise<DnsResponse> {
    if (checked.kind !== 'signed') throw new Error('an update that is not signed was let through');
    const { rcode, because, seal } = await this.#desk.updates.answer(request, wanted, checked);
    const kind = rcode === RCODE.NOERROR ? 'update' : 'update-refused';
    this.#count(kind);
    return {
      messages: [responseTo(request.query, { rcode })],
      seal: seal ?? undefined,
      onSent: (message, octets, at) =>
        this.#host.report(() => responseReport(request, { kind, because }, { at, message, octets, ...told })),
    };
  }

  #count(kind: Counted, times = 1): void {
    this.#outcomes[kind] = (this.#outcomes[kind] ?? 0) + times;
  }

  /** Asks the servers that `referral` names, in place of the client. */
  async #recurse(request: DnsRequest, referral: Message, told: Told): Promise<DnsResponse> {
    const { response, because } = await this.#chain.follow(request.query, referral, told.exchange);
    return {
      messages: [response],
      onSent: (message, octets, at) => {
        const reaction = { kind: 'recursion', because };
        this.#host.report(() => responseReport(request, reaction, { at, message, octets, ...told }));
      },
    };
  }

  /** RFC 1996, section 3.10: a NOTIFY of somebody else is told to the operator. */
  #logRefused(because: string): void {
    const now = performance.now();
    if (now - this.#refusedLogAt < REFUSED_LOG_PAUSE_MS) return;
    this.#refusedLogAt = now;
    this.#host.log.warn(`A NOTIFY was refused: ${because}`);
  }
}
