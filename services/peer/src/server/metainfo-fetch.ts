import { hash } from 'node:crypto';
import { decodeMetainfo, METAINFO_OCTETS_MAX, type Metainfo } from '#shared/bittorrent/metainfo.ts';
import type { Host } from '#shared/host/host.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { fetchedReport, fetchReport } from '../reports.ts';
import { httpGet } from './http-get.ts';
import { pause } from './pause.ts';

const FETCH_MS_MAX = 5_000;
/** Pause between two tries to fetch the .torrent file, in milliseconds; it doubles: all hosts of a lab start together. */
const RETRY_MS = 100;
const RETRY_MS_MAX = 5_000;

/**
 * Fetches a .torrent file, as often as it takes; null when it is not wanted any more. `failed` hears of each try in vain.
 * @throws Error with a sentence for a file that is no torrent: it will not become one by asking again
 */
export async function fetchMetainfo(
  host: Host,
  url: URL,
  signal: AbortSignal,
  failed: (tries: number, trouble: string) => void,
): Promise<Metainfo | null> {
  for (let tries = 1; !signal.aborted; tries++) {
    const exchange = host.newExchange();
    host.report(fetchReport(exchange, url));
    try {
      const limits = { octetsMax: METAINFO_OCTETS_MAX, timeoutMs: FETCH_MS_MAX, signal };
      const { body, from, to } = await httpGet(host, { url, exchange }, limits);
      host.report(fetchedReport(exchange, from, to, body.length));
      return decodeMetainfo(body, (octets) => hash('sha1', octets, 'buffer'));
    } catch (error) {
      if (error instanceof ProtocolViolation)
        throw new Error(`This is no torrent that can be used: ${error.message}`, { cause: error });
      if (signal.aborted) break;
      failed(tries, (error as Error).message);
      await pause(host.clock, Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** Math.min(tries, 10)), signal);
    }
  }
  return null;
}
