/**
 * Discovery of Designated Resolvers (RFC 9462, section 4): a client that knows nothing of its resolver but the address asks
 * it for _dns.resolver.arpa SVCB, and learns where the same resolver is reached over TLS and over HTTPS. It believes that
 * where the server's certificate has the address which it asked first (section 4.2). The zone resolver.arpa is
 * served here and never asked for upstream (section 6.4).
 */
import { type Message, type ResourceRecord, responseTo } from '#shared/dns/message.ts';
import { isSameName, isSubdomain, type Name } from '#shared/dns/name.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { DOH_PATH } from '#shared/dns/over-https.ts';
import { CLASS, RCODE, TYPE } from '#shared/dns/registry.ts';
import { parseSvcParams } from '#shared/dns/svc-params.ts';

/** Where this resolver is reached over encrypted connections. */
export interface Designation {
  /** The name in its certificate. */
  readonly name: string;
  readonly address: string;
  readonly tlsPort: number;
  readonly httpsPort: number;
}

const ZONE = parseName('resolver.arpa');
const OWNER = parseName('_dns.resolver.arpa');
/** Seconds that a client may keep what it has learnt. */
const TTL_S = 300;
/** The SOA record of a zone that is served locally (RFC 6303, section 3). */
const SOA: ResourceRecord = {
  ...{ owner: ZONE, type: TYPE.SOA, class: CLASS.IN, ttl: TTL_S },
  rdata: {
    ...{ kind: 'SOA', mname: ZONE, rname: parseName('nobody.invalid'), serial: 1 },
    ...{ refresh: 3600, retry: 1200, expire: 604_800, minimum: TTL_S },
  },
};

/** The answer to a question about resolver.arpa, or null where `query` asks for something else. */
export function answerOfDesignation(
  query: Message,
  designation: Designation | null,
): { readonly response: Message; readonly because: string } | null {
  const { qname, qtype } = query.question[0]!;
  if (!isSubdomain(qname, ZONE)) return null;
  if (isSameName(qname, OWNER) && qtype === TYPE.SVCB && designation !== null) {
    const response = responseTo(query, { ra: true, answer: recordsOf(designation, qname) });
    return { response, because: `this resolver is also ${designation.name}, over TLS and HTTPS (RFC 9462)` };
  }
  const exists = isSameName(qname, OWNER) || isSameName(qname, ZONE);
  const rcode = exists ? RCODE.NOERROR : RCODE.NXDOMAIN;
  return {
    response: responseTo(query, { ra: true, rcode, authority: [SOA] }),
    because: 'resolver.arpa is served here, and has nothing of this (RFC 9462, section 6.4)',
  };
}

/** HTTPS before TLS: a client takes the lowest number that it can use (RFC 9460, section 2.4.1). */
function recordsOf({ name, address, tlsPort, httpsPort }: Designation, owner: Name): ResourceRecord[] {
  const hint = `ipv4hint=${address}`;
  const services = [
    ['alpn=h2,http/1.1', ...portOf(httpsPort, 443), hint, `dohpath=${DOH_PATH}{?dns}`],
    ['alpn=dot', ...portOf(tlsPort, 853), hint],
  ];
  return services.map((params, at) => ({
    ...{ owner, type: TYPE.SVCB, class: CLASS.IN, ttl: TTL_S },
    rdata: { kind: 'SVCB', priority: at + 1, target: parseName(name), params: parseSvcParams(params) },
  }));
}

function portOf(port: number, standard: number): string[] {
  return port === standard ? [] : [`port=${port}`];
}
