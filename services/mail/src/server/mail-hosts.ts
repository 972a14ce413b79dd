import type { Host } from '#shared/host/host.ts';
import { type Addresses, type MailExchange, NameLookupError } from '#shared/host/names.ts';
import { type DeliveryOutcome, permanentFailure, temporaryFailure } from '../protocol/delivery-outcome.ts';
import { bestFailure, chooseMailRoute } from '../protocol/mail-route.ts';
import type { SmtpServerAddress } from './smtp-client.ts';

/** Where mail for a domain goes, or why it goes nowhere. */
export type MailHosts =
  | { readonly kind: 'servers'; readonly servers: readonly SmtpServerAddress[]; readonly because: string }
  | { readonly kind: 'nowhere'; readonly outcome: DeliveryOutcome };

/** Addresses of all servers of a domain that are tried in one attempt. */
const ADDRESSES_MAX = 10;
const SMTP_PORT = 25;

/** Finds the servers for `domain` through DNS: RFC 5321, section 5.1. */
export async function findMailHosts(host: Host, domain: string, ownName: string, cause: string): Promise<MailHosts> {
  const literal = /^\[(\d+\.\d+\.\d+\.\d+)\]$/.exec(domain)?.[1];
  if (literal !== undefined)
    return toServers(host, [{ name: domain, addresses: [literal] }], 'the domain is an address');
  let records: readonly MailExchange[];
  try {
    records = await host.names.mailExchanges(domain, cause);
  } catch (error) {
    const failure = failureOf(error);
    // Without MX records the domain's own address is its mail server: the implicit MX of preference 0.
    if (failure === 'no-data')
      return findAddresses(host, [domain], 'the domain has no MX record, so its own address is tried', cause);
    return { kind: 'nowhere', outcome: nameFailure(domain, failure) };
  }
  const route = chooseMailRoute(records, [ownName], Math.random);
  if (route.kind === 'none') return { kind: 'nowhere', outcome: permanentFailure(route.status, route.because) };
  return findAddresses(host, route.hosts, route.because, cause);
}

async function findAddresses(host: Host, names: readonly string[], because: string, cause: string): Promise<MailHosts> {
  const found: { name: string; addresses: readonly string[] }[] = [];
  const failures: DeliveryOutcome[] = [];
  for (const name of names) {
    try {
      const { addresses }: Addresses = await host.names.addresses(name, cause);
      found.push({ name, addresses });
    } catch (error) {
      failures.push(nameFailure(name, failureOf(error)));
    }
  }
  if (found.length > 0) return toServers(host, found, because);
  // One server that could not be looked up now may be there later: that outweighs the others that do not exist.
  const outcome = bestFailure(failures) ?? permanentFailure('5.4.4', 'No mail server was found');
  return { kind: 'nowhere', outcome };
}

function toServers(
  host: Host,
  found: readonly { name: string; addresses: readonly string[] }[],
  because: string,
): MailHosts {
  const all = found.flatMap(({ name, addresses }) => addresses.map((address) => ({ name, address })));
  const others = all.filter(({ address }) => address !== host.address).slice(0, ADDRESSES_MAX);
  if (others.length === 0) {
    return {
      kind: 'nowhere',
      outcome: permanentFailure(
        '5.4.6',
        'Mail for this domain leads back to this server, which does not know the domain',
      ),
    };
  }
  const servers = others.map(({ name, address }) => ({ name, endpoint: { address, port: host.port(SMTP_PORT) } }));
  return { kind: 'servers', servers, because };
}

type Failure = NameLookupError['failure'];

function failureOf(error: unknown): Failure {
  return error instanceof NameLookupError ? error.failure : 'server-failure';
}

/** RFC 3463, sections 3.2 and 3.5. A name that does not exist is final; a resolver without an answer is not. */
function nameFailure(name: string, failure: Failure): DeliveryOutcome {
  if (failure === 'name-error') return permanentFailure('5.1.2', `The name ${name} does not exist`);
  if (failure === 'no-data') return permanentFailure('5.4.4', `The name ${name} has no address`);
  return temporaryFailure('4.4.3', `The name ${name} could not be looked up: ${failure}`, true);
}
