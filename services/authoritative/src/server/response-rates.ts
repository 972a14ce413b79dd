import { isLabClient } from '#shared/dns/lab-client.ts';
import { responseTo } from '#shared/dns/message.ts';
import type { DnsRequest, DnsResponse } from '#shared/host/dns/request.ts';
import { responseReport } from '#shared/host/dns/request-report.ts';
import type { Host } from '#shared/host/host.ts';
import { RateLimiter, type RateLimits } from '../protocol/rate-limit.ts';

/** Limits of rates, and whether they hold for the hosts of the lab too. */
export interface ResponseRateLimits extends RateLimits {
  readonly isForLab: boolean;
}

/** The exchange that a message belongs to, and its cause. */
interface Told {
  readonly exchange: string;
  readonly cause: string | undefined;
}

/**
 * Keeps answers over UDP to the rate of their network (rate-limit.ts). The lab's own hosts are left out by default: nobody
 * forges their addresses here but who wants to see it, and one of them may measure this server.
 */
export class ResponseRates {
  readonly #host: Host;
  readonly #limits: ResponseRateLimits;
  readonly #limiter: RateLimiter;

  constructor(host: Host, limits: ResponseRateLimits) {
    this.#host = host;
    this.#limits = limits;
    this.#limiter = new RateLimiter(limits);
  }

  /** Whether the answers to the lab's own hosts are judged too. */
  get isForLab(): boolean {
    return this.#limits.isForLab && this.#limits.perS > 0;
  }

  /** What goes in the place of an answer of `kind` that is over the limit; undefined where it is not. */
  replace(request: DnsRequest, kind: string, told: Told): DnsResponse | undefined {
    const { query, client, here, transport } = request;
    // Over TCP nobody else's address can be given.
    if (transport !== 'udp' || (!this.#limits.isForLab && isLabClient(client.address, this.#host.net)))
      return undefined;
    const verdict = this.#limiter.judge(client.address, kind, performance.now());
    if (verdict === 'send') return undefined;
    const because = `rate-limited: more than ${this.#limits.perS} answers a second of the kind "${kind}" to the network of ${client.address}`;
    if (verdict === 'drop') {
      const summary = `no answer to ${client.address}: too many`;
      this.#host.report(() => ({ kind: 'dns.rate-limited', from: here, to: client, ...told, summary, because }));
      return { messages: [] };
    }
    return {
      messages: [responseTo(query, { tc: true })],
      onSent: (message, octets, at) => {
        const asked = `${because}; it may ask over TCP`;
        this.#host.report(() => responseReport(request, { at, message, octets, ...told, because: asked }));
      },
    };
  }
}
