import { randomBytes, randomInt } from 'node:crypto';
import { parseIpv4 } from '../dns/address-text.ts';
import { exchangeOption } from '../dns/exchange-option.ts';
import { ednsWith, type Message, queryFor, type ResourceRecord } from '../dns/message.ts';
import { isSameName, type Name } from '../dns/name.ts';
import { formatHostname, parseName } from '../dns/name-text.ts';
import { CLASS, RCODE, TYPE } from '../dns/registry.ts';
import { ProtocolViolation } from '../protocol-violation.ts';
import type { Endpoint } from '../report.ts';
import { AskError, askTcp, askUdp, type Reply } from './dns/ask.ts';
import { type NameFailure, NameLookupError, type Names } from './names.ts';

/** How long one try waits for the resolver, in milliseconds, and how many tries there are. */
const TRY_MS = 3_000;
const TRIES_MAX = 2;
/** A resolver that is not up yet refuses at once; it is asked again after this pause, in milliseconds. */
const REFUSED_PAUSE_MS = 50;
/** CNAME records that are followed inside of one answer. */
const ALIASES_MAX = 12;
/** Octets of randomness that make the exchanges of two starts of a host differ. */
const SALT_OCTETS = 3;

const FAILURES: Readonly<Record<number, NameFailure>> = {
  [RCODE.NXDOMAIN]: 'name-error',
  [RCODE.REFUSED]: 'refused',
};

/**
 * The stub resolver of a host (RFC 1034, section 5.3.1): asks the lab's local DNS server for recursion, over UDP, and over
 * TCP where the answer is truncated. It keeps nothing: caching is the local DNS server's part.
 */
export function createNames(options: { resolver: Endpoint; localAddress: string }): Names {
  const stopped = new AbortController();
  const salt = randomBytes(SALT_OCTETS).toString('hex');
  const host = `stub-${options.localAddress.replaceAll('.', '-')}`;
  let exchanges = 0;

  const ask = async (name: string, type: 'A' | 'MX', cause: string | undefined): Promise<Found> => {
    const exchange = `${host}.${salt}${(exchanges++).toString(36)}`;
    const qname = parseHostname(name, type);
    const query = (): Message =>
      queryFor(
        { qname, qtype: TYPE[type], qclass: CLASS.IN },
        { id: randomInt(0x1_0000), rd: true, edns: ednsWith([exchangeOption(exchange, cause)]) },
      );
    const reply = await askAgain(query, { ...options, signal: stopped.signal }).catch((error: unknown) => {
      throw error instanceof AskError ? new NameLookupError(name, type, 'timeout') : error;
    });
    return { ...found(name, type, qname, reply.message), exchange };
  };

  return {
    addresses: async (name, cause) => {
      if (parseIpv4(name) !== undefined)
        return { addresses: [name], canonicalName: name, exchange: cause ?? `${host}.${salt}` };
      const { records, canonicalName, exchange } = await ask(name, 'A', cause);
      const addresses = records.flatMap(({ rdata }) => (rdata.kind === 'A' ? [rdata.address] : []));
      return { addresses, canonicalName: formatHostname(canonicalName), exchange };
    },
    mailExchanges: async (domain, cause) => {
      const { records } = await ask(domain, 'MX', cause);
      return records
        .flatMap(({ rdata }) => (rdata.kind === 'MX' ? [rdata] : []))
        .map(({ preference, exchange }) => ({ preference, exchange: formatHostname(exchange) }))
        .sort((one, other) => one.preference - other.preference);
    },
    close: async () => stopped.abort(),
  };
}

interface Found {
  readonly records: readonly ResourceRecord[];
  readonly canonicalName: Name;
  readonly exchange: string;
}

/** The name that `text` writes; what cannot be a name does not exist. @throws NameLookupError */
function parseHostname(text: string, type: string): Name {
  try {
    return parseName(text);
  } catch (error) {
    if (error instanceof ProtocolViolation) throw new NameLookupError(text, type, 'name-error');
    throw error;
  }
}

/** Each try has a new id and a new port (RFC 5452, section 9.2). @throws AskError */
async function askAgain(
  query: () => Message,
  { resolver, localAddress, signal }: { resolver: Endpoint; localAddress: string; signal: AbortSignal },
): Promise<Reply> {
  // Of the time that was waited, not of the clock: it goes on while this process gets no processor.
  let leftMs = TRIES_MAX * TRY_MS;
  for (;;) {
    const timeoutMs = Math.min(TRY_MS, leftMs);
    const begun = performance.now();
    const ask = { query: query(), to: resolver, from: localAddress, timeoutMs, signal };
    try {
      const reply = await askUdp(ask);
      return reply.message.tc ? await askTcp(ask) : reply;
    } catch (error) {
      leftMs -= Math.min(timeoutMs, performance.now() - begun) + REFUSED_PAUSE_MS;
      if (signal.aborted || leftMs <= 0) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, REFUSED_PAUSE_MS));
  }
}

/** The records asked for, at the end of the chain of aliases that the answer holds. @throws NameLookupError */
function found(name: string, type: 'A' | 'MX', qname: Name, { rcode, answer }: Message): Omit<Found, 'exchange'> {
  if (rcode !== RCODE.NOERROR) throw new NameLookupError(name, type, FAILURES[rcode] ?? 'server-failure');
  let canonicalName = qname;
  for (let left = ALIASES_MAX; left > 0; left -= 1) {
    const records = answer.filter((record) => record.type === TYPE[type] && isSameName(record.owner, canonicalName));
    if (records.length > 0) return { records, canonicalName };
    const alias = answer.find((record) => record.type === TYPE.CNAME && isSameName(record.owner, canonicalName));
    if (alias?.rdata.kind !== 'CNAME') break;
    canonicalName = alias.rdata.target;
  }
  throw new NameLookupError(name, type, 'no-data');
}
