/**
 * DNS over HTTPS (RFC 8484): how a query is written into a request, what is refused and by which status, and for how long a
 * response may be kept by an HTTP cache. The same for HTTP/1.1 and HTTP/2.
 */
import { essenceOf } from '../http/media-type.ts';
import { MESSAGE_OCTETS_MAX, type Message } from './message.ts';
import { RCODE } from './registry.ts';

/** The media type of a message in wire format (RFC 8484, section 6). */
export const DNS_MESSAGE = 'application/dns-message';
/** Where queries are taken; the URI template of this server is `https://NAME/dns-query{?dns}` (RFC 8484, section 4.1). */
export const DOH_PATH = '/dns-query';
/** Longest target, in octets: RFC 9110, section 4.1, asks for 8000 at least. */
const TARGET_OCTETS_MAX = 8_192;

/** The parts of a request that matter here; a field that is absent is undefined. */
export interface DohHead {
  readonly method: string;
  readonly target: string;
  readonly accept: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly contentLength: string | undefined;
}

/** Why a request is no query: the status, and a sentence for the person who sent it. */
export interface DohRefusal {
  readonly kind: 'refusal';
  readonly status: number;
  readonly because: string;
}

/** What to do with a request: its query is in the target, or is the body that follows, or there is none. */
export type DohRequest =
  | { readonly kind: 'query'; readonly octets: Uint8Array }
  | { readonly kind: 'body' }
  | DohRefusal;

/** Reads the head of a request. */
export function readDohRequest(head: DohHead): DohRequest {
  if (head.target.length > TARGET_OCTETS_MAX) {
    return refusal(414, `The target is longer than ${TARGET_OCTETS_MAX} octets: send the query by POST`);
  }
  // The absolute form names the server once more (RFC 9112, section 3.2.2).
  const target = head.target.replace(/^https?:\/\/[^/?#]*/i, '');
  const [path = '', ...search] = target.split('?');
  if (path !== DOH_PATH) return refusal(404, `Queries are taken at ${DOH_PATH} (RFC 8484)`);
  if (!['GET', 'HEAD', 'POST'].includes(head.method)) {
    return refusal(405, `A query comes by GET or POST, not by ${head.method} (RFC 8484, section 4.1)`);
  }
  if (!isAcceptable(head.accept)) {
    return refusal(406, `The response is ${DNS_MESSAGE}, which the Accept field excludes`);
  }
  return head.method === 'POST' ? readPost(head) : readGet(search.join('?'));
}

/** A body that is longer than any message. */
export function tooLarge(): DohRefusal {
  return refusal(413, `A DNS message has ${MESSAGE_OCTETS_MAX} octets at most`);
}

/** Octets that are no query, and therefore not answered by DNS itself. */
export function notAQuery(): DohRefusal {
  return refusal(400, 'These octets are no DNS query: they have no header of one, or are a response');
}

function readPost({ contentType, contentEncoding, contentLength }: DohHead): DohRequest {
  const mediaType = contentType === undefined ? undefined : essenceOf(contentType);
  if (mediaType !== DNS_MESSAGE) {
    return refusal(
      415,
      `The body of a POST is ${DNS_MESSAGE} (RFC 8484, section 4.1); this one is ${mediaType ?? 'unnamed'}`,
    );
  }
  if (contentEncoding !== undefined && contentEncoding.trim().toLowerCase() !== 'identity') {
    return refusal(415, `The body is taken as it is, not in the coding "${contentEncoding}"`);
  }
  return Number(contentLength ?? 0) > MESSAGE_OCTETS_MAX ? tooLarge() : { kind: 'body' };
}

/** RFC 8484, section 6: base64url without padding; padding that is there all the same is passed over. */
function readGet(search: string): DohRequest {
  const given = search.split('&').filter((parameter) => parameter.startsWith('dns='));
  if (given.length !== 1) {
    return refusal(400, `The query is the one parameter "dns" of the target; here are ${given.length} of that name`);
  }
  const text = given[0]!.slice('dns='.length).replace(/(=|%3D)+$/i, '');
  if (text === '' || !/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) {
    return refusal(400, 'The parameter "dns" is not in base64url (RFC 4648, section 5)');
  }
  return { kind: 'query', octets: Uint8Array.fromBase64(text, { alphabet: 'base64url' }) };
}

/** Whether a client that names media types (RFC 9110, section 12.5.1) takes ours; what we cannot read excludes nothing. */
function isAcceptable(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  const ranges = accept.split(',').map((range) => {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return { name, isWanted: !parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter)) };
  });
  for (const name of [DNS_MESSAGE, 'application/*', '*/*']) {
    const range = ranges.find((one) => one.name === name);
    if (range !== undefined) return range.isWanted;
  }
  return false;
}

/**
 * Seconds for which a response may be kept: not longer than its shortest TTL, and what does not exist not longer than the
 * SOA says (RFC 8484, section 5.1; RFC 2308, section 5). 0 for a failure, which says nothing of the next time.
 */
export function freshnessS({ rcode, answer, authority }: Message): number {
  if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) return 0;
  const ttls = answer.map(({ ttl }) => ttl);
  for (const { ttl, rdata } of authority) if (rdata.kind === 'SOA') ttls.push(Math.min(ttl, rdata.minimum));
  return ttls.length === 0 ? 0 : Math.min(...ttls);
}

function refusal(status: number, because: string): DohRefusal {
  return { kind: 'refusal', status, because };
}
