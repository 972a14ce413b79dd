/**
 * The proxy auto-configuration file: a function that a browser asks for each URL. It sends the lab's names and addresses to
 * this proxy and leaves all others alone, so that a student's browser keeps the rest of the Internet; `*` as a zone sends
 * everything.
 */

/** What may stand in a PAC result: anything else could add a second proxy, or leave the string. */
const PLAIN_AUTHORITY = /^[A-Za-z0-9.-]+(:\d{1,5})?$/;

/**
 * @param reachedAt the Host field of the request: the address by which this client reaches the proxy, wherever it sits.
 * @param otherwise what to name when the Host field is none that may be repeated.
 */
export function formatProxyPac(reachedAt: string, otherwise: string, zones: readonly string[], net: string): string {
  const proxy = PLAIN_AUTHORITY.test(reachedAt) ? reachedAt : otherwise;
  const withPort = /:\d+$/.test(proxy) ? proxy : `${proxy}:80`;
  return `// The names of the lab go through its web cache, all others as before.
function FindProxyForURL(url, host) {
  var proxy = ${JSON.stringify(`PROXY ${withPort}`)};
  var zones = ${JSON.stringify(zones)};
  host = host.toLowerCase().replace(/\\.$/, "");
  if (host.indexOf(${JSON.stringify(`${net}.`)}) === 0 && /^[0-9.]+$/.test(host)) return proxy;
  for (var i = 0; i < zones.length; i++) {
    if (zones[i] === "*" || host === zones[i] || host.slice(-zones[i].length - 1) === "." + zones[i]) return proxy;
  }
  return "DIRECT";
}
`;
}
