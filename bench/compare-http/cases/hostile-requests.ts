/** What no honest client sends: RFC 9112, sections 2.2, 3, 5, 6 and 7; RFC 9110, section 5.5. */
import type { Case, Expect, Group } from '../case.ts';
import { again, cc, FRESH, fetched, optimal, required, step } from '../words.ts';

const FRAMING = 'RFC 9112, section 6.3';
const FIELD = 'RFC 9112, section 5.1';
const VALUE = 'RFC 9110, section 5.5';
const HOST = 'RFC 9112, section 3.2';
const NOT_STORED = cc('no-store');

/** A request that is refused before the origin hears of it. */
const REFUSED: Expect = { asked: false, status: [400, 411, 413, 501, 0] };
const request = (head: string, rest = ''): { ask: { raw: string } } => ({ ask: { raw: `${head}\r\n\r\n${rest}` } });
const GET = 'GET {target} HTTP/1.1';
const POST = 'POST {target} HTTP/1.1\r\nHost: {host}';
const SMUGGLED = 'GET {target}/smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n';

const refused = (
  level: typeof optimal,
  id: string,
  clause: string,
  says: string,
  head: string,
  rest = '',
  expect: Expect = REFUSED,
): Case => level(id, clause, says, step({ fields: NOT_STORED }, expect, request(head, rest)));

