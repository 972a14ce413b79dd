import { randomBytes, randomInt } from 'node:crypto';
import { exchangeOption } from '#shared/dns/exchange-option.ts';
import { ednsWith, type Message, queryFor } from '#shared/dns/message.ts';
import { messageReport } from '#shared/dns/message-report.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { formatType } from '#shared/dns/registry.ts';
import { AskError, type AskFailure, askTcp, askUdp, type Reply } from '#shared/host/dns/ask.ts';
import { DNS_PORT } from '#shared/host/dns/listen.ts';
import type { Host } from '#shared/host/host.ts';
import type { Endpoint } from '#shared/report.ts';
import type { Output } from '../protocol/effects.ts';
import type { Silence } from '../protocol/explanation.ts';
import { mixCase } from '../protocol/mix-case.ts';

type Ask = Extract<Output, { kind: 'ask' }>;

/** What came of a query: a reply, whose meaning is reported when it is known, or silence. */
export type Upstream =
  | { readonly reply: Message; readonly elapsedMs: number; understood(because: string): void }
  | { readonly silence: Silence };

/** Octets of randomness for the case of a name: a bit for each of the 255 letters that it has at most. */
const CASE_OCTETS = 32;

/** Sends the queries of the resolver, each with its own port, id and mix of upper and lower case (RFC 5452, section 9). */
export class UpstreamAsker {
  readonly #host: Host;
  readonly #mixesCase: boolean;
  #sent = 0;

  constructor(host: Host, mixesCase: boolean) {
    this.#host = host;
    this.#mixesCase = mixesCase;
  }

  /** Queries sent since the start. */
  get sent(): number {
    return this.#sent;
  }

  async ask(
    { server, question, transport, rd, hasEdns, timeoutMs, because, ...of }: Ask,
    signal: AbortSignal,
  ): Promise<Upstream> {
    const host = this.#host;
    const exchange = host.newExchange();
    const cause = of.cause ?? undefined;
    const to: Endpoint = { address: server, port: host.port(DNS_PORT) };
    const qname =
      this.#mixesCase && transport === 'udp' ? mixCase(question.qname, randomBytes(CASE_OCTETS)) : question.qname;
    // The lab's own option travels with EDNS or not at all: then only our reports tell the exchange.
    const edns = hasEdns ? ednsWith([exchangeOption(exchange, cause)]) : null;
    const query = queryFor({ ...question, qname }, { id: randomInt(0x1_0000), rd, edns });
    const onSent = (from: Endpoint, octets: Uint8Array) => {
      this.#sent += 1;
      host.report(messageReport({ message: query, octets, transport, from, to, exchange, cause, because }));
    };
    try {
      const ask = transport === 'udp' ? askUdp : askTcp;
      const reply = await ask({ query, to, from: host.address, timeoutMs, signal, onSent });
      return {
        ...received(reply),
        understood: (meaning) => this.#reportReply(reply, transport, to, { exchange, cause, because: meaning }),
      };
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      const summary = `${formatHostname(question.qname)} ${formatType(question.qtype)}: ${error.message}`;
      if (error.failure !== 'closed') host.report({ kind: 'dns.silence', from: to, exchange, cause, summary, because });
      return { silence: SILENCES[error.failure] };
    }
  }

  #reportReply(
    { message, octets, from }: Reply,
    transport: 'udp' | 'tcp',
    server: Endpoint,
    said: { exchange: string; cause: string | undefined; because: string },
  ): void {
    this.#host.report(messageReport({ message, octets, transport, from: server, to: from, ...said }));
  }
}

function received({ message, elapsedMs }: Reply) {
  return { reply: message, elapsedMs };
}

const SILENCES: Readonly<Record<AskFailure, Silence>> = {
  timeout: 'silent',
  closed: 'silent',
  unreachable: 'unreachable',
  mismatched: 'mismatched',
  malformed: 'useless',
  unverified: 'useless',
};
