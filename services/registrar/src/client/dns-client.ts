import { randomInt } from 'node:crypto';
import { exchangeOption } from '#shared/dns/exchange-option.ts';
import { ednsWith, type Message, type Question, queryFor } from '#shared/dns/message.ts';
import { messageReport } from '#shared/dns/message-report.ts';
import type { TsigKey } from '#shared/dns/tsig-key.ts';
import { askTcp, askUdp } from '#shared/host/dns/ask.ts';
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
    { exchange, cause, because }: Told & { exchange: string },
  ): Promise<Message> {
    const { to, message, key } = asked;
    const ours = { exchange, cause, transport: over };
    const onSent = (from: Endpoint, octets: Uint8Array) =>
      host.report(messageReport({ ...ours, message, octets, from, to, because }));
    const request = { query: message, to, from: host.address, timeoutMs, signal: stopped.signal, key, onSent };
    const { message: reply, octets, from } = await (over === 'udp' ? askUdp(request) : askTcp(request));
    host.report(messageReport({ ...ours, message: reply, octets, from: to, to: from }));
    return reply;
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
