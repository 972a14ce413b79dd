import type { Message, Question } from '#shared/dns/message.ts';
import { isSameName, type Name } from '#shared/dns/name.ts';
import { formatHostname, parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { CLASS, formatRcode, RCODE, TYPE } from '#shared/dns/registry.ts';
import type { TsigKey } from '#shared/dns/tsig-key.ts';
import { AskError } from '#shared/host/dns/ask.ts';
import type { Host } from '#shared/host/host.ts';
import { NameLookupError } from '#shared/host/names.ts';
import { RESOLVER_SUFFIX } from '#shared/lab-net.ts';
import type { Endpoint } from '#shared/report.ts';
import { delegationIn } from '../protocol/delegation.ts';
import { type Swap, updateMessage } from '../protocol/update-message.ts';
import type { InZone } from '../protocol/update-plan.ts';
import type { DnsClient } from './dns-client.ts';

/** Codes that say that a prerequisite was not met (RFC 2136, section 2.2): somebody was faster. */
const PREREQUISITE_CODES: readonly number[] = [RCODE.YXDOMAIN, RCODE.YXRRSET, RCODE.NXRRSET, RCODE.NXDOMAIN];

/** The registry of a TLD gives no answer that could be relied on. */
export class RegistrySilent extends Error {
  override readonly name = 'RegistrySilent';
}

/** What the zone of a TLD has of a name, at its primary and at this moment. */
export interface ZoneView {
  /** Name of the primary: `ns.nic.com`. */
  readonly server: string;
  readonly serial: number;
  readonly inZone: InZone;
  /** The delegation as it was answered, as lines of a zone file. */
  readonly lines: readonly string[];
  /** In words. */
  readonly because: string;
}

export type UpdateOutcome =
  | { readonly kind: 'done' }
  /** What the prerequisites said is not so: nothing was changed. */
  | { readonly kind: 'raced'; readonly because: string }
  /** The server does not want it: nothing was changed. */
  | { readonly kind: 'refused'; readonly because: string }
  /** It does not believe our key, or we do not believe its answer. */
  | { readonly kind: 'unverified'; readonly because: string }
  /** No answer: it may have been done or not. */
  | { readonly kind: 'lost'; readonly because: string };

/** The zones of the top-level domains: looked at and changed at their primaries, which are found through DNS. */
export interface Registry {
  /** @throws RegistrySilent */
  look(name: string, cause: string): Promise<ZoneView>;
  /** Replaces one delegation by another, all or nothing. @throws RegistrySilent when the primary is not found */
  swap(swap: Swap, told: { readonly cause: string; readonly because: string }): Promise<UpdateOutcome>;
}

/**
 * Asks the primary itself, since what others remember may be minutes old and a name that was registered a moment ago must
 * not be sold twice. The primary is the server that the SOA record of the zone names (RFC 2136, section 4).
 */
export function dnsRegistry(host: Host, client: DnsClient, key: TsigKey): Registry {
  const question = (qname: Name, qtype: number): Question => ({ qname, qtype, qclass: CLASS.IN });

  async function primaryOf(tld: Name, cause: string): Promise<{ server: string; to: Endpoint }> {
    const resolver = { address: `${host.net}.${RESOLVER_SUFFIX}`, port: host.port(53) };
    const because = `the SOA record of ${formatHostname(tld)} names the server at which its zone is changed`;
    const { rcode, answer } = await client
      .query(resolver, question(tld, TYPE.SOA), true, { cause, because })
      .catch((error: Error) => {
        throw error instanceof AskError ? new RegistrySilent(`the local DNS server, ${error.message}`) : error;
      });
    const soa = answer.find(({ owner, rdata }) => rdata.kind === 'SOA' && isSameName(owner, tld))?.rdata;
    if (soa?.kind !== 'SOA') {
      const which = `the SOA record of ${formatHostname(tld)}`;
      throw new RegistrySilent(`the local DNS server answers ${formatRcode(rcode)} to the question for ${which}`);
    }
    const server = formatHostname(soa.mname);
    const { addresses } = await host.names.addresses(server, cause);
    return { server, to: { address: addresses[0] ?? '', port: host.port(53) } };
  }

  async function lookAt(name: string, cause: string): Promise<ZoneView> {
    const qname = parseName(name);
    const tld = qname.slice(-1);
    const { server, to } = await primaryOf(tld, cause);
    const because = 'the registry itself is asked, since what others remember may be old';
    // The serial first: it is never newer than what is seen after it.
    const serial = serialOf(server, tld, await client.query(to, question(tld, TYPE.SOA), false, { cause, because }));
    const reply = await client.query(to, question(qname, TYPE.NS), false, { cause, because });
    return { server, serial, ...judge(server, name, reply) };
  }

  return {
    look: (name, cause) => orSilent(lookAt(name, cause)),
    swap: async (swap, told) => {
      const { server, to } = await orSilent(primaryOf(parseName(swap.name).slice(-1), told.cause));
      try {
        const reply = await client.update(to, (id) => updateMessage(swap, id), key, told);
        return outcomeOf(server, reply.rcode);
      } catch (error) {
        if (!(error instanceof AskError)) throw error;
        const because = `${server}: ${error.message}`;
        return error.failure === 'unverified' ? { kind: 'unverified', because } : { kind: 'lost', because };
      }
    },
  };
}

function outcomeOf(server: string, rcode: number): UpdateOutcome {
  if (rcode === RCODE.NOERROR) return { kind: 'done' };
  const because = `${server} answers ${formatRcode(rcode)}`;
  if (PREREQUISITE_CODES.includes(rcode)) return { kind: 'raced', because: `${because}: a prerequisite is not met` };
  // A server that failed has most likely changed nothing (RFC 2136, section 3.4.2), but that is not certain.
  return rcode === RCODE.SERVFAIL ? { kind: 'lost', because } : { kind: 'refused', because };
}

function serialOf(server: string, tld: Name, { aa, rcode, answer }: Message): number {
  const soa = answer.find(({ owner, rdata }) => rdata.kind === 'SOA' && isSameName(owner, tld))?.rdata;
  if (aa && soa?.kind === 'SOA') return soa.serial;
  throw new RegistrySilent(`${server} answers ${formatRcode(rcode)}${aa ? '' : ' without authority'}`);
}

/** What an authoritative answer for the NS records of `name` means. */
function judge(server: string, name: string, reply: Message): Omit<ZoneView, 'server' | 'serial'> {
  const { aa, rcode } = reply;
  const delegation = rcode === RCODE.NOERROR ? delegationIn(reply, name) : null;
  if (delegation !== null) {
    const lines = [...reply.answer, ...reply.authority, ...reply.additional].map(formatRecord);
    return { inZone: { kind: 'delegated', delegation }, lines, because: `${server} delegates ${name}` };
  }
  if (rcode === RCODE.NXDOMAIN && aa) {
    const because = `${server} answers with authority that ${name} does not exist`;
    return { inZone: { kind: 'absent' }, lines: [], because };
  }
  // Records without NS: a name that the registry uses itself, such as nic.com.
  if (rcode === RCODE.NOERROR && aa) {
    return { inZone: { kind: 'reserved' }, lines: [], because: `${server} has ${name} for itself` };
  }
  throw new RegistrySilent(`${server} answers ${formatRcode(rcode)}${aa ? '' : ' without authority'}`);
}

async function orSilent<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AskError || error instanceof NameLookupError) throw new RegistrySilent(error.message);
    throw error;
  }
}
