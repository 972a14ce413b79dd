/** Requests that must be refused with the connection closed. The numbers are those of the table of hostile inputs. */

const H = 'Host: a.test\r\n';
const CHUNKS = '3\r\nabc\r\n0\r\n\r\n';
const POST = `POST http://a.test/h HTTP/1.1\r\n${H}`;

export const REFUSED: readonly (readonly [name: string, text: string, status: number])[] = [
  [
    '1 both Content-Length and Transfer-Encoding',
    `${POST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
    400,
  ],
  ['2 an unknown transfer coding', `${POST}Transfer-Encoding: xchunked\r\n\r\n${CHUNKS}`, 400],
  ['3 chunked not at the end', `${POST}Transfer-Encoding: chunked, identity\r\n\r\n${CHUNKS}`, 400],
  ['4 two lengths', `${POST}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, 400],
  ['4 a signed length', `${POST}Content-Length: +5\r\n\r\nabcde`, 400],
  ['4 one length twice', `${POST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde`, 400],
  ['4 one length twice in a line', `${POST}Content-Length: 5, 5\r\n\r\nabcde`, 400],
  ['5 a blank before the colon', `${POST}Transfer-Encoding : chunked\r\n\r\n${CHUNKS}`, 400],
  ['6 a folded line', `GET http://a.test/ HTTP/1.1\r\n${H}X: a\r\n b\r\n\r\n`, 400],
  ['7 bare LF', 'GET http://a.test/ HTTP/1.1\nHost: a.test\n\n', 400],
  ['8 a bare CR in a value', `GET http://a.test/ HTTP/1.1\r\n${H}X: a\rb\r\n\r\n`, 400],
  ['8 a NUL in a value', `GET http://a.test/ HTTP/1.1\r\n${H}X: a\0b\r\n\r\n`, 400],
  ['8 a field name that is no token', `GET http://a.test/ HTTP/1.1\r\n${H}X(y): a\r\n\r\n`, 400],
  [
    '11 Transfer-Encoding in HTTP/1.0',
    `POST http://a.test/h HTTP/1.0\r\n${H}Transfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
    400,
  ],
  ['12 no Host', 'GET http://a.test/ HTTP/1.1\r\n\r\n', 400],
  ['12 two Hosts', `GET http://a.test/ HTTP/1.1\r\n${H}${H}\r\n`, 400],
  ['12 a Host that is none', 'GET http://a.test/ HTTP/1.1\r\nHost: a b/..@c\r\n\r\n', 400],
  ['14 a blank before the first field', `GET http://a.test/ HTTP/1.1\r\n X: y\r\n${H}\r\n`, 400],
  ['14 a blank in the target', `GET http://a.test/a b HTTP/1.1\r\n${H}\r\n`, 400],
  ['15 HTTP/0.9', 'GET http://a.test/\r\n\r\n', 400],
  ['15 HTTP/0.9 with fields and a body', `GET http://a.test/h\r\n${H}Content-Length: 3\r\n\r\nabc`, 400],
  ['16 HTTP/3.7', `GET http://a.test/ HTTP/3.7\r\n${H}\r\n`, 505],
  ['21 a header section of 96 KiB', `GET http://a.test/ HTTP/1.1\r\n${H}X: ${'a'.repeat(98_304)}\r\n\r\n`, 431],
  ['21 a target of 100 KiB', `GET http://a.test/${'a'.repeat(102_400)} HTTP/1.1\r\n${H}\r\n`, 414],
];

/** Bodies that must be refused: the origin may have got their beginning, and never gets an end. */
export const BROKEN_BODIES: readonly (readonly [name: string, text: string, status: number])[] = [
  ['9 a chunk size of 17 digits', `${POST}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nabc`, 400],
  ['10 a bare LF in a chunk extension', `${POST}Transfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n`, 400],
  ['10 chunk data without CRLF', `${POST}Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n`, 400],
  ['10 a bare LF behind chunk data', `${POST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n\r\n`, 400],
  ['10 a blank before a chunk size', `${POST}Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n`, 400],
  ['10 a folded trailer', `${POST}Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n z\r\n\r\n`, 400],
];

/** Requests that are answered as others are; a second one follows, and must be seen as a request of its own. */
export const ANSWERED: readonly (readonly [name: string, text: string, status: number])[] = [
  ['13 the absolute form and another Host', 'GET http://a.test/13 HTTP/1.1\r\nHost: evil.test\r\n\r\n', 200],
  [
    '17 Connection names what frames the message',
    `${POST}Connection: Host, Content-Length, X-Sec\r\nX-Sec: 1\r\nContent-Length: 3\r\n\r\nabc`,
    200,
  ],
  ['19 an address outside of the lab', 'GET http://169.254.169.254/ HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n', 403],
  ['20 TRACE', `TRACE http://a.test/ HTTP/1.1\r\n${H}Max-Forwards: 0\r\n\r\n`, 405],
  [
    '22 an upgrade to HTTP/2',
    `GET http://a.test/22 HTTP/1.1\r\n${H}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n\r\n`,
    200,
  ],
  ['24 a GET with a body', `GET http://a.test/24 HTTP/1.1\r\n${H}Content-Length: 3\r\n\r\nabc`, 200],
  ['an encoded end of line in a path', `GET http://a.test/%0d%0aX:%20y HTTP/1.1\r\n${H}\r\n`, 200],
  [
    'trailers that would be another header',
    `${POST}Transfer-Encoding: chunked\r\n\r\n${CHUNKS.slice(0, -2)}Host: evil\r\nContent-Length: 9\r\n\r\n`,
    200,
  ],
  ['a body that looks like a request', `${POST}Content-Length: 27\r\n\r\nGET http://a.test/ HTTP/1.1`, 200],
];
