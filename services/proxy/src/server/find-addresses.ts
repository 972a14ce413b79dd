import type { Host } from '#shared/host/host.ts';
import { NameLookupError } from '#shared/host/names.ts';
import { refuseAddress } from '../protocol/destination.ts';
import { OriginFailure } from './origin-failure.ts';

/** Addresses of one name that are tried, one after the other. */
const ADDRESSES_TRIED_MAX = 3;

/** The addresses that a name leads to and that the proxy may connect to. @throws OriginFailure */
export async function findAddresses(host: Host, name: string, cause: string): Promise<readonly string[]> {
  const addresses = await lookUp(host, name, cause);
  const surroundings = { net: host.net, ownAddress: host.address };
  const refusals = addresses.map((address) => refuseAddress(address, surroundings));
  const allowed = addresses.filter((_address, place) => refusals[place] === null);
  if (allowed.length === 0) throw new OriginFailure(403, refusals[0] ?? `${name} has no address`);
  return allowed.slice(0, ADDRESSES_TRIED_MAX);
}

async function lookUp(host: Host, name: string, cause: string): Promise<readonly string[]> {
  try {
    return (await host.names.addresses(name, cause)).addresses;
  } catch (error) {
    if (!(error instanceof NameLookupError))
      throw new OriginFailure(502, `${name} cannot be looked up: ${(error as Error).message}`);
    const status = error.failure === 'timeout' ? 504 : 502;
    throw new OriginFailure(status, `the local DNS server gave no address of ${name}: ${error.failure}`);
  }
}
