import { exchangeOf } from '#shared/dns/exchange-option.ts';
import { isLabClient } from '#shared/dns/lab-client.ts';
import type { Message } from '#shared/dns/message.ts';
import { formatRcode } from '#shared/dns/registry.ts';
import type { LentAnswers } from '#shared/host/dns/lent-answers.ts';
import type { DnsRequest, DnsResponse, Repetition } from '#shared/host/dns/request.ts';
import type { Host } from '#shared/host/host.ts';
import { refusalOfClient, refusalToRecurse, responseOf } from '../protocol/answer.ts';
import type { Cache, Stored } from '../protocol/cache.ts';
import { answerOfDesignation, type Designation } from '../protocol/designated-resolvers.ts';
import type { Resolution } from '../protocol/resolution.ts';
import { queryReport, responseReport } from '../reports.ts';
import type { Recursion } from './recursion.ts';
import { repetitionOf } from './repetition.ts';

/** A response and its reason. */
interface Answer {
  readonly response: Message;
  readonly because: string;
  readonly repetition?: Repetition | undefined;
}

/** Answers the clients of the local DNS server, and reports both ways. */
export class ResolverServer {
  readonly #host: Host;
  readonly #recursion: Recursion;
  readonly #cache: Cache;
  readonly #designation: Designation | null;
  readonly #lent: LentAnswers;
  readonly #rcodes: Record<string, number> = {};
  #turn = 0;

  constructor(host: Host, recursion: Recursion, cache: Cache, designation: Designation | null, lent: LentAnswers) {
    this.#host = host;
    this.#recursion = recursion;
    this.#cache = cache;
    this.#designation = designation;
    this.#lent = lent;
  }

  /** How many responses had which RCODE. */
  get rcodes(): Readonly<Record<string, number>> {
    return this.#rcodes;
  }

  /** The response: at once where no server must be asked, so that a cached answer goes out in the same moment. */
  respond(request: DnsRequest): DnsResponse | Promise<DnsResponse> {
    const carried = exchangeOf(request.query);
    const exchange = carried.exchange ?? this.#host.newExchange();
    this.#host.report(() => queryReport(request, exchange, carried.cause));
    const said = { exchange, cause: carried.cause };
    const known = this.#answerNow(request, exchange);
    if (known !== null) return this.#reported(request, said, known);
    return this.#recursion
      .resolve(request.query.question[0]!, exchange)
      .then(({ resolution }) => this.#reported(request, said, this.#answer(request.query, resolution)));
  }

  #answerNow({ query, violation, client }: DnsRequest, exchange: string): Answer | null {
    const refused = refusalOfClient(query, violation?.message ?? null, isLabClient(client.address, this.#host.net));
    if (refused !== null) return refused;
    const designated = answerOfDesignation(query, this.#designation);
    if (designated !== null) return designated;
    const known = this.#recursion.answerNow(query.question[0]!, query.rd ? exchange : null);
    if (known !== null) return this.#answer(query, known);
    return query.rd ? null : refusalToRecurse(query);
  }

  #answer(query: Message, resolution: Resolution): Answer {
    const turn = this.#turn++;
    const response = responseOf(query, resolution, turn, this.#cache, this.#host.clock.now());
    const repetition = repetitionOf(query, resolution, response, turn, {
      now: () => this.#host.clock.now(),
      turn: () => this.#turn,
      given: (times) => {
        this.#turn += times;
        this.#recursion.countHit(resolution, times);
        this.#count(response.rcode, times);
      },
      onGone: this.#onGone,
    });
    return { response, because: resolution.because, repetition };
  }

  #reported(
    request: DnsRequest,
    said: { readonly exchange: string; readonly cause: string | undefined },
    { response, because, repetition }: Answer,
  ): DnsResponse {
    this.#count(response.rcode);
    return {
      messages: [response],
      repetition,
      onSent: (message, octets, at) => {
        this.#host.report(() => responseReport(request, { at, message, octets, ...said, because }));
      },
    };
  }

  /** What is over by itself was lent no longer. */
  readonly #onGone = ({ expiresAt }: Stored): void => {
    if (this.#host.clock.now() < expiresAt) this.#lent.forget();
  };

  #count(number: number, times = 1): void {
    const rcode = formatRcode(number);
    this.#rcodes[rcode] = (this.#rcodes[rcode] ?? 0) + times;
  }
}
