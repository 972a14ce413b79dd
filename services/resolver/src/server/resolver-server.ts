import { exchangeOf } from '#shared/dns/exchange-option.ts';
import { isLabClient } from '#shared/dns/lab-client.ts';
import type { Message } from '#shared/dns/message.ts';
import { formatRcode } from '#shared/dns/registry.ts';
import type { DnsRequest, DnsResponse } from '#shared/host/dns/request.ts';
import type { Host } from '#shared/host/host.ts';
import { refusalOfClient, responseOf } from '../protocol/answer.ts';
import type { Cache } from '../protocol/cache.ts';
import { queryReport, responseReport } from '../reports.ts';
import type { Recursion } from './recursion.ts';

/** Answers the clients of the local DNS server, and reports both ways. */
export class ResolverServer {
  readonly #host: Host;
  readonly #recursion: Recursion;
  readonly #cache: Cache;
  readonly #rcodes: Record<string, number> = {};
  #turn = 0;

  constructor(host: Host, recursion: Recursion, cache: Cache) {
    this.#host = host;
    this.#recursion = recursion;
    this.#cache = cache;
  }

  /** How many responses had which RCODE. */
  get rcodes(): Readonly<Record<string, number>> {
    return this.#rcodes;
  }

  async respond(request: DnsRequest): Promise<DnsResponse> {
    const carried = exchangeOf(request.query);
    const exchange = carried.exchange ?? this.#host.newExchange();
    this.#host.report(queryReport(request, exchange, carried.cause));
    const { response, because } = await this.#find(request, exchange);
    const rcode = formatRcode(response.rcode);
    this.#rcodes[rcode] = (this.#rcodes[rcode] ?? 0) + 1;
    return {
      messages: [response],
      onSent: (message, octets, at) => {
        const sent = { at, message, octets, exchange, cause: carried.cause, because };
        this.#host.report(responseReport(request, sent));
      },
    };
  }

  async #find(
    { query, violation, client }: DnsRequest,
    exchange: string,
  ): Promise<{ response: Message; because: string }> {
    const refused = refusalOfClient(query, violation?.message ?? null, isLabClient(client.address, this.#host.net));
    if (refused !== null) return refused;
    const resolution = await this.#recursion.resolve(query.question[0]!, exchange);
    const response = responseOf(query, resolution, this.#turn++, this.#cache, this.#host.clock.now());
    return { response, because: resolution.because };
  }
}
