import { parseName } from '#shared/dns/name-text.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';
import { AskError } from '#shared/host/dns/ask.ts';
import type { Host } from '#shared/host/host.ts';
import { NameLookupError } from '#shared/host/names.ts';
import type { NameServer } from '../protocol/application.ts';
import { isInDomain } from '../protocol/delegation.ts';
import { judgeServer, type ServerCheck } from '../protocol/server-check.ts';
import type { DnsClient } from './dns-client.ts';

/** How often a server is asked before it counts as silent: one datagram may be lost. */
const TRIES = 2;

/** Looks whether name servers answer for a domain before it is delegated to them. */
export interface ServerChecks {
  check(domain: string, servers: readonly NameServer[], cause: string): Promise<readonly ServerCheck[]>;
}

export function dnsServerChecks(host: Host, client: DnsClient): ServerChecks {
  /** Null where DNS agrees with the address given; a server of the domain itself cannot be looked up yet. */
  async function addressFault(domain: string, server: NameServer, cause: string): Promise<ServerCheck | null> {
    if (isInDomain(server.name, domain)) return null;
    try {
      const { addresses } = await host.names.addresses(server.name, cause);
      if (addresses.includes(server.address)) return null;
      return { ...server, finding: 'addressDiffers', serial: null, detail: addresses.join(', ') };
    } catch (error) {
      if (!(error instanceof NameLookupError)) throw error;
      return { ...server, finding: 'addressUnknown', serial: null, detail: error.failure };
    }
  }

  async function checkOne(domain: string, server: NameServer, cause: string): Promise<ServerCheck> {
    const fault = await addressFault(domain, server, cause);
    if (fault !== null) return fault;
    const to = { address: server.address, port: host.port(53) };
    const question = { qname: parseName(domain), qtype: TYPE.SOA, qclass: CLASS.IN };
    const because = `${domain} is to be delegated to ${server.name}: does it answer for it?`;
    for (let tries = 1; ; tries += 1) {
      try {
        return judgeServer(domain, server, await client.query(to, question, false, { cause, because }));
      } catch (error) {
        if (!(error instanceof AskError)) throw error;
        if (tries < TRIES && error.failure === 'timeout') continue;
        return { ...server, finding: 'silent', serial: null, detail: '' };
      }
    }
  }

  return { check: (domain, servers, cause) => Promise.all(servers.map((each) => checkOne(domain, each, cause))) };
}
