/**
 * The chain of recursive queries, for comparison: a server that would refer its client to the servers of a zone below asks
 * one of them itself, for recursion, and hands on what that one finds. RFC 1034, section 4.3.1 leaves recursion to each
 * server; servers of the Internet refer, because a chain makes the root work and wait for everybody.
 *
 * A query goes down the tree by one delegation at each server, so that it ends. A server high in the tree waits longer than
 * those below it, or it would give up before they can.
 */
import { randomInt } from 'node:crypto';
import { exchangeOption } from '#shared/dns/exchange-option.ts';
import { ednsWith, type Message, queryFor, responseTo } from '#shared/dns/message.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { formatRcode, RCODE } from '#shared/dns/registry.ts';
import { AskError } from '#shared/host/dns/ask.ts';
import { askReported } from '#shared/host/dns/ask-reported.ts';
import { DNS_PORT } from '#shared/host/dns/listen.ts';
import type { Host } from '#shared/host/host.ts';
import type { Endpoint } from '#shared/report.ts';

/** How long the servers of one zone may take together, in milliseconds: for a delegation from the root, from a TLD ... */
const WAIT_MS: readonly number[] = [4_000, 3_000, 2_000];
const WAIT_MS_DEEPER = 1_000;
/** Servers of one zone that are asked, one after another. */
const SERVERS_MAX = 3;
/** Queries that wait for servers below at once: each holds a socket. */
const WAITING_MAX = 200;

/** What a chain came to. */
export interface Chained {
  readonly response: Message;
  readonly because: string;
}

export class Chain {
  readonly #host: Host;
  readonly #stopped = new AbortController();
  #waiting = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Asks the servers that `referral`, our own response to `query`, names; `cause` is the client's exchange. */
  async follow(query: Message, referral: Message, cause: string): Promise<Chained> {
    const servers = serversIn(referral).filter((address) => address !== this.#host.address);
    const zone = referral.authority[0]!.owner;
    const whose = `the servers of ${formatHostname(zone)}`;
    const fail = (because: string): Chained => ({ response: failure(query), because });
    if (servers.length === 0) return fail(`${whose} are known by name only`);
    if (this.#waiting >= WAITING_MAX) return fail(`${WAITING_MAX} queries wait for other servers already`);

    this.#waiting += 1;
    try {
      const asked = servers.slice(0, SERVERS_MAX);
      const timeoutMs = (WAIT_MS[zone.length - 1] ?? WAIT_MS_DEEPER) / asked.length;
      for (const address of asked) {
        const found = await this.#ask(query, address, { timeoutMs, cause, because: `recursion: ${whose} know more` });
        if (found !== null)
          return { response: handedOn(query, found), because: `${address} found it: ${outcome(found)}` };
      }
      return fail(`${whose} give no answer`);
    } finally {
      this.#waiting -= 1;
    }
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** The reply of one server, null where it gives none of use. */
  async #ask(
    query: Message,
    address: string,
    { timeoutMs, cause, because }: { timeoutMs: number; cause: string; because: string },
  ): Promise<Message | null> {
    const host = this.#host;
    const exchange = host.newExchange();
    const to: Endpoint = { address, port: host.port(DNS_PORT) };
    const edns = ednsWith([exchangeOption(exchange, cause)]);
    const below = queryFor(query.question[0]!, { id: randomInt(0x1_0000), rd: true, edns });
    const asked = { query: below, to, timeoutMs, signal: this.#stopped.signal };
    const told = { exchange, cause, because };
    try {
      const { message } = await askReported(host, 'udp', asked, told);
      const whole = message.tc ? (await askReported(host, 'tcp', asked, told)).message : message;
      return whole.rcode === RCODE.NOERROR || whole.rcode === RCODE.NXDOMAIN ? whole : null;
    } catch (error) {
      if (error instanceof AskError) return null;
      throw error;
    }
  }
}

/** The addresses of the servers that a referral names, its glue. */
function serversIn({ authority, additional }: Message): string[] {
  const names = new Set(authority.flatMap(({ rdata }) => (rdata.kind === 'NS' ? [formatHostname(rdata.target)] : [])));
  return additional.flatMap(({ owner, rdata }) =>
    rdata.kind === 'A' && names.has(formatHostname(owner)) ? [rdata.address] : [],
  );
}

/** What was found, as our own response: not authoritative any longer (RFC 1035, section 4.1.1). */
function handedOn(query: Message, { rcode, answer, authority, additional }: Message): Message {
  return responseTo(query, { ra: true, rcode, answer, authority, additional });
}

function failure(query: Message): Message {
  return responseTo(query, { ra: true, rcode: RCODE.SERVFAIL });
}

function outcome({ rcode, answer }: Message): string {
  return rcode === RCODE.NOERROR ? `${answer.length} records` : formatRcode(rcode);
}
