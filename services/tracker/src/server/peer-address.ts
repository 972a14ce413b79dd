import { isIP } from 'node:net';
import { formatAddress, octetsOfAddress } from '#shared/bittorrent/compact-peers.ts';

/** The first twelve octets of an IPv4 address in the form of IPv6 (RFC 4291, section 2.5.5.2). */
const MAPPED: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/**
 * The address of the peer that asks: that of its connection. What a peer says of itself in `ip` is not read, because it could
 * name a victim (BEP 7, last section). Only a proxy that is trusted may say for whom it asks, in the last member of
 * X-Forwarded-For: those before it are what the client has written there.
 */
export function peerAddress(
  remoteAddress: string,
  forwardedFor: string | undefined,
  trustedProxies: readonly string[],
): string {
  const address = oneText(remoteAddress);
  if (forwardedFor === undefined || !trustedProxies.includes(address)) return address;
  const last = forwardedFor.slice(forwardedFor.lastIndexOf(',') + 1).trim();
  return isIP(last) > 0 ? oneText(last) : address;
}

/** An address has many texts in IPv6, and one peer must have one. */
function oneText(address: string): string {
  if (!address.includes(':')) return address;
  const [withoutZone = ''] = address.split('%');
  const octets = octetsOfAddress(withoutZone);
  return formatAddress(MAPPED.every((octet, at) => octet === octets[at]) ? octets.subarray(MAPPED.length) : octets);
}
