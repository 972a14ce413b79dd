/** Framing, versions, connections and trailers of messages that pass: RFC 9112, sections 2, 6, 7 and 9; RFC 9110, section 6.5. */
import type { Ask, Case, FieldSet, Group } from '../case.ts';
import { again, cc, check, FRESH, fetched, optimal, required, step } from '../words.ts';

const TRAILERS = 'RFC 9110, section 6.5.1';
const FRAMING = 'RFC 9112, section 6.3';
const NOT_STORED = cc('no-store');
const by = (fields: FieldSet): { ask: Ask } => ({ ask: { fields } });

const framing: readonly Case[] = [
  required(
    'chunked-request',
    'RFC 9112, section 7.1',
    'a body in chunks reaches the origin whole',
    step(
      { fields: NOT_STORED },
      { asked: true, askedBody: 'some body' },
      { ask: { method: 'POST', body: 'some body', trailers: {} } },
    ),
  ),
  required(
    'chunk-extensions',
    'RFC 9112, section 7.1.1',
    'extensions of chunks are passed over',
    step(
      { fields: NOT_STORED },
      { asked: true, askedBody: 'abcde' },
      {
        ask: {
          raw: 'POST {target} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n02;x="y;z"\r\nde\r\n0\r\n\r\n',
        },
      },
    ),
  ),
  required(
    'chunked-to-1.0',
    'RFC 9112, section 6.1',
    'a client of HTTP/1.0 gets no chunks',
    step(
      { fields: NOT_STORED, framing: 'chunked' },
      { asked: true, status: 200, body: 1, fields: { 'Transfer-Encoding': null } },
      { ask: { version: '1.0' } },
    ),
  ),
  required(
    'stored-chunked-to-1.0',
    'RFC 9112, section 6.1',
    'a client of HTTP/1.0 gets no chunks of a stored response',
    fetched(FRESH, { answer: { framing: 'chunked' } }),
    again({ status: 200, body: /#/, fields: { 'Transfer-Encoding': null } }, { ask: { version: '1.0' } }),
  ),
  required(
    'close-1.0',
    'RFC 9112, section 9.3',
    'the connection of an HTTP/1.0 client is closed after the answer',
    step({ fields: NOT_STORED }, { asked: true, status: 200, body: 1, closes: true }, { ask: { version: '1.0' } }),
  ),
  required(
    'version-1.0-origin',
    'RFC 9112, section 2.3',
    "a request of HTTP/1.0 is forwarded by the cache's own version",
    step({ fields: NOT_STORED }, { asked: true, status: 200, askedWith: { Host: /./ } }, { ask: { version: '1.0' } }),
  ),
  required(
    'origin-1.0',
    'RFC 9112, section 2.5',
    'an origin of HTTP/1.0 is understood',
    step(
      { raw: 'HTTP/1.0 200 OK\r\nDate: {date}\r\nCache-Control: no-store\r\n\r\nten octets' },
      { asked: true, status: 200, body: 'ten octets' },
    ),
  ),
  optimal(
    'origin-1.0-stored',
    'RFC 9111, section 3',
    'a response of HTTP/1.0 is stored as any other',
    step(
      { raw: 'HTTP/1.0 200 OK\r\nDate: {date}\r\nCache-Control: max-age=3600\r\nContent-Length: 10\r\n\r\nten octets' },
      { asked: true, status: 200, body: 'ten octets' },
      { isGiven: true },
    ),
    again({ asked: false, body: 'ten octets' }),
  ),
  required(
    'origin-extra-octets',
    FRAMING,
    'octets after the length of a response are not given to anybody',
    step(
      { fields: NOT_STORED, body: 'short', after: 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison' },
      { asked: true, body: 'short' },
    ),
    again({ status: 200, body: /#2/ }),
    again({ status: 200, body: /#3/ }),
  ),
  required(
    'pipelined',
    'RFC 9112, section 9.3.2',
    'answers to requests in a row come in their order',
    step(
      [
        { fields: NOT_STORED, body: 'first', delayMs: 300 },
        { fields: NOT_STORED, body: 'second' },
      ],
      { status: 200, body: 'first', further: ['second'] },
      { ask: { pipelined: ['/b'] } },
    ),
  ),
  optimal(
    'pipelined-hits',
    'RFC 9112, section 9.3.2',
    'requests in a row are answered from the store',
    fetched(FRESH, { answer: { body: 'again' } }),
    again({ asked: false, body: 'again', further: ['again', 'again'] }, { ask: { pipelined: ['', ''] } }),
  ),
  required(
    'response-204-no-length',
    'RFC 9110, section 8.6',
    'a 204 has no Content-Length',
    step(
      { status: 204, fields: NOT_STORED, body: null },
      { asked: true, status: 204, fields: { 'Content-Length': null, 'Transfer-Encoding': null } },
    ),
  ),
  required(
    'stored-204-no-length',
    'RFC 9110, section 8.6',
    'a 204 from the store has no Content-Length',
    fetched(FRESH, { answer: { status: 204, body: null } }),
    again(
      { status: 204, fields: { 'Content-Length': null, 'Transfer-Encoding': null } },
      { answer: { status: 204, body: null } },
    ),
  ),
  required(
    'no-transform',
    'RFC 9111, section 5.2.2.6',
    'no-transform: the content comes octet for octet',
    step(
      { fields: cc('no-store, no-transform', { 'Content-Type': 'text/html' }), body: '<p>  a  </p>' },
      { asked: true, body: '<p>  a  </p>', fields: { 'Content-Encoding': null } },
      by({ 'Accept-Encoding': 'gzip' }),
    ),
  ),
  required(
    'trace-max-forwards',
    'RFC 9110, section 7.6.2',
    'TRACE with Max-Forwards: 0 goes no further',
    step({ fields: NOT_STORED }, { asked: false }, { ask: { method: 'TRACE', fields: { 'Max-Forwards': '0' } } }),
  ),
  required(
    'options-max-forwards',
    'RFC 9110, section 7.6.2',
    'OPTIONS with Max-Forwards: 0 goes no further',
    step({ fields: NOT_STORED }, { asked: false }, { ask: { method: 'OPTIONS', fields: { 'Max-Forwards': '0' } } }),
  ),
  required(
    'options-max-forwards-less',
    'RFC 9110, section 7.6.2',
    'Max-Forwards of OPTIONS is one less at the next',
    step(
      { fields: NOT_STORED },
      { asked: true, askedWith: { 'Max-Forwards': '4' } },
      { ask: { method: 'OPTIONS', fields: { 'Max-Forwards': '5' } } },
    ),
  ),
];

/** Names, targets and versions at their edges. */
const edges: readonly Case[] = [
  required(
    'keep-alive-1.0',
    'RFC 9112, section 9.3',
    'a client of HTTP/1.0 that asks to keep the connection can tell where the answer ends',
    step(
      { fields: NOT_STORED, framing: 'chunked' },
      { asked: true, status: 200, body: 1, fields: { 'Transfer-Encoding': null } },
      { ask: { version: '1.0', fields: { Connection: 'keep-alive' } } },
    ),
  ),
  required(
    'close-1.1',
    'RFC 9112, section 9.6',
    'who says close gets an answer, and then the end',
    step(
      { fields: NOT_STORED },
      { asked: true, status: 200, closes: true },
      { ask: { raw: 'GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n' } },
    ),
  ),
  required(
    'persists-1.1',
    'RFC 9112, section 9.3',
    'three answers come on one connection',
    step(
      [
        { fields: NOT_STORED, body: 'a' },
        { fields: NOT_STORED, body: 'b' },
        { fields: NOT_STORED, body: 'c' },
      ],
      { status: 200, body: 'a', further: ['b', 'c'] },
      { ask: { pipelined: ['/2', '/3'] } },
    ),
  ),
  required(
    'post-body-whole',
    'RFC 9112, section 6',
    'a body of 300,000 octets reaches the origin whole',
    step(
      { fields: NOT_STORED },
      { asked: true, status: 200, askedBody: /^p{300000}$/ },
      { ask: { method: 'POST', body: 'p'.repeat(300_000) } },
    ),
  ),
  required(
    'post-not-repeated',
    'RFC 9110, section 9.2.2',
    'a POST whose connection broke is not sent once more',
    step({ breaks: 'refuse' }, { asked: 1, status: [500, 502, 503, 504, 0] }, { ask: { method: 'POST', body: 'x' } }),
  ),
  required(
    'method-case',
    'RFC 9110, section 9.1',
    'methods have case: get is another method than GET',
    fetched(FRESH),
    again({ status: [200, 400, 405, 501], notBody: 1 }, { ask: { method: 'get' } }),
  ),
  required(
    'field-value-utf8',
    'RFC 9110, section 5.5',
    'octets above 127 in a value are passed on as they are',
    step(
      { fields: NOT_STORED },
      { asked: true, askedWith: { 'X-Made-Up': 'caf\xc3\xa9' } },
      by({ 'X-Made-Up': 'caf\xc3\xa9' }),
    ),
  ),
  required(
    'field-blanks',
    'RFC 9112, section 5.1',
    'blanks around a value are no part of it',
    step({ fields: cc('no-store', { 'X-Made-Up': ' \t a b \t' }) }, { asked: true, fields: { 'X-Made-Up': 'a b' } }),
  ),
  required(
    'field-empty',
    'RFC 9110, section 5.5',
    'an empty value is a value',
    step(
      { fields: cc('no-store', { 'X-After': '1' }) },
      { asked: true, status: 200, askedWith: { 'X-After': '1' } },
      by({ 'X-Made-Up': ' ', 'X-After': '1' }),
    ),
  ),
  optimal(
    'empty-line-first',
    'RFC 9112, section 2.2',
    'an empty line before a request is passed over',
    step(
      { fields: NOT_STORED },
      { asked: true, status: 200 },
      { ask: { raw: '\r\nGET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n' } },
    ),
  ),
  required(
    'te-upper',
    'RFC 9112, section 7',
    'names of transfer codings have no case',
    step(
      { fields: NOT_STORED },
      { asked: true, status: 200, askedBody: 'abc' },
      {
        ask: {
          raw: 'POST {target} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: CHUNKED\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
        },
      },
    ),
  ),
  required(
    'chunk-size-forms',
    'RFC 9112, section 7.1',
    'chunk sizes may have zeros before them, and letters of any case',
    step(
      { fields: NOT_STORED },
      { asked: true, status: 200, askedBody: 'abcdefghijklm' },
      {
        ask: {
          raw: 'POST {target} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n000A\r\nabcdefghij\r\n0003\r\nklm\r\n000\r\n\r\n',
        },
      },
    ),
  ),
];

const trailers: readonly Case[] = [
  required(
    'trailer-not-merged',
    TRAILERS,
    'a trailer field does not become a header field',
    step(
      { fields: cc('max-age=3600', { Trailer: 'X-Sum' }), framing: 'chunked', trailers: { 'X-Sum': '1' } },
      { asked: true, fields: { 'X-Sum': null } },
    ),
    again({ status: 200, fields: { 'X-Sum': null } }),
  ),
  required(
    'trailer-cache-control',
    TRAILERS,
    'Cache-Control as a trailer does not make a response fresh',
    step({ fields: cc('max-age=0', { ETag: '"1"' }), framing: 'chunked', trailers: FRESH }, { asked: true }),
    again({ asked: true }),
  ),
  check(
    'trailer-passed',
    TRAILERS,
    'trailer fields are passed on',
    step(
      { fields: cc('no-store', { Trailer: 'X-Sum' }), framing: 'chunked', trailers: { 'X-Sum': '1' } },
      { asked: true, trailers: { 'X-Sum': '1' } },
      by({ TE: 'trailers', Connection: 'TE' }),
    ),
  ),
  required(
    'trailer-request-not-merged',
    TRAILERS,
    'a trailer field of a request does not become a header field',
    step(
      { fields: NOT_STORED },
      { asked: true, askedWith: { 'X-Sum': null, Authorization: null }, askedBody: 'body' },
      { ask: { method: 'POST', body: 'body', trailers: { 'X-Sum': '1', Authorization: 'Basic YQ==' } } },
    ),
  ),
];

export const messages: Group = { name: 'messages', cases: [...framing, ...edges, ...trailers] };