const requests: readonly Case[] = [
  required(
    'cl-and-te',
    FRAMING,
    'Content-Length beside Transfer-Encoding never makes two requests of one',
    step(
      { fields: NOT_STORED },
      { neverAsked: /smuggled/, status: [200, 400, 501, 0] },
      request(`${POST}\r\nContent-Length: 6\r\nTransfer-Encoding: chunked`, `0\r\n\r\n${SMUGGLED}`),
    ),
  ),
  refused(
    optimal,
    'cl-and-te-refused',
    FRAMING,
    'Content-Length beside Transfer-Encoding is refused',
    `${POST}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked`,
    '0\r\n\r\n',
  ),
  refused(
    required,
    'te-not-final',
    FRAMING,
    'a request whose last coding is not chunked is refused',
    `${POST}\r\nTransfer-Encoding: chunked, identity`,
    '0\r\n\r\n',
  ),
  refused(
    required,
    'te-unknown',
    FRAMING,
    'a coding that is not known is refused',
    `${POST}\r\nTransfer-Encoding: xchunked`,
    '0\r\n\r\n',
  ),
  refused(
    required,
    'cl-two',
    FRAMING,
    'two different Content-Length fields are refused',
    `${POST}\r\nContent-Length: 5\r\nContent-Length: 6`,
    'abcdef',
  ),
  refused(required, 'cl-list', FRAMING, 'Content-Length: 5, 6 is refused', `${POST}\r\nContent-Length: 5, 6`, 'abcdef'),
  refused(required, 'cl-plus', FRAMING, 'Content-Length: +5 is refused', `${POST}\r\nContent-Length: +5`, 'abcde'),
  refused(required, 'cl-minus', FRAMING, 'Content-Length: -5 is refused', `${POST}\r\nContent-Length: -5`, 'abcde'),
  refused(required, 'cl-hex', FRAMING, 'Content-Length: 0x5 is refused', `${POST}\r\nContent-Length: 0x5`, 'abcde'),
  refused(
    required,
    'cl-huge',
    FRAMING,
    'a Content-Length that no integer holds is never taken for a small one',
    `${POST}\r\nContent-Length: 99999999999999999999999`,
    'abcde',
    { neverWhole: true, status: [400, 411, 413, 500, 501, 502, 503, 504, 0] },
  ),
  refused(
    required,
    'space-before-colon',
    FIELD,
    'a blank between name and colon is refused',
    `${GET}\r\nHost: {host}\r\nX-Made-Up : 1`,
  ),
  refused(
    required,
    'te-space-before-colon',
    FIELD,
    'a blank between Transfer-Encoding and its colon is refused',
    `${POST}\r\nTransfer-Encoding : chunked\r\nContent-Length: 5`,
    '0\r\n\r\n',
  ),
  required(
    'obs-fold',
    'RFC 9112, section 5.2',
    'a folded line is refused, or joined by blanks',
    step(
      { fields: NOT_STORED },
      { status: [200, 400], askedWith: { 'X-Made-Up': /^a +b$/ } },
      request(`${GET}\r\nHost: {host}\r\nX-Made-Up: a\r\n b`),
    ),
  ),
  refused(
    required,
    'bare-cr',
    VALUE,
    'a bare CR in a value is refused, or made a blank',
    `${GET}\r\nHost: {host}\r\nX-Made-Up: a\rX-Other: b`,
    '',
    { status: [200, 400, 0], askedWith: { 'X-Made-Up': /^[^\r]*$/, 'X-Other': null } },
  ),
  refused(
    required,
    'nul',
    VALUE,
    'a NUL in a value is refused, or made a blank',
    `${GET}\r\nHost: {host}\r\nX-Made-Up: a\0b`,
    '',
    { status: [200, 400, 0], askedWith: { 'X-Made-Up': /^[^\0]*$/ } },
  ),
  refused(
    required,
    'host-missing',
    HOST,
    'a request of HTTP/1.1 without Host is refused',
    `${GET}\r\nX-Made-Up: 1`,
    '',
    { asked: false, status: 400 },
  ),
  refused(required, 'host-two', HOST, 'two Host fields are refused', `${GET}\r\nHost: {host}\r\nHost: other.test`, '', {
    asked: false,
    status: 400,
  }),
  refused(
    required,
    'host-two-same',
    HOST,
    'two equal Host fields are refused',
    `${GET}\r\nHost: {host}\r\nHost: {host}`,
    '',
    { asked: false, status: 400 },
  ),
  refused(required, 'host-invalid', HOST, 'an invalid Host is refused', `${GET}\r\nHost: a b/..@c`, '', {
    asked: false,
    status: 400,
  }),
  required(
    'absolute-form-host',
    'RFC 9112, section 3.2.2',
    'the host of an absolute target replaces Host',
    step(
      { fields: NOT_STORED },
      { asked: true, askedWith: { Host: 'compare.test' } },
      request('GET http://compare.test{path} HTTP/1.1\r\nHost: evil.test'),
    ),
  ),
  required(
    'absolute-form-key',
    'RFC 9112, section 3.2.2',
    'a response to an absolute target is stored for that target',
    step({ fields: FRESH }, { asked: true }, request('GET http://compare.test{path} HTTP/1.1\r\nHost: other.test')),
    again({ asked: true }, { ask: { host: 'other.test' } }),
  ),
  refused(
    required,
    'space-before-first-field',
    'RFC 9112, section 2.2',
    'a blank before the first field is refused, or the line passed over',
    `${GET}\r\n X-Made-Up: 1\r\nHost: {host}`,
    '',
    { status: [200, 400, 0], askedWith: { 'X-Made-Up': null } },
  ),
  refused(
    optimal,
    'space-in-target',
    'RFC 9112, section 3',
    'a blank within the target is refused',
    'GET {target} x HTTP/1.1\r\nHost: {host}',
  ),
  refused(
    optimal,
    'version-3.7',
    'RFC 9110, section 15.6.6',
    'a version of another major number is refused',
    'GET {target} HTTP/3.7\r\nHost: {host}',
    '',
    { asked: false, status: [400, 505, 0] },
  ),
  refused(
    optimal,
    'version-0.9',
    'RFC 9112, section 3',
    'a request line without version and yet with fields is refused',
    'GET {target}\r\nHost: {host}',
    '',
    { asked: false },
  ),
  refused(
    optimal,
    'http-1.0-te',
    'RFC 9112, section 6.1',
    'a request of HTTP/1.0 in chunks is refused',
    'POST {target} HTTP/1.0\r\nHost: {host}\r\nTransfer-Encoding: chunked',
    '5\r\nabcde\r\n0\r\n\r\n',
    { status: [200, 400, 501, 0], closes: true },
  ),
  refused(
    required,
    'chunk-overflow',
    'RFC 9112, section 7.1',
    'a chunk size that no integer holds is refused',
    `${POST}\r\nTransfer-Encoding: chunked`,
    '10000000000000005\r\nabcde\r\n0\r\n\r\n',
    { status: [400, 413, 500, 502, 503, 0], neverWhole: true },
  ),
  refused(
    required,
    'chunk-size-invalid',
    'RFC 9112, section 7.1',
    'a chunk size that is no number is refused',
    `${POST}\r\nTransfer-Encoding: chunked`,
    'xyz\r\nabcde\r\n0\r\n\r\n',
    { status: [400, 413, 500, 502, 503, 0], neverWhole: true },
  ),
  refused(
    required,
    'chunk-without-crlf',
    'RFC 9112, section 7.1',
    'a chunk that is longer than its size is refused',
    `${POST}\r\nTransfer-Encoding: chunked`,
    '3\r\nabcde\r\n0\r\n\r\n',
    { status: [400, 413, 500, 502, 503, 0], neverWhole: true },
  ),
  refused(
    optimal,
    'field-name-invalid',
    FIELD,
    'a name that is no token is refused',
    `${GET}\r\nHost: {host}\r\nX(Made)Up: 1`,
  ),
  refused(
    optimal,
    'line-without-colon',
    FIELD,
    'a line without a colon is refused',
    `${GET}\r\nHost: {host}\r\nnothing`,
  ),
  refused(
    optimal,
    'long-target',
    'RFC 9112, section 3',
    'a target of 100 KiB is answered with 414',
    `GET {target}?${'x'.repeat(102_400)} HTTP/1.1\r\nHost: {host}`,
    '',
    { asked: false, status: 414 },
  ),
  refused(
    optimal,
    'long-fields',
    'RFC 6585, section 5',
    'fields of 96 KiB are refused with 431 or 400',
    `${GET}\r\nHost: {host}\r\nX-Long: ${'x'.repeat(98_304)}`,
    '',
    { asked: false, status: [400, 413, 431] },
  ),
  refused(
    optimal,
    'expect-unknown',
    'RFC 9110, section 10.1.1',
    'an expectation that is not known is answered with 417',
    `${GET}\r\nHost: {host}\r\nExpect: 200-maybe`,
    '',
    { status: 417 },
  ),
  required(
    'cl-repeated',
    'RFC 9110, section 8.6',
    'Content-Length: 5, 5 is refused, or goes on as 5',
    step(
      { fields: NOT_STORED },
      { status: [200, 400, 411, 413, 501, 0], askedWith: { 'Content-Length': /^5?$/ } },
      request(`${POST}\r\nContent-Length: 5, 5`, 'abcde'),
    ),
  ),
  required(
    'post-then-get',
    'RFC 9112, section 9.3.2',
    'a GET that stands behind a POST on one connection comes after it: the origin is asked both times',
    fetched(FRESH),
    step(
      { fields: NOT_STORED },
      { asked: 2, status: 200 },
      request(`${POST}\r\nContent-Length: 1`, `x${GET}\r\nHost: {host}\r\n\r\n`),
    ),
  ),
];

export const hostileRequests: Group = { name: 'bad requests', cases: requests };
