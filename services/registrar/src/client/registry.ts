import { randomInt } from 'node:crypto';
import { exchangeOption } from '#shared/dns/exchange-option.ts';
import { ednsWith, type Message, queryFor } from '#shared/dns/message.ts';
import { messageReport } from '#shared/dns/message-report.ts';
import { isSameName, type Name } from '#shared/dns/name.ts';
import { formatHostname, parseName } from '#shared/dns/name-text.ts';
import { CLASS, formatRcode, RCODE, TYPE } from '#shared/dns/registry.ts';
import { AskError, askTcp, askUdp } from '#shared/host/dns/ask.ts';
import type { Host } from '#shared/host/host.ts';
import { NameLookupError } from '#shared/host/names.ts';
import { RESOLVER_SUFFIX } from '#shared/lab-net.ts';
import type { Endpoint } from '#shared/report.ts';

/** Name servers of a registry that are tried before it counts as silent. */
const SERVERS_MAX = 4;

/** What the registry's zone says of a name. */
export type InZone =
  | { readonly kind: 'free'; readonly because: string }
  | { readonly kind: 'delegated'; readonly because: string };

/** The registry of a TLD gives no answer that could be relied on. */
export class RegistrySilent extends Error {
  override readonly name = 'RegistrySilent';
}

/** Whether the registry of a TLD has a name. */
export interface Registry {
  /** @throws RegistrySilent */
  ask(name: string, cause: string): Promise<InZone>;
  close(): void;
}

/**
 * Asks the name servers of the TLD themselves: what the local DNS server remembers may be minutes old, and a name that was
 * registered a moment ago must not be sold twice.
 */
export function dnsRegistry(host: Host, timeoutMs: number): Registry {
  const stopped = new AbortController();

  async function query(
    to: Endpoint,
    qname: Name,
    rd: boolean,
    told: { cause: string; because: string },
  ): Promise<Message> {
    const exchange = host.newExchange();
    const edns = ednsWith([exchangeOption(exchange, told.cause)]);
    const message = queryFor({ qname, qtype: TYPE.NS, qclass: CLASS.IN }, { id: randomInt(0x1_0000), rd, edns });
    const over = async (transport: 'udp' | 'tcp') => {
      const ours = { exchange, cause: told.cause, transport };
      const onSent = (from: Endpoint, octets: Uint8Array) =>
        host.report(messageReport({ ...ours, message, octets, from, to, because: told.because }));
      const ask = { query: message, to, from: host.address, timeoutMs, signal: stopped.signal, onSent };
      const reply = await (transport === 'udp' ? askUdp(ask) : askTcp(ask));
      const { octets, from } = reply;
      host.report(messageReport({ ...ours, message: reply.message, octets, from: to, to: from }));
      return reply.message;
    };
    const reply = await over('udp');
    // RFC 1035, section 4.2.1: what was cut off comes whole over TCP.
    return reply.tc ? over('tcp') : reply;
  }

  /** The names of the servers of the TLD, from the local DNS server. */
  async function serversOf(tld: Name, cause: string): Promise<readonly string[]> {
    const resolver = { address: `${host.net}.${RESOLVER_SUFFIX}`, port: host.port(53) };
    const because = `the name servers of ${formatHostname(tld)} know which names are delegated in it`;
    const { answer } = await query(resolver, tld, true, { cause, because });
    return answer.flatMap(({ rdata }) => (rdata.kind === 'NS' ? [formatHostname(rdata.target)] : []));
  }

  async function askServer(server: string, qname: Name, cause: string): Promise<InZone> {
    const { addresses } = await host.names.addresses(server, cause);
    const to = { address: addresses[0] ?? '', port: host.port(53) };
    const because = 'the registry itself is asked, since what others remember may be old';
    return judge(server, qname, await query(to, qname, false, { cause, because }));
  }

  return {
    ask: async (name, cause) => {
      const qname = parseName(name);
      let last = 'it has no name server';
      try {
        for (const server of (await serversOf(qname.slice(-1), cause)).slice(0, SERVERS_MAX)) {
          try {
            return await askServer(server, qname, cause);
          } catch (error) {
            last = reasonOf(error);
          }
        }
      } catch (error) {
        last = reasonOf(error);
      }
      throw new RegistrySilent(last);
    },
    close: () => stopped.abort(),
  };
}

/** What an authoritative answer for the NS records of `qname` means. */
function judge(server: string, qname: Name, { aa, rcode, answer, authority }: Message): InZone {
  const name = formatHostname(qname);
  const isNameServer = ({ owner, type }: Message['answer'][number]) => type === TYPE.NS && isSameName(owner, qname);
  if (answer.some(isNameServer) || (rcode === RCODE.NOERROR && authority.some(isNameServer))) {
    return { kind: 'delegated', because: `${server} delegates ${name}` };
  }
  if (rcode === RCODE.NXDOMAIN && aa) {
    return { kind: 'free', because: `${server} answers with authority that ${name} does not exist` };
  }
  // Records without NS: a name that the registry uses itself, such as nic.com.
  if (rcode === RCODE.NOERROR && aa) return { kind: 'delegated', because: `${server} has ${name} for itself` };
  throw new RegistrySilent(`${server} answers ${formatRcode(rcode)}${aa ? '' : ' without authority'}`);
}

function reasonOf(error: unknown): string {
  if (error instanceof AskError || error instanceof NameLookupError || error instanceof RegistrySilent)
    return error.message;
  throw error;
}
