/**
 * A jar as the text file that browsers once kept it in and that curl, wget and yt-dlp still read and write: seven columns with
 * tabs between them.
 *
 *     domain  with-subdomains  path  secure  expires  name  value
 *
 * `#HttpOnly_` before the domain keeps a cookie from scripts; `expires` is in seconds since 1970, 0 until the browser is closed.
 */

import type { Jar, StoredCookie } from './cookie-jar.ts';

const HEAD = '# Netscape HTTP Cookie File';

export function formatCookieFile(jar: Jar): string {
  return `${[HEAD, ...jar.map(formatLine)].join('\n')}\n`;
}

function formatLine(cookie: StoredCookie): string {
  const { domain, hostOnly, path, secure, httpOnly, expiresMs, name, value } = cookie;
  const yesNo = (is: boolean) => (is ? 'TRUE' : 'FALSE');
  const host = `${httpOnly ? '#HttpOnly_' : ''}${hostOnly ? '' : '.'}${domain}`;
  const expires = String(Math.floor((expiresMs ?? 0) / 1000));
  return [host, yesNo(!hostOnly), path, yesNo(secure), expires, name, value].join('\t');
}
