import type { RefusedTracker, Tracker } from '../protocol/tracker-tiers.ts';

/** How the tracker at `url` is spoken to, or why it cannot be. */
export function trackerKind(url: string): Tracker['kind'] | RefusedTracker {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.hostname === '') return { url, because: 'it is no URL' };
  if (parsed.protocol === 'http:') return 'http';
  if (parsed.protocol !== 'udp:')
    return { url, because: `trackers over ${parsed.protocol.slice(0, -1)} are not spoken to` };
  // BEP 15 has no port of its own.
  return parsed.port === '' || parsed.port === '0' ? { url, because: 'it has no port' } : 'udp';
}

/** Path and query of an announce URL over UDP (BEP 41); empty where there is nothing but the host. */
export function urlDataOf(url: URL): string {
  const urlData = `${url.pathname}${url.search}`;
  return urlData === '/' ? '' : urlData;
}
