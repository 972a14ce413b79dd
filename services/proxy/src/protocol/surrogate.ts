/**
 * Reverse mode: the proxy as a gateway in front of declared origins, which clients take for the origin itself (RFC 9110, section
 * 3.7; RFC 9213 calls a cache there a surrogate). It serves the declared sites and nothing else: it is no way to anywhere.
 */

import { type Authority, formatAuthority, parseAuthority, type RequestTarget } from '#shared/http/request-target.ts';

/** The origin of each site, by the host that clients write. The port by which they came does not matter. */
export type Sites = ReadonlyMap<string, Authority>;

export type SiteChoice =
  | { readonly kind: 'site'; readonly origin: Authority; readonly path: string }
  | { readonly kind: 'refuse'; readonly status: 405 | 421; readonly because: string };

/** Reads `shop.example=www.amazon.com:80 news.example=cnn.com`, as words; or a sentence that says which word is none. */
export function parseSites(words: readonly string[]): Sites | string {
  const sites = new Map<string, Authority>();
  for (const word of words) {
    const [site = '', origin, ...more] = word.split('=');
    const host = parseAuthority(site);
    const authority = origin === undefined || more.length > 0 ? null : parseAuthority(origin);
    if (host === null || host.port !== null || authority === null) return `"${word}" is no pair host=origin:port`;
    if (sites.has(host.host)) return `${host.host} is there twice`;
    sites.set(host.host, authority);
  }
  return sites;
}

/**
 * Where a request leads.
 *
 * @param authority that the request means: of the absolute form, else of its Host field
 */
export function chooseSite(sites: Sites, target: RequestTarget, authority: Authority | null): SiteChoice {
  if (target.form === 'authority') return refuse(405, 'this server stands before its sites and opens no tunnels');
  const path = target.form === 'asterisk' ? '*' : target.path;
  const origin = authority === null ? undefined : sites.get(authority.host);
  const isHttp = target.form !== 'absolute' || target.scheme === 'http';
  if (origin !== undefined && isHttp) return { kind: 'site', origin, path };
  // RFC 9110, section 15.5.20: a proxy must not generate it, but this is the server that clients think they have reached.
  const named =
    authority === null ? 'the request names no host' : `${formatAuthority(authority)} is no site of this server`;
  return refuse(421, isHttp ? named : 'only http is served here');
}

function refuse(status: 405 | 421, because: string): SiteChoice {
  return { kind: 'refuse', status, because };
}
