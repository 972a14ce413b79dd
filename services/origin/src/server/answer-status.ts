import type { Fields } from '#shared/http/fields.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import { type Aim, type Exchange, say } from './exchange.ts';

/** What a status may not come without (RFC 9110, section 15). */
const REQUIRED: Readonly<Record<number, Fields>> = {
  401: [['WWW-Authenticate', 'Basic realm="status"']],
  405: [['Allow', 'GET, HEAD, OPTIONS']],
  407: [['Proxy-Authenticate', 'Basic realm="status"']],
  413: [['Retry-After', '10']],
  416: [['Content-Range', 'bytes */0']],
  426: [['Upgrade', 'HTTP/2.0']],
  429: [['Retry-After', '10']],
  503: [['Retry-After', '10']],
};

/** Statuses that mean nothing without what the request did not ask for: a part of something, a version that is spoken. */
const UNASKED: ReadonlySet<number> = new Set([206, 304]);

/** Answers `/status/404` with 404, where the site has such a folder. */
export async function answerStatus(exchange: Exchange, { rules, path }: Aim): Promise<boolean> {
  const folder = rules.statuses.find((prefix) => path.startsWith(prefix));
  const digits = folder === undefined ? '' : path.slice(folder.length);
  if (!/^[2-5]\d\d$/.test(digits)) return false;
  const status = Number(digits);
  if (reasonPhrase(status) === '' || UNASKED.has(status)) return false;
  const isRedirect = [300, 301, 302, 303, 307, 308].includes(status);
  const fields: Fields = isRedirect ? [['Location', '/']] : (REQUIRED[status] ?? []);
  await say(exchange, status, 'this path answers with the status that it names', { fields });
  return true;
}
