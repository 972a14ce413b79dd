/** What no honest origin sends: RFC 9112, sections 5 to 8; RFC 9110, section 5.5. */
import type { Case, Expect, Group } from '../case.ts';
import { again, cc, FORWARDED, optimal, required, step } from '../words.ts';

const FRAMING = 'RFC 9112, section 6.3';
const FIELD = 'RFC 9112, section 5.1';
const VALUE = 'RFC 9110, section 5.5';
const NOT_STORED = cc('no-store');

const answers = (
  level: typeof optimal,
  id: string,
  clause: string,
  says: string,
  raw: string,
  expect: Expect = { asked: true, status: [500, 502, 503, 0] },
): Case => level(id, clause, says, step({ raw }, expect));
const OK = 'HTTP/1.1 200 OK\r\nDate: {date}\r\nCache-Control: max-age=3600\r\n';

const responses: readonly Case[] = [
  answers(
    required,
    'origin-cl-and-te',
    FRAMING,
    'a response with Content-Length and Transfer-Encoding is never passed on with both',
    `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n`,
    {
      asked: true,
      status: [200, 500, 502, 503, 0],
      without: /content-length:[\s\S]*transfer-encoding:|transfer-encoding:[\s\S]*content-length:/i,
    },
  ),
  answers(
    required,
    'origin-cl-two',
    FRAMING,
    'a response with two different lengths is not passed on',
    `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
  ),
  answers(
    required,
    'origin-cl-invalid',
    FRAMING,
    'a response with an invalid length is not passed on',
    `${OK}Content-Length: abc\r\n\r\nabcdef`,
  ),
  answers(
    optimal,
    'origin-te-unknown',
    FRAMING,
    'a response in a coding that is not known is never taken for its content',
    `${OK}Transfer-Encoding: xchunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n`,
    { asked: true, status: [502, 0, 200], body: /^(?![\s\S]*5\r\nabcde)/ },
  ),
  answers(
    required,
    'origin-te-tab',
    'RFC 9110, section 5.5',
    'Transfer-Encoding: chunked with a tab after it is chunked',
    `${OK}Transfer-Encoding: chunked\t\r\n\r\n5\r\nabcde\r\n0\r\n\r\n`,
    { asked: true, status: [200, 502], body: /^(?![\s\S]*5\r\nabcde)/ },
  ),
  answers(
    required,
    'origin-nul',
    VALUE,
    'a NUL in a field of a response is not passed on',
    `${OK}X-Made-Up: a\0b\r\nContent-Length: 5\r\n\r\nabcde`,
    { asked: true, status: [200, 500, 502, 503, 0], without: /\0/ },
  ),
  answers(
    required,
    'origin-bare-cr',
    VALUE,
    'a bare CR in a field of a response is not passed on',
    `${OK}X-Made-Up: a\rb\r\nContent-Length: 5\r\n\r\nabcde`,
    { asked: true, status: [200, 500, 502, 503, 0], without: /\r/ },
  ),
  answers(
    required,
    'origin-space-before-colon',
    FIELD,
    'a blank before the colon of a response field is taken away',
    `${OK}X-Made-Up : a\r\nContent-Length: 5\r\n\r\nabcde`,
    { asked: true, status: [200, 500, 502, 503, 0], without: /X-Made-Up :/ },
  ),
  answers(
    optimal,
    'origin-garbage',
    'RFC 9110, section 15.6.3',
    'what is no HTTP is answered with 502',
    'hello, this is not HTTP\r\n\r\n',
    { asked: true, status: [500, 502, 503, 504] },
  ),
  answers(
    optimal,
    'origin-status-invalid',
    'RFC 9110, section 15',
    'a status that is no number of three digits is not passed on',
    'HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nabcde',
    { asked: true, status: [500, 502, 503, 504, 0] },
  ),
  answers(
    optimal,
    'origin-101',
    'RFC 9110, section 7.8',
    'a 101 that nobody asked for is not passed on',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    { asked: true, status: [500, 502, 503, 504, 0] },
  ),
  required(
    'origin-206-unasked',
    'RFC 9111, section 3.3',
    'a 206 that nobody asked for does not answer for the whole',
    step(
      {
        raw: `HTTP/1.1 206 Partial Content\r\nDate: {date}\r\nCache-Control: max-age=3600\r\nContent-Range: bytes 0-4/10\r\nContent-Length: 5\r\n\r\n01234`,
      },
      { asked: true },
    ),
    again(FORWARDED),
  ),
];

/** Spellings that are to be mended before they go on. */
const mended: readonly Case[] = [
  answers(
    required,
    'origin-cl-repeated',
    'RFC 9110, section 8.6',
    'Content-Length: 5, 5 of a response is refused, or goes on as 5',
    `${OK}Content-Length: 5, 5\r\n\r\nabcde`,
    { asked: true, status: [200, 500, 502, 503, 0], fields: { 'Content-Length': /^\d*$/ } },
  ),
  answers(
    required,
    'origin-obs-fold',
    'RFC 9112, section 5.2',
    'a folded line of a response is refused, or joined by blanks',
    `${OK}X-Made-Up: a\r\n b\r\nContent-Length: 5\r\n\r\nabcde`,
    { asked: true, status: [200, 500, 502, 503, 0], fields: { 'X-Made-Up': /^$|^a +b$/ } },
  ),
  answers(
    optimal,
    'origin-1.0-chunked',
    'RFC 9112, section 6.1',
    'chunks in a response of HTTP/1.0 are faulty framing: no chunk is taken for content',
    'HTTP/1.0 200 OK\r\nDate: {date}\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n',
    { asked: true, status: [200, 500, 502, 503, 0], body: /^(?![\s\S]*5\r\nabcde)/ },
  ),
];

/** What an origin may do to the cache's connections and to its memory. */
const floods: readonly Case[] = [
  answers(
    optimal,
    'origin-head-cut',
    'RFC 9112, section 8',
    'a head that breaks off is answered with 502 or 504',
    'HTTP/1.1 200 OK\r\nDate: {date}\r\nCache-Con',
    { asked: true, status: [500, 502, 503, 504] },
  ),
  answers(
    required,
    'origin-status-line-long',
    'RFC 9110, section 5.4',
    'a head of a megabyte is refused or passed on, and never cut short',
    `${OK}X-Long: ${'x'.repeat(1_000_000)}\r\nContent-Length: 5\r\n\r\nabcde`,
    { asked: true, status: [200, 500, 502, 503, 504, 0], fields: { 'X-Long': /^$|^x{1000000}$/ } },
  ),
  answers(
    optimal,
    'origin-chunk-overflow',
    'RFC 9112, section 7.1',
    'a chunk size that no integer holds never makes a whole response',
    `${OK}Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nabcde\r\n0\r\n\r\n`,
    { noticed: true },
  ),
  answers(
    optimal,
    'origin-chunk-invalid',
    'RFC 9112, section 7.1',
    'a chunk size that is no number never makes a whole response',
    `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nxyz\r\n`,
    { noticed: true },
  ),
  required(
    'origin-chunk-invalid-not-stored',
    'RFC 9111, section 3.3',
    'a response whose chunks cannot be read is not reused as whole',
    step({ raw: `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nxyz\r\n` }, {}),
    again({ asked: true, status: 200, body: /#2/ }),
  ),
  required(
    'origin-two-responses',
    FRAMING,
    'a second response that nobody asked for is given to nobody',
    step(
      { fields: NOT_STORED, after: `${'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'.repeat(3)}` },
      { asked: true, body: 1 },
    ),
    ...[2, 3, 4].map((number) => again({ status: 200, body: number })),
  ),
  required(
    'head-with-body',
    FRAMING,
    'octets after an answer to HEAD are given to nobody',
    step(
      {
        raw: 'HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 46\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison',
      },
      { status: [200, 500, 502, 503, 504, 0] },
      { ask: { method: 'HEAD' } },
    ),
    again({ status: 200, body: 2 }),
  ),
];

export const hostileResponses: Group = { name: 'bad responses', cases: [...responses, ...mended, ...floods] };
