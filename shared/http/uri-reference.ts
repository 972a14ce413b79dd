/** Resolving a reference (Location, Content-Location) against the URI of the request: RFC 3986, section 5.2. */

/** RFC 3986, appendix B, without the fragment, which names nothing for a server. */
const PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?/;

/** The whole URI that `reference` means in a message about `base`; null when `base` is no whole URI. */
export function resolveReference(base: string, reference: string): string | null {
  const [, scheme, authority, basePath = '', baseQuery = ''] = PARTS.exec(base)!;
  if (scheme === undefined || authority === undefined) return null;
  const [, ownScheme, ownAuthority, path = '', query] = PARTS.exec(reference)!;
  if (ownScheme !== undefined)
    return `${ownScheme}:${withAuthority(ownAuthority, removeDotSegments(path))}${query ?? ''}`;
  if (ownAuthority !== undefined) return `${scheme}://${ownAuthority}${removeDotSegments(path)}${query ?? ''}`;
  const origin = `${scheme}://${authority}`;
  if (path === '') return `${origin}${basePath}${query ?? baseQuery}`;
  const merged = path.startsWith('/') ? path : basePath.slice(0, basePath.lastIndexOf('/') + 1) + path;
  return `${origin}${removeDotSegments(merged.startsWith('/') ? merged : `/${merged}`)}${query ?? ''}`;
}

function withAuthority(authority: string | undefined, path: string): string {
  return authority === undefined ? path : `//${authority}${path}`;
}

/** RFC 3986, section 5.2.4, for a path that is absolute or empty. */
function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/');
  segments.forEach((segment, place) => {
    const last = place === segments.length - 1;
    if (segment === '.' || segment === '..') {
      if (segment === '..' && kept.length > 1) kept.pop();
      if (last) kept.push('');
    } else kept.push(segment);
  });
  return kept.join('/');
}
