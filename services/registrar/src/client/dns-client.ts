import { randomInt } from 'node:crypto';
import { exchangeOption } from '#shared/dns/exchange-option.ts';
import { ednsWith, type Message, type Question, queryFor } from '#shared/dns/message.ts';
import type { TsigKey } from '#shared/dns/tsig-key.ts';
import { askReported } from '#shared/host/dns/ask-reported.ts';
import type { Host } from '#shared/host/host.ts';
import type { Endpoint } from '#shared/report.ts';

/** Who asks and why: for the reports. */
export interface Told {
  readonly cause: string;
  readonly because: string;
}

/** What the registrar asks DNS servers, each message reported. */
export interface DnsClient {
  /** Asks over UDP, and over TCP for what UDP cut off. @throws AskError */
  query(to: Endpoint, question: Question, rd: boolean, told: Told): Promise<Message>;
  /** Sends an UPDATE signed by `key` and gives the verified reply. @throws AskError */
  update(to: Endpoint, make: (id: number) => Message, key: TsigKey, told: Told): Promise<Message>;
  close(): void;
}

export function createDnsClient(host: Host, timeoutMs: number): DnsClient {
  const stopped = new AbortController();

  async function ask(
    over: 'udp' | 'tcp',
    asked: { to: Endpoint; message: Message; key?: TsigKey },
    told: Told & { exchange: string },
  ): Promise<Message> {
    const { to, message: query, key } = asked;
    const { message } = await askReported(host, over, { query, to, timeoutMs, signal: stopped.signal, key }, told);
    return message;
  }

  return {
    query: async (to, question, rd, told) => {
      const exchange = host.newExchange();
      const edns = ednsWith([exchangeOption(exchange, told.cause)]);
      const message = queryFor(question, { id: randomInt(0x1_0000), rd, edns });
      const reply = await ask('udp', { to, message }, { exchange, ...told });
      // RFC 1035, section 4.2.1: what was cut off comes whole over TCP.
      return reply.tc ? ask('tcp', { to, message }, { exchange, ...told }) : reply;
    },
    // Over TCP an update arrives once or not at all, however long it is (RFC 2136, section 2.1).
    update: async (to, make, key, told) => {
      const exchange = host.newExchange();
      const edns = ednsWith([exchangeOption(exchange, told.cause)]);
      return ask('tcp', { to, message: { ...make(randomInt(0x1_0000)), edns }, key }, { exchange, ...told });
    },
    close: () => stopped.abort(),
  };
}
