import type { Host } from '#shared/host/host.ts';
import { NameLookupError } from '#shared/host/names.ts';
import { refuseAddress, refuseSpelling } from '../protocol/destination.ts';
import { OriginFailure } from './origin-failure.ts';

/** Addresses of one name that are tried, one after the other. */
const ADDRESSES_TRIED_MAX = 3;

/** The addresses that a name leads to and that the proxy may connect to. @throws OriginFailure */
export async function findAddresses(host: Host, name: string, cause: string): Promise<readonly string[]> {
  const spelling = refuseSpelling(name);
  if (spelling !== null) throw new OriginFailure(403, spelling, { kind: 'forbidden', place: { host: name } });
  const addresses = await lookUp(host, name, cause);
  const surroundings = { net: host.net, ownAddress: host.address };
  const refusals = addresses.map((address) => refuseAddress(address, surroundings));
  const allowed = addresses.filter((_address, place) => refusals[place] === null);
  if (allowed.length > 0) return allowed.slice(0, ADDRESSES_TRIED_MAX);
  const place = { host: name, address: addresses[0] };
  throw new OriginFailure(403, refusals[0] ?? `${name} has no address`, { kind: 'forbidden', place });
}

async function lookUp(host: Host, name: string, cause: string): Promise<readonly string[]> {
  const facts = { kind: 'name', place: { host: name } } as const;
  try {
    return (await host.names.addresses(name, cause)).addresses;
  } catch (error) {
    if (!(error instanceof NameLookupError))
      throw new OriginFailure(502, `${name} cannot be looked up: ${(error as Error).message}`, facts);
    const status = error.failure === 'timeout' ? 504 : 502;
    throw new OriginFailure(status, `the local DNS server gave no address of ${name}: ${error.failure}`, facts);
  }
}
