/** @import { Shown } from './report-list.js' */

/** Pause before the stream is opened again after an answer that is none, in milliseconds. */
const AGAIN_MS = 2_000;

/**
 * The reports that the observatory holds, and then each as it comes, for as long as the page is open.
 * @param {string} kind a kind or a protocol, or nothing for all
 * @param {object} told
 * @param {(report: Shown) => void} told.take
 * @param {(count: number) => void} [told.miss] reports that came while this page was too slow
 * @param {(isConnected: boolean) => void} [told.connect]
 * @param {() => void} [told.present] everything that was held has come
 * @param {string} [path] where they come from
 */
export function followReports(kind, told, path = '/api/reports/stream') {
  const { take, miss = () => {}, connect = () => {}, present = () => {} } = told;
  const stream = new EventSource(`${path}?${kind === '' ? '' : `kind=${kind}&`}after=0`);
  stream.onmessage = (event) => take(JSON.parse(event.data));
  stream.addEventListener('missed', (event) => miss(JSON.parse(event.data).missed));
  stream.addEventListener('present', present);
  stream.onopen = () => connect(true);
  stream.onerror = () => {
    connect(false);
    // A browser gives up for good on an answer that is no stream (a 503, a proxy's page).
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => followReports(kind, told, path), AGAIN_MS);
  };
}
