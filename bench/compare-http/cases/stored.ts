/** What is stored under which URI: fields and content (RFC 9111, sections 2 and 3.1; RFC 9110, section 4.2.3). */
import type { Case, Group } from '../case.ts';
import { again, cc, check, FORWARDED, FRESH, fetched, fromCache, given, optimal, required, step } from '../words.ts';

const STORING = 'RFC 9111, section 3';
const FIELDS = 'RFC 9111, section 3.1';

/** Every octet once. */
const ALL_OCTETS = String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet));

const fields: readonly Case[] = [
  required(
    'fields-unknown',
    FIELDS,
    'fields that are not known are stored',
    fetched(cc('max-age=3600', { 'X-Made-Up': 'a, b;c="d"' })),
    given(again({ asked: false })),
    again(fromCache(1, { fields: { 'X-Made-Up': 'a, b;c="d"' } })),
  ),
  required(
    'fields-two-lines',
    FIELDS,
    'all lines of a field are stored',
    fetched(cc('max-age=3600', { 'X-Made-Up': ['a', 'b'] })),
    given(again({ asked: false })),
    again(fromCache(1, { fields: { 'X-Made-Up': /^a, ?b$/ } })),
  ),
  required(
    'fields-connection',
    FIELDS,
    'fields that Connection names are not stored',
    fetched(cc('max-age=3600', { Connection: 'X-Mine', 'X-Mine': '1' })),
    given(again({ asked: false })),
    again(fromCache(1, { fields: { 'X-Mine': null } })),
  ),
  check(
    'fields-proxy-authenticate',
    FIELDS,
    'Proxy-Authentication-Info of the next hop is not stored',
    fetched(cc('max-age=3600', { 'Proxy-Authentication-Info': 'x=1' })),
    given(again({ asked: false })),
    again(fromCache(1, { fields: { 'Proxy-Authentication-Info': null } })),
  ),
  optimal(
    'fields-set-cookie',
    'RFC 9111, section 7.3',
    'Set-Cookie does not keep a response from being stored',
    fetched(cc('max-age=3600', { 'Set-Cookie': 'a=1' })),
    again(fromCache()),
  ),
  optimal(
    'request-cookie',
    'RFC 9111, section 7.3',
    'Cookie in the request does not keep from reuse',
    fetched(FRESH),
    again(fromCache(), { ask: { fields: { Cookie: 'a=1' } } }),
  ),
  optimal(
    'query',
    'RFC 9111, section 2',
    'a URI with a query is stored as any other',
    fetched(FRESH, { ask: { at: '?a=1' } }),
    again(fromCache(), { ask: { at: '?a=1' } }),
  ),
  required(
    'query-other',
    'RFC 9111, section 4',
    'another query is another URI',
    fetched(FRESH, { ask: { at: '?a=1' } }),
    again(FORWARDED, { ask: { at: '?a=2' } }),
  ),
  required(
    'query-order',
    'RFC 9111, section 4',
    'the order within a query matters',
    fetched(FRESH, { ask: { at: '?a=1&b=2' } }),
    again(FORWARDED, { ask: { at: '?b=2&a=1' } }),
  ),
  required(
    'path-case',
    'RFC 9110, section 4.2.3',
    'paths have case',
    fetched(FRESH, { ask: { at: '/Page' } }),
    again(FORWARDED, { ask: { at: '/page' } }),
  ),
  required(
    'path-slash',
    'RFC 9110, section 4.2.3',
    'a slash at the end makes another path',
    fetched(FRESH, { ask: { at: '/page' } }),
    again(FORWARDED, { ask: { at: '/page/' } }),
  ),
  optimal(
    'path-encoded',
    'RFC 9110, section 7.7',
    'an encoded slash reaches the origin as it was written',
    step({ fields: FRESH }, { asked: true, askedWith: { ':path': /\/a%2Fb$/ } }, { ask: { at: '/a%2Fb' } }),
  ),
  optimal(
    'path-two-slashes',
    'RFC 9110, section 7.7',
    'two slashes reach the origin as they were written',
    step({ fields: FRESH }, { asked: true, askedWith: { ':path': /\/a\/\/b$/ } }, { ask: { at: '/a//b' } }),
  ),
  required(
    'other-host',
    'RFC 9111, section 4',
    'another host name is another URI',
    fetched(FRESH),
    again(FORWARDED, { ask: { host: 'other.test' } }),
  ),
  optimal(
    'host-case',
    'RFC 9110, section 4.2.3',
    'host names have no case',
    fetched(FRESH),
    again(fromCache(), { ask: { host: 'COMPARE.test' } }),
  ),
  optimal(
    'immutable',
    'RFC 8246, section 2',
    'immutable does not keep from reuse',
    fetched(cc('max-age=3600, immutable')),
    again(fromCache()),
  ),
  optimal(
    'empty-body',
    STORING,
    'a response without octets is stored',
    fetched(FRESH, { answer: { body: '' } }),
    again({ asked: false, status: 200, body: '' }),
  ),
  optimal(
    'chunked',
    STORING,
    'a response in chunks is stored whole',
    fetched(FRESH, { answer: { framing: 'chunked' } }),
    again(fromCache()),
  ),
  optimal(
    'until-close',
    STORING,
    'a response that ends with its connection is stored',
    fetched(FRESH, { answer: { framing: 'close' } }),
    again(fromCache()),
  ),
  required(
    'large',
    'RFC 9110, section 7.7',
    'three million octets come whole, again and again',
    fetched(FRESH, { answer: { body: 'l'.repeat(3_000_000) } }),
    again({ status: 200, body: /^l{3000000}$/ }, { answer: { body: 'l'.repeat(3_000_000) } }),
  ),
  required(
    'binary',
    'RFC 9110, section 7.7',
    'all 256 octets come as they are, from the store too',
    fetched(FRESH, { answer: { body: ALL_OCTETS, framing: 'chunked' } }),
    again({ status: 200, body: ALL_OCTETS }, { answer: { body: ALL_OCTETS } }),
  ),
  required(
    'content-coding',
    'RFC 9111, section 3.1',
    'Content-Encoding and its content are stored together',
    fetched(cc('max-age=3600', { 'Content-Encoding': 'x-made-up', Vary: 'Accept-Encoding' })),
    given(again({ asked: false })),
    again(fromCache(1, { fields: { 'Content-Encoding': 'x-made-up', Vary: 'Accept-Encoding' } })),
  ),
  optimal(
    'default-port',
    'RFC 9110, section 4.2.3',
    'port 80 is the port of http, written or not',
    fetched(FRESH),
    again(fromCache(), { ask: { host: 'compare.test:80' } }),
  ),
  check(
    'percent-case',
    'RFC 9110, section 4.2.3',
    'two spellings of an encoded octet are two URIs: only the origin knows better',
    fetched(FRESH, { ask: { at: '/%7ea' } }),
    again(FORWARDED, { ask: { at: '/%7Ea' } }),
  ),
  check(
    'fetched-anew-no-store',
    'RFC 9111, section 5.2.2.5',
    'a newer response with no-store ends the reuse of the older one',
    fetched(FRESH),
    given(again({ asked: true, body: 2 }, { ask: { fields: cc('no-cache') } })),
    again(FORWARDED),
  ),
  check(
    'fetched-anew-404',
    'RFC 9111, section 4',
    'a newer 404 ends the reuse of the older response',
    fetched(FRESH),
    given(again({ asked: true, status: 404 }, { ask: { fields: cc('no-cache') }, answer: { status: 404 } })),
    again(FORWARDED),
  ),
  optimal(
    'leaves',
    STORING,
    'a client that goes away does not lose the object for others',
    fetched(FRESH, { ask: { leaves: true }, answer: { body: 'x'.repeat(20_000), pauseMs: 500 } }),
    again({ asked: false, body: 'x'.repeat(20_000) }, { pauseS: 1.2 }),
  ),
];

export const stored: Group = { name: 'stored', cases: fields };
