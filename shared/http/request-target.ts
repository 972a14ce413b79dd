/** What a request is for: the four forms of a request target (RFC 9112, section 3.2) and the Host field (RFC 9110, section 7.2). */

/** A host and a port; the port is null where none is written. */
export interface Authority {
  /** In lower case, without a final dot. */
  readonly host: string;
  readonly port: number | null;
}

export type RequestTarget =
  | { readonly form: 'origin'; readonly path: string }
  | { readonly form: 'absolute'; readonly scheme: string; readonly authority: Authority; readonly path: string }
  | { readonly form: 'authority'; readonly authority: Authority }
  | { readonly form: 'asterisk' };

const REG_NAME = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;
const IP_LITERAL = /^\[[0-9A-Fa-f:.]+\]$/;
const PORT_MAX = 65_535;

/** `host [":" port]` (RFC 3986, section 3.2), or null. An empty port is as good as none. */
export function parseAuthority(text: string): Authority | null {
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(\d{0,5}))?$/.exec(text);
  if (parts === null) return null;
  const host = parts[1]!;
  const port = parts[2] === undefined || parts[2] === '' ? null : Number(parts[2]);
  if (!REG_NAME.test(host) && !IP_LITERAL.test(host)) return null;
  if (port !== null && port > PORT_MAX) return null;
  const name = host.toLowerCase();
  return { host: name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name, port };
}

/** `www.test.com:8080`; the port only where one is written and it is not the scheme's own. */
export function formatAuthority(authority: Authority, defaultPort = 80): string {
  return authority.port === null || authority.port === defaultPort
    ? authority.host
    : `${authority.host}:${authority.port}`;
}

/** The target, or a sentence that says why it is none. */
export function parseRequestTarget(method: string, target: string): RequestTarget | string {
  if (method === 'CONNECT') {
    const authority = parseAuthority(target);
    const complete = authority !== null && authority.port !== null;
    return complete ? { form: 'authority', authority } : 'CONNECT takes host:port and nothing else';
  }
  if (target === '*') return method === 'OPTIONS' ? { form: 'asterisk' } : 'only OPTIONS takes the target "*"';
  if (/[\x00-\x20\x7f-\uffff]/.test(target)) return 'the target has a blank, a control or an octet outside of ASCII';
  if (target.includes('#')) return 'a target has no fragment';
  if (target.startsWith('/')) return { form: 'origin', path: target };
  return parseAbsolute(target);
}

function parseAbsolute(target: string): RequestTarget | string {
  const parts = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?]*)(.*)$/.exec(target);
  if (parts === null) return 'the target is neither a path nor an absolute URI';
  const [, scheme, authorityText, rest] = parts as unknown as [string, string, string, string];
  // RFC 9110, section 4.2.4: userinfo before "@" is an error; it serves to disguise the host.
  if (authorityText.includes('@')) return 'the authority has user information';
  const authority = parseAuthority(authorityText);
  if (authority === null) return 'the authority of the target is no host';
  return { form: 'absolute', scheme: scheme.toLowerCase(), authority, path: rest.startsWith('/') ? rest : `/${rest}` };
}
