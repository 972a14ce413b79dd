/**
 * The first look at a request of HTTP/2: it becomes a request head like any other, or is malformed (RFC 9113, section 8.1.1).
 * The session has checked much of this already; a server behind another parser would not want to rely on it.
 */

import { type Field, type Fields, fieldLines, isFieldValue, isToken } from '#shared/http/fields.ts';
import { HEADER_OCTETS_MAX, type Refusal, type RequestHead, refuse } from '#shared/http/request-guard.ts';
import { parseAuthority } from '#shared/http/request-target.ts';

/** RFC 9113, section 8.2.2: fields of a connection have no meaning on a stream. */
export const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

/** What a field takes besides its name and value, as RFC 9113, section 6.5.2 counts it. */
const FIELD_OVERHEAD_OCTETS = 32;

const PSEUDO_FIELDS: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path']);

/** The head of the request, with the authority as its Host; or why there is none. */
export function requestOfHttp2(given: Fields): RequestHead | Refusal {
  // A few octets of a frame may stand for kilobytes of fields (RFC 7541, section 7.3).
  const octets = given.reduce((sum, [name, value]) => sum + name.length + value.length + FIELD_OVERHEAD_OCTETS, 0);
  if (octets > HEADER_OCTETS_MAX) return refuse(431, 'the header section is too large (RFC 6585, section 5)', false);
  const regular = given.filter(([name]) => !name.startsWith(':'));
  const fault = faultOfOrder(given) ?? regular.map(faultOfField).find((text) => text !== null) ?? null;
  if (fault !== null) return malformed(fault);
  const [method, scheme, path] = [':method', ':scheme', ':path'].map((name) => fieldLines(given, name));
  if (method?.length !== 1 || !isToken(method[0]!)) return malformed('there is no one :method');
  if (scheme?.length !== 1 || path?.length !== 1) return malformed('there is no one :scheme and :path');
  if (scheme[0] !== 'https') return refuse(421, `this connection is for https, and :scheme is "${scheme[0]}"`, false);
  if (!path[0]!.startsWith('/') && path[0] !== '*') return malformed('the :path is no path');
  const authority = authorityOf(fieldLines(given, ':authority'), fieldLines(regular, 'host'));
  if (typeof authority !== 'string') return authority;
  const others = regular.filter(([name]) => name !== 'host');
  return { method: method[0]!, target: path[0]!, httpVersion: '2', fields: [['host', authority], ...others] };
}

/** RFC 9113, section 8.3.1: both may be there, and then say the same. */
function authorityOf(authorities: readonly string[], hosts: readonly string[]): string | Refusal {
  if (authorities.length > 1 || hosts.length > 1) return malformed('there is more than one authority');
  const given = authorities[0] ?? hosts[0];
  if (given === undefined || given === '') return malformed('there is no :authority');
  const [one, other] = [parseAuthority(given), parseAuthority(hosts[0] ?? given)];
  if (one === null || other === null) return malformed('the :authority is no host');
  if (one.host !== other.host || (one.port ?? 443) !== (other.port ?? 443))
    return malformed('Host names another host than :authority (RFC 9113, section 8.3.1)');
  return given;
}

function faultOfOrder(given: Fields): string | null {
  const firstRegular = given.findIndex(([name]) => !name.startsWith(':'));
  const late = given.findIndex(([name], place) => name.startsWith(':') && firstRegular !== -1 && place > firstRegular);
  if (late !== -1) return `${given[late]![0]} stands behind a field (RFC 9113, section 8.3)`;
  const strange = given.find(([name]) => name.startsWith(':') && !PSEUDO_FIELDS.has(name));
  return strange === undefined ? null : `${strange[0]} is no pseudo-field of a request (RFC 9113, section 8.3.1)`;
}

function faultOfField([name, value]: Field): string | null {
  if (!isToken(name) || name !== name.toLowerCase())
    return 'a field name is not in lower case (RFC 9113, section 8.2.1)';
  if (!isFieldValue(value) || value !== value.trim())
    return `the value of ${name} has a control or an outer blank (RFC 9113, section 8.2.1)`;
  if (CONNECTION_FIELDS.has(name)) return `${name} is for a connection (RFC 9113, section 8.2.2)`;
  if (name === 'te' && value.toLowerCase() !== 'trailers') return 'te is for trailers alone (RFC 9113, section 8.2.2)';
  return null;
}

/** RFC 9113, section 8.1.1: the fault is the stream's, and the connection goes on. */
function malformed(what: string): Refusal {
  return refuse(400, `the request is malformed: ${what}`, false);
}
