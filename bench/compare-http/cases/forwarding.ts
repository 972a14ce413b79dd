/** Messages that pass, and what of them is for one connection alone: RFC 9110, sections 7.6, 10.1 and 15.2. */
import type { Ask, Case, FieldSet, Group, Match } from '../case.ts';
import { again, cc, check, FRESH, fromCache, given, optimal, required, step } from '../words.ts';

const CONNECTION = 'RFC 9110, section 7.6.1';
const VIA = 'RFC 9110, section 7.6.3';
const INTERIM = 'RFC 9110, section 15.2';
const NOT_STORED = cc('no-store');
const by = (fields: FieldSet): { ask: Ask } => ({ ask: { fields } });

/** A request with these fields reaches the origin with those. */
const toOrigin = (
  level: typeof optimal,
  id: string,
  clause: string,
  says: string,
  fields: FieldSet,
  askedWith: Readonly<Record<string, Match>>,
): Case => level(id, clause, says, step({ fields: NOT_STORED }, { asked: true, askedWith }, by(fields)));
/** A response with these fields reaches the client with those. */
const toClient = (
  level: typeof optimal,
  id: string,
  clause: string,
  says: string,
  fields: FieldSet,
  seen: Readonly<Record<string, Match>>,
): Case => level(id, clause, says, step({ fields: cc('no-store', fields) }, { asked: true, fields: seen }));

const hopByHop: readonly Case[] = [
  toOrigin(
    required,
    'connection-request',
    CONNECTION,
    'a field that Connection names goes no further',
    { Connection: 'X-Mine', 'X-Mine': '1' },
    { 'X-Mine': null },
  ),
  toOrigin(
    required,
    'connection-request-case',
    CONNECTION,
    'Connection names fields in any case',
    { Connection: 'close, x-MINE', 'X-Mine': '1' },
    { 'X-Mine': null },
  ),
  toOrigin(
    required,
    'connection-request-two',
    CONNECTION,
    'Connection names several fields',
    { Connection: 'X-One, X-Two', 'X-One': '1', 'X-Two': '2' },
    { 'X-One': null, 'X-Two': null },
  ),
  toOrigin(
    required,
    'connection-request-lines',
    CONNECTION,
    'all lines of Connection count',
    { Connection: ['X-One', 'X-Two'], 'X-One': '1', 'X-Two': '2' },
    { 'X-One': null, 'X-Two': null },
  ),
  toOrigin(
    required,
    'connection-request-empty',
    CONNECTION,
    'empty members of Connection are passed over',
    { Connection: ', X-Mine,,', 'X-Mine': '1' },
    { 'X-Mine': null },
  ),
  toOrigin(
    required,
    'connection-close',
    CONNECTION,
    "close of the client is not the origin's",
    { Connection: 'close', 'X-Kept': '1' },
    { 'X-Kept': '1' },
  ),
  required(
    'host-named',
    'RFC 9112, section 3.2',
    'Host stays where Connection names it, or the request is refused',
    step({ fields: NOT_STORED }, { status: [200, 400], askedWith: { Host: /./ } }, by({ Connection: 'Host' })),
  ),
  toOrigin(
    optimal,
    'keep-alive-request',
    CONNECTION,
    'Keep-Alive goes no further',
    { 'Keep-Alive': 'timeout=5', Connection: 'keep-alive' },
    { 'Keep-Alive': null },
  ),
  toOrigin(
    optimal,
    'proxy-connection-request',
    CONNECTION,
    'Proxy-Connection goes no further',
    { 'Proxy-Connection': 'keep-alive' },
    { 'Proxy-Connection': null },
  ),
  toOrigin(
    optimal,
    'te-request',
    'RFC 9110, section 10.1.4',
    'TE goes no further',
    { TE: 'trailers', Connection: 'TE' },
    { TE: /^(trailers)?$|^$/ },
  ),
  toOrigin(
    required,
    'te-gzip',
    'RFC 9110, section 10.1.4',
    'a transfer coding that the client takes is not promised to the origin',
    { TE: 'gzip', Connection: 'TE' },
    { TE: null },
  ),
  toOrigin(
    optimal,
    'upgrade-request',
    'RFC 9110, section 7.8',
    'Upgrade of the client goes no further',
    { Upgrade: 'h2c', Connection: 'Upgrade, HTTP2-Settings', 'HTTP2-Settings': 'AAMAAABk' },
    { Upgrade: null, 'HTTP2-Settings': null },
  ),
  toOrigin(
    required,
    'unknown-request',
    'RFC 9110, section 5.1',
    'fields that are not known are passed on',
    { 'X-Made-Up': 'a; b="c, d"' },
    { 'X-Made-Up': 'a; b="c, d"' },
  ),
  toOrigin(
    required,
    'unknown-request-lines',
    'RFC 9110, section 5.3',
    'lines of a field keep their order',
    { 'X-Made-Up': ['b', 'a', 'c'] },
    { 'X-Made-Up': /^b, ?a, ?c$/ },
  ),
  toOrigin(required, 'via-request', VIA, 'a request gets a Via', {}, { Via: /\b1\.1 \S/ }),
  toOrigin(
    required,
    'via-request-appended',
    VIA,
    "what Via said is kept, and the cache's own comes last",
    { Via: '1.0 inner' },
    { Via: /^1\.0 inner, ?(HTTP\/)?1\.1 \S/i },
  ),
  toOrigin(
    optimal,
    'user-agent-kept',
    'RFC 9110, section 7.7',
    'User-Agent of the client is kept',
    { 'User-Agent': 'made/up' },
    { 'User-Agent': 'made/up' },
  ),
  toOrigin(
    check,
    'user-agent-none',
    'RFC 9110, section 10.1.5',
    'who sends no User-Agent has none',
    {},
    { 'User-Agent': null },
  ),
  toOrigin(
    check,
    'accept-encoding-kept',
    'RFC 9110, section 12.5.3',
    'Accept-Encoding of the client is kept',
    { 'Accept-Encoding': 'br;q=0.5, gzip' },
    { 'Accept-Encoding': 'br;q=0.5, gzip' },
  ),
  toOrigin(
    check,
    'max-forwards-get',
    'RFC 9110, section 7.6.2',
    'Max-Forwards of GET is of no matter',
    { 'Max-Forwards': '0' },
    { ':method': 'GET' },
  ),
  toClient(
    required,
    'connection-response',
    CONNECTION,
    'a field that Connection names goes no further',
    { Connection: 'X-Mine', 'X-Mine': '1' },
    { 'X-Mine': null },
  ),
  toClient(
    required,
    'connection-response-two',
    CONNECTION,
    'Connection names several fields',
    { Connection: 'X-One,x-two', 'X-One': '1', 'X-Two': '2' },
    { 'X-One': null, 'X-Two': null },
  ),
  toClient(
    optimal,
    'keep-alive-response',
    CONNECTION,
    'Keep-Alive of the origin goes no further',
    { 'Keep-Alive': 'timeout=77', Connection: 'keep-alive' },
    { 'Keep-Alive': /^(?!.*77)|^$/ },
  ),
  toClient(
    optimal,
    'proxy-connection-response',
    CONNECTION,
    'Proxy-Connection of the origin goes no further',
    { 'Proxy-Connection': 'keep-alive' },
    { 'Proxy-Connection': null },
  ),
  toClient(
    optimal,
    'upgrade-response',
    'RFC 9110, section 7.8',
    'Upgrade of the origin goes no further',
    { Upgrade: 'h2c', Connection: 'Upgrade' },
    { Upgrade: null },
  ),
  toClient(
    required,
    'unknown-response',
    'RFC 9110, section 5.1',
    'fields that are not known are passed on',
    { 'X-Made-Up': 'a; b="c, d"' },
    { 'X-Made-Up': 'a; b="c, d"' },
  ),
  toClient(
    required,
    'set-cookie-lines',
    'RFC 9110, section 5.3',
    'lines of Set-Cookie are all passed on',
    { 'Set-Cookie': ['a=1; Expires=Fri, 20 Nov 2037 10:00:00 GMT', 'b=2'] },
    { 'Set-Cookie': /a=1; Expires=Fri, 20 Nov 2037 10:00:00 GMT, b=2/ },
  ),
  toClient(check, 'via-response', VIA, 'a response gets a Via', {}, { Via: /\b1\.1 \S/ }),
  toClient(
    required,
    'warning-kept',
    'RFC 9110, section 5.1',
    'Warning is a field as others now',
    { Warning: '199 - "made up"' },
    { Warning: /199/ },
  ),
  required(
    'reason-kept',
    'RFC 9110, section 15',
    'a status that nobody knows is passed on',
    step({ status: 299, fields: NOT_STORED }, { asked: true, status: 299 }),
  ),
];

