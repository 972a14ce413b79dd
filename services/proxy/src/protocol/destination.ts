/**
 * Where this proxy may connect to: the hosts of the lab, on ports where web servers listen, and never itself. The port is
 * checked as it is written, the address after the name has been looked up; the caller connects to the address that was
 * checked and looks up nothing again.
 */

import { GATEWAY_SUFFIX, isLabAddress } from '#shared/lab-net.ts';

export interface Surroundings {
  /** The lab's prefix. */
  readonly net: string;
  /** The proxy's own address. */
  readonly ownAddress: string;
}

/** A sentence that says why the port is refused, or null. */
export function refusePort(port: number, allowed: readonly number[]): string | null {
  return allowed.includes(port)
    ? null
    : `port ${port} is not one of those that this proxy connects to: ${allowed.join(', ')}`;
}

/** A sentence that says why the address is refused, or null. */
export function refuseAddress(address: string, { net, ownAddress }: Surroundings): string | null {
  if (!isDottedQuad(address) || !isLabAddress(address, net)) return `${address} is not an address of the lab`;
  if (address === ownAddress) return `${address} is this proxy itself: the request would go round in circles`;
  if (address === `${net}.${GATEWAY_SUFFIX}`) return `${address} is the machine that the lab runs on`;
  return null;
}

/** Four numbers and nothing else: other spellings of an address would be understood differently by others. */
function isDottedQuad(text: string): boolean {
  const octets = text.split('.');
  return octets.length === 4 && octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255);
}
