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

/**
 * A sentence that says why the host of a URI is refused as it is written, or null. A last label of digits makes it an address for
 * some and a name for others (127.1, 0x7f.1, 2130706433, 0177.0.0.1): only four plain numbers are an address here.
 */
export function refuseSpelling(host: string): string | null {
  if (host.startsWith('[')) return `${host} is no IPv4 address, and the lab has no other`;
  if (host.endsWith('.')) return `${host} ends with an empty label`;
  const last = host.slice(host.lastIndexOf('.') + 1);
  const isNumber = /^(?:\d+|0x[0-9a-f]*)$/i.test(last);
  return isNumber && !isDottedQuad(host)
    ? `${host} is no name, and no address in the one spelling that is taken`
    : null;
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
