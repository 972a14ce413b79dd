import { setTimeout as sleep } from 'node:timers/promises';
import { exchangeOf } from '#shared/dns/exchange-option.ts';
import { isLabClient } from '#shared/dns/lab-client.ts';
import type { Message } from '#shared/dns/message.ts';
import { OPCODE } from '#shared/dns/registry.ts';
import type { DnsRequest, DnsResponse } from '#shared/host/dns/request.ts';
import type { Host } from '#shared/host/host.ts';
import { type Notified, type Reaction, respond } from '../protocol/respond.ts';
import type { Rotation } from '../protocol/rotation.ts';
import { transferMessages } from '../protocol/transfer.ts';
import { queryReport, responseReport } from '../reports.ts';
import type { ZoneTable } from '../store/zone-table.ts';
import { Chain } from './chain.ts';
import type { Manner } from './manner.ts';

/** Between two lines of the log about a NOTIFY that was refused, in milliseconds: strangers must not fill the disk. */
const REFUSED_LOG_PAUSE_MS = 10_000;

/** Answers the queries of a host from its zones, counts the outcomes, and reports both ways. */
export class ZoneServer {
  readonly #host: Host;
  readonly #table: ZoneTable;
  readonly #rotation: Rotation;
  readonly #manner: Readonly<Manner>;
  readonly #onNotify: (notified: Notified, exchange: string) => void;
  readonly #chain: Chain;
  readonly #outcomes: Partial<Record<Reaction['kind'], number>> = {};
  #refusedLogAt = Number.NEGATIVE_INFINITY;

  constructor(
    host: Host,
    table: ZoneTable,
    rotation: Rotation,
    manner: Readonly<Manner>,
    onNotify: (notified: Notified, exchange: string) => void,
  ) {
    this.#host = host;
    this.#table = table;
    this.#rotation = rotation;
    this.#manner = manner;
    this.#onNotify = onNotify;
    this.#chain = new Chain(host);
  }

  /** How many queries had which outcome. */
  get outcomes(): Readonly<Partial<Record<Reaction['kind'], number>>> {
    return this.#outcomes;
  }

  respond(request: DnsRequest): DnsResponse | Promise<DnsResponse> {
    const response = this.#respond(request);
    const { delayMs } = this.#manner;
    return delayMs === 0 ? response : sleep(delayMs, response, { ref: false });
  }

  stop(): void {
    this.#chain.stop();
  }

  #respond(request: DnsRequest): DnsResponse | Promise<DnsResponse> {
    const { query, violation, transport, client } = request;
    const carried = exchangeOf(query);
    const exchange = carried.exchange ?? this.#host.newExchange();
    this.#host.report(queryReport(request, exchange, carried.cause));

    const mayTransfer = isLabClient(client.address, this.#host.net);
    const fault = violation?.message ?? null;
    const asked = { query, fault, transport, client: client.address, mayTransfer };
    const reaction = respond(this.#table, this.#rotation, asked);
    this.#outcomes[reaction.kind] = (this.#outcomes[reaction.kind] ?? 0) + 1;
    if (query.opcode === OPCODE.NOTIFY && reaction.kind === 'refused') this.#logRefused(reaction.because);
    const ra = this.#manner.recursion === 'chain';
    if (ra && query.rd && reaction.kind === 'referral') {
      return this.#recurse(request, reaction.response, { exchange, cause: carried.cause });
    }
    const messages =
      reaction.kind === 'transfer' ? transferMessages(query, reaction.zone) : [{ ...reaction.response, ra }];
    return {
      messages,
      onSent: (message, octets, at) => {
        const sent = { at, message, octets, exchange, cause: carried.cause };
        this.#host.report(responseReport(request, reaction, sent));
        // RFC 1996, section 3.11: upon completion of the transaction. Where the answer could not go, the NOTIFY comes again.
        if (reaction.kind === 'notify') this.#onNotify(reaction, exchange);
      },
    };
  }

  /** Asks the servers that `referral` names, in place of the client. */
  async #recurse(
    request: DnsRequest,
    referral: Message,
    told: { readonly exchange: string; readonly cause: string | undefined },
  ): Promise<DnsResponse> {
    const { response, because } = await this.#chain.follow(request.query, referral, told.exchange);
    return {
      messages: [response],
      onSent: (message, octets, at) => {
        this.#host.report(responseReport(request, { kind: 'recursion', because }, { at, message, octets, ...told }));
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
