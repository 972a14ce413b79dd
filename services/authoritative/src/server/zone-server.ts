import { exchangeOf } from '#shared/dns/exchange-option.ts';
import { isLabClient } from '#shared/dns/lab-client.ts';
import type { DnsRequest, DnsResponse } from '#shared/host/dns/request.ts';
import type { Host } from '#shared/host/host.ts';
import { type Reaction, respond } from '../protocol/respond.ts';
import type { Rotation } from '../protocol/rotation.ts';
import { transferMessages } from '../protocol/transfer.ts';
import { queryReport, responseReport } from '../reports.ts';
import type { ZoneTable } from '../store/zone-table.ts';

/** Answers the queries of a host from its zones, counts the outcomes, and reports both ways. */
export class ZoneServer {
  readonly #host: Host;
  readonly #table: ZoneTable;
  readonly #rotation: Rotation;
  readonly #outcomes: Partial<Record<Reaction['kind'], number>> = {};

  constructor(host: Host, table: ZoneTable, rotation: Rotation) {
    this.#host = host;
    this.#table = table;
    this.#rotation = rotation;
  }

  /** How many queries had which outcome. */
  get outcomes(): Readonly<Partial<Record<Reaction['kind'], number>>> {
    return this.#outcomes;
  }

  respond(request: DnsRequest): DnsResponse {
    const { query, violation, transport, client } = request;
    const carried = exchangeOf(query);
    const exchange = carried.exchange ?? this.#host.newExchange();
    this.#host.report(queryReport(request, exchange, carried.cause));

    const mayTransfer = isLabClient(client.address, this.#host.net);
    const fault = violation?.message ?? null;
    const reaction = respond(this.#table.zones, this.#rotation, { query, fault, transport, mayTransfer });
    this.#outcomes[reaction.kind] = (this.#outcomes[reaction.kind] ?? 0) + 1;
    const messages = reaction.kind === 'transfer' ? transferMessages(query, reaction.zone) : [reaction.response];
    return {
      messages,
      onSent: (message, octets) =>
        this.#host.report(responseReport(request, message, octets, { exchange, cause: carried.cause, reaction })),
    };
  }
}
