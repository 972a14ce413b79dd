/** Good messages, and the hostile ones that are known by name, that mutations begin with. */

import type { Random } from './random.ts';

/** What a body is filled with: it looks like a message itself, so that who loses count of octets takes it for one. */
function disguised(authority: string, path: string): string {
  return `GET http://${authority}${path}-inside HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
}

/** `body` as chunks of random lengths. */
function chunked(body: string, random: Random, trailers = ''): string {
  let text = '';
  for (let at = 0; at < body.length; ) {
    const octets = Math.min(body.length - at, 1 + random.below(60));
    const extension = random.once(6) ? ';name=value' : '';
    text += `${octets.toString(16)}${extension}\r\n${body.slice(at, at + octets)}\r\n`;
    at += octets;
  }
  return `${text}0\r\n${trailers}\r\n`;
}

type Request = (authority: string, path: string, random: Random) => string;

const BODILESS: readonly string[] = ['GET', 'HEAD', 'DELETE', 'OPTIONS'];
const MORE_FIELDS = [
  '',
  'Accept: */*\r\nUser-Agent: fuzz\r\n',
  'Connection: keep-alive\r\n',
  'X-Empty:\r\nX-Blanks: \t a b \t\r\n',
  'Cookie: a=b; c=d\r\nAccept-Encoding: gzip, br\r\n',
  'Cache-Control: max-age=0\r\n',
  'Range: bytes=2-9\r\n',
  'If-None-Match: "x"\r\n',
  'Connection: X-Secret\r\nX-Secret: 1\r\n',
];

const REQUESTS: readonly Request[] = [
  (authority, path, random) => head(random.pick(BODILESS), authority, path, '1.1', random.pick(MORE_FIELDS)),
  (authority, path, random) => head('GET', authority, path, '1.1', random.pick(MORE_FIELDS)),
  (authority, path) => head('GET', authority, path, '1.0', 'Connection: keep-alive\r\n'),
  (authority, path) => head('GET', authority, path, '1.0', ''),
  (authority, path, random) => withLength(random.pick(['POST', 'PUT', 'GET', 'PATCH']), authority, path, random),
  (authority, path, random) => withLength('POST', authority, path, random),
  (authority, path, random) =>
    `${head('POST', authority, path, '1.1', 'Transfer-Encoding: chunked\r\n')}${chunked(disguised(authority, path), random)}`,
  (authority, path, random) =>
    `${head('PUT', authority, path, '1.1', 'Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n')}${chunked(disguised(authority, path), random, 'X-Sum: 1\r\n')}`,
  (authority, path) => `${head('POST', authority, path, '1.1', 'Expect: 100-continue\r\nContent-Length: 3\r\n')}abc`,
  // A body of no octets is no reason not to be answered from a store, and its framing has to be read all the same.
  (authority, path) => head('GET', authority, path, '1.1', 'Content-Length: 0\r\n'),
  (authority, path, random) =>
    `${head(random.pick(['GET', 'HEAD']), authority, path, '1.1', 'Transfer-Encoding: chunked\r\n')}0\r\n\r\n`,
  (authority, path) => `\r\n${head('GET', authority, path, '1.1', '')}`,
];

/** Hostile from the beginning: the table of checks/http.md, the rows that concern framing. */
const HOSTILE: readonly Request[] = [
  (authority, path) =>
    `${head('POST', authority, path, '1.1', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n')}0\r\n\r\n${disguised(authority, path)}`,
  (authority, path) =>
    `${head('POST', authority, path, '1.1', 'Transfer-Encoding: xchunked\r\n')}0\r\n\r\n${disguised(authority, path)}`,
  (authority, path) =>
    `${head('POST', authority, path, '1.1', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n')}0\r\n\r\n${disguised(authority, path)}`,
  (authority, path) =>
    `${head('POST', authority, path, '1.1', 'Content-Length: 3\r\nContent-Length: 50\r\n')}abc${disguised(authority, path)}`,
  (authority, path) =>
    `${head('POST', authority, path, '1.1', 'Transfer-Encoding : chunked\r\n')}0\r\n\r\n${disguised(authority, path)}`,
  (authority, path) => head('GET', authority, path, '1.1', `X: a\r\n Host: ${authority}\r\n`),
  (authority, path) =>
    `${head('POST', authority, path, '1.1', 'Transfer-Encoding: chunked\r\n')}10000000000000003\r\nabc\r\n0\r\n\r\n${disguised(authority, path)}`,
  (authority, path) =>
    `${head('POST', authority, path, '1.1', 'Transfer-Encoding: chunked\r\n')}3;a\nb\r\nabc\r\n0\r\n\r\n${disguised(authority, path)}`,
  (authority, path) =>
    `${head('POST', authority, path, '1.0', 'Transfer-Encoding: chunked\r\n')}3\r\nabc\r\n0\r\n\r\n${disguised(authority, path)}`,
  (authority, path) => `GET http://${authority}${path}\r\nHost: ${authority}\r\n\r\n`,
  (authority, path) =>
    head(
      'POST',
      authority,
      path,
      '1.1',
      'Connection: Host, Content-Length, X-Secret\r\nContent-Length: 3\r\nX-Secret: 1\r\n',
    ).concat('abc'),
  (authority) => `CONNECT ${authority}:22 HTTP/1.1\r\nHost: ${authority}:22\r\n\r\n`,
  (authority, path) => head('TRACE', authority, path, '1.1', 'Max-Forwards: 0\r\n'),
  (authority, path) =>
    head(
      'GET',
      authority,
      path,
      '1.1',
      'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
    ),
  (authority, path) => `GET ${path} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`,
  (authority, path) => `GET http://${authority}${path} HTTP/1.1\r\nHost: evil.test\r\n\r\n`,
];

export function sampleRequest(authority: string, path: string, random: Random): string {
  return random.pick(random.once(4) ? HOSTILE : REQUESTS)(authority, path, random);
}

/** One of those that every proxy must pass on. */
export function goodRequest(authority: string, path: string, random: Random): string {
  return random.pick(REQUESTS)(authority, path, random);
}

function head(method: string, authority: string, path: string, version: string, fields: string): string {
  return `${method} http://${authority}${path} HTTP/${version}\r\nHost: ${authority}\r\n${fields}\r\n`;
}

function withLength(method: string, authority: string, path: string, random: Random): string {
  const body = disguised(authority, path).repeat(1 + random.below(3));
  return `${head(method, authority, path, '1.1', `Content-Length: ${body.length}\r\n`)}${body}`;
}

/** The name of the field by which an answer says which request it belongs to. */
export const ID_FIELD = 'X-Id';

const CACHING = [
  'Cache-Control: no-store\r\n',
  'Cache-Control: max-age=60\r\nETag: "x"\r\n',
  'Cache-Control: public, s-maxage=60\r\nVary: Accept-Encoding\r\n',
  'Set-Cookie: a=b\r\n',
  '',
];

/** A good response of the origin to a request for `path`. */
export function sampleResponse(method: string, path: string, random: Random): string {
  const body = bodyFor(path, random);
  const fields = `${ID_FIELD}: ${path.slice(0, 200)}\r\nDate: Fri, 20 Nov 2026 10:00:00 GMT\r\n${random.pick(CACHING)}`;
  const length = `Content-Length: ${body.length}\r\n`;
  if (method === 'HEAD') return `HTTP/1.1 200 OK\r\n${fields}${length}\r\n`;
  switch (random.below(10)) {
    case 0:
    case 1:
      return `HTTP/1.1 200 OK\r\n${fields}Transfer-Encoding: chunked\r\n\r\n${chunked(body, random)}`;
    case 2:
      return `HTTP/1.1 200 OK\r\n${fields}Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n${chunked(body, random, 'X-Sum: 1\r\n')}`;
    case 3:
      return `HTTP/1.1 204 No Content\r\n${fields}\r\n`;
    case 4:
      return `HTTP/1.1 404 Not Found\r\n${fields}${length}\r\n${body}`;
    case 5:
      return `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n${fields}${length}\r\n${body}`;
    case 6:
      return `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n${fields}${length}\r\n${body}`;
    case 7:
      return `HTTP/1.0 200 OK\r\n${fields}${length}\r\n${body}`;
    default:
      return `HTTP/1.1 200 OK\r\n${fields}${length}\r\n${body}`;
  }
}

/** A body that names its path and looks like another response. */
function bodyFor(path: string, random: Random): string {
  const inside = `HTTP/1.1 200 OK\r\n${ID_FIELD}: ${path}-inside\r\nContent-Length: 4\r\n\r\nevil`;
  return `[${path}]${inside.repeat(random.below(3))}`;
}