const interim: readonly Case[] = [
  optimal(
    'interim-103',
    INTERIM,
    'a 103 is passed on',
    step(
      { informs: [{ status: 103, fields: { Link: '</a.css>; rel=preload' } }], fields: NOT_STORED },
      { asked: true, status: 200, informed: [103] },
    ),
  ),
  optimal(
    'interim-102',
    INTERIM,
    'a 102 is passed on',
    step({ informs: [{ status: 102 }], fields: NOT_STORED }, { asked: true, status: 200, informed: [102] }),
  ),
  optimal(
    'interim-unknown',
    INTERIM,
    'a 1xx that is not known is passed on',
    step({ informs: [{ status: 199 }], fields: NOT_STORED }, { asked: true, status: 200, informed: [199] }),
  ),
  required(
    'interim-several',
    INTERIM,
    'the final response comes after several interim ones',
    step(
      { informs: [{ status: 103 }, { status: 103 }, { status: 102 }], fields: NOT_STORED },
      { asked: true, status: 200, body: 1 },
    ),
  ),
  required(
    'interim-1.0',
    INTERIM,
    'a client of HTTP/1.0 gets no 1xx',
    given(step({ informs: [{ status: 103 }], fields: NOT_STORED }, { asked: true, status: 200 })),
    step(
      { informs: [{ status: 103 }], fields: NOT_STORED },
      { asked: true, status: 200, informed: [] },
      { ask: { version: '1.0' } },
    ),
  ),
  required(
    'interim-not-stored',
    'RFC 9111, section 3',
    'a 1xx is not stored',
    given(
      step(
        { informs: [{ status: 103, fields: cc('max-age=3600') }], fields: NOT_STORED },
        { asked: true, status: 200 },
      ),
    ),
    again({ asked: true, status: 200, body: 2 }),
  ),
  optimal(
    'interim-then-stored',
    'RFC 9111, section 3',
    'the response after a 1xx is stored as any other',
    step({ informs: [{ status: 103 }], fields: FRESH }, { asked: true, status: 200 }, { isGiven: true }),
    again(fromCache(1, { informed: [] })),
  ),
  required(
    'expect-100',
    'RFC 9110, section 10.1.1',
    'a client that expects 100 gets it, or an answer',
    step(
      { fields: NOT_STORED },
      { asked: true, askedBody: 'body', status: 200 },
      { ask: { method: 'POST', body: 'body', fields: { Expect: '100-continue' } } },
    ),
  ),
];

export const forwarding: Group = { name: 'forwarding', cases: [...hopByHop, ...interim] };
