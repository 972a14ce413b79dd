import type { IncomingHttpHeaders } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { request as requestHttp1 } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { decodeMessage } from '../../../dns/decode-message.ts';
import { encodeMessage } from '../../../dns/encode-message.ts';
import { ednsWith, type Message, queryFor, responseTo } from '../../../dns/message.ts';
import { RCODE } from '../../../dns/registry.ts';
import { record } from '../../../dns/test/records.ts';
import { createTestHost, type TestHost } from '../../test-host.ts';
import { openTls, readAuthorityCertificate } from '../../tls.ts';
import { HttpsListener } from '../https-listener.ts';
import type { DnsRequest, DnsResponse } from '../request.ts';
import { octetsNamed } from './dns-client.ts';

const NAME = 'resolver.topdown.org';
const TYPE = 'application/dns-message';
/** The handshake's deadline where a test waits for it, in milliseconds, and otherwise: on a busy machine one takes its time. */
const HANDSHAKE_MS = 200;
const PATIENT_HANDSHAKE_MS = 60_000;
/** Without this deadline a silent connection would be there for ten seconds, in milliseconds. */
const CUT_MS_MAX = 8_000;

let host: TestHost;
let tls: Awaited<ReturnType<typeof openTls>>;
let listener: HttpsListener;
let requests: DnsRequest[] = [];
let sent: Message[] = [];

async function respond(request: DnsRequest): Promise<DnsResponse> {
  requests.push(request);
  if (request.violation !== null) return { messages: [responseTo(request.query, { rcode: RCODE.FORMERR })] };
  const [name = ''] = request.query.question[0]!.qname;
  if (name === 'fail') throw new Error('a fault of the program');
  const answer = Array.from({ length: name === 'big' ? 200 : 1 }, (_, at) => record(`${name}. 300 A 192.0.2.${at}`));
  return { messages: [responseTo(request.query, { answer })], onSent: (message) => sent.push(message) };
}

beforeAll(async () => {
  host = createTestHost({ name: 'doh', suffix: '73.1' });
  tls = await openTls(host, [NAME]);
  listener = new HttpsListener(host.endpoint(443), tls, respond, host.log, PATIENT_HANDSHAKE_MS);
  await listener.start();
});

afterAll(async () => {
  await listener.stop();
  await host.remove();
});

beforeEach(() => {
  requests = [];
  sent = [];
});

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

interface Answered {
  readonly status: number;
  readonly fields: IncomingHttpHeaders;
  readonly body: Buffer;
}

type Ask = (asked: Asked) => Promise<Answered>;

const trust = () => ({ ca: readAuthorityCertificate(host) ?? '', servername: NAME });

const overHttp1: Ask = ({ method = 'GET', path = '/dns-query', fields = {}, body }) =>
  new Promise((resolve, reject) => {
    const options = { host: host.address, method, path, headers: { host: NAME, ...fields }, agent: false, ...trust() };
    const asking = requestHttp1(options, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, fields: response.headers, body: Buffer.concat(pieces) }),
      );
    });
    asking.on('error', reject);
    asking.end(body);
  });

function openHttp2(): ClientHttp2Session {
  return connectHttp2(`https://${host.address}`, trust()).on('error', () => {});
}

const overHttp2: Ask = ({ method = 'GET', path = '/dns-query', fields = {}, body }) => {
  const session = openHttp2();
  return new Promise<Answered>((resolve, reject) => {
    const stream = session.request({ ':method': method, ':path': path, ':authority': NAME, ...fields });
    const pieces: Buffer[] = [];
    let head: IncomingHttpHeaders & { ':status'?: number | undefined } = {};
    stream.on('response', (fields) => {
      head = fields;
    });
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('error', reject);
    stream.on('end', () => resolve({ status: head[':status'] ?? 0, fields: head, body: Buffer.concat(pieces) }));
    stream.end(body);
  }).finally(() => session.destroy());
};

const get = (octets: Uint8Array) => `/dns-query?dns=${Buffer.from(octets).toString('base64url')}`;
const post = (body: Uint8Array): Asked => ({ method: 'POST', fields: { 'content-type': TYPE }, body });

describe.each([
  ['HTTP/2', overHttp2],
  ['HTTP/1.1', overHttp1],
])('DNS over HTTPS by %s', (_version, ask) => {
  test('a query by GET or POST is answered, and may be kept for as long as its TTL', async () => {
    for (const asked of [{ path: get(octetsNamed('www A')) }, post(octetsNamed('www A'))]) {
      const { status, fields, body } = await ask(asked);
      expect([status, fields['content-type'], fields['cache-control']]).toEqual([200, TYPE, 'max-age=300']);
      expect(decodeMessage(body).answer).toEqual([record('www. 300 A 192.0.2.0')]);
    }
    expect(requests.map(({ transport }) => transport)).toEqual(['https', 'https']);
    expect(sent).toHaveLength(2);
  });

  test('HEAD gives the fields of GET without the message', async () => {
    const { status, fields, body } = await ask({ method: 'HEAD', path: get(octetsNamed('www A')) });
    expect([status, Number(fields['content-length']) > 12, body.length]).toEqual([200, true, 0]);
  });

  test('a long answer is complete', async () => {
    const { body } = await ask({ path: get(octetsNamed('big A')) });
    expect(decodeMessage(body)).toMatchObject({ tc: false, answer: { length: 200 } });
  });

  test('who pads its query gets an answer of whole blocks (RFC 8467)', async () => {
    const edns = ednsWith([{ code: 12, data: new Uint8Array(50) }]);
    const query = queryFor({ qname: ['www'], qtype: 1, qclass: 1 }, { id: 0, rd: true, edns });
    expect((await ask(post(encodeMessage(query)))).body).toHaveLength(468);
  });

  test('a failure of the program, and a query that cannot be read, are answered by DNS and not kept', async () => {
    const failed = await ask({ path: get(octetsNamed('fail A')) });
    const garbled = await ask(post(Buffer.concat([octetsNamed('www A'), Buffer.of(1, 2, 3)])));
    expect([failed.status, decodeMessage(failed.body).rcode]).toEqual([200, RCODE.SERVFAIL]);
    expect([garbled.status, decodeMessage(garbled.body).rcode]).toEqual([200, RCODE.FORMERR]);
    expect([failed.fields['cache-control'], garbled.fields['cache-control']]).toEqual(['max-age=0', 'max-age=0']);
  });

  test.each<[number, string, Asked]>([
    [400, 'octets that are no query', post(new Uint8Array(5))],
    [400, 'a response', post(Uint8Array.from(octetsNamed('www A')).fill(0x80, 2, 3))],
    [404, 'another path', { path: '/' }],
    [405, 'another method', { method: 'DELETE' }],
    [413, 'a body longer than any message', post(new Uint8Array(200_000))],
    [415, 'a body of another type', { ...post(octetsNamed('www A')), fields: { 'content-type': 'text/plain' } }],
  ])('%i is the answer to %s, with a sentence', async (status, _what, asked) => {
    const { status: actual, fields, body } = await ask(asked);
    expect([actual, fields['content-type']]).toEqual([status, 'text/plain; charset=utf-8']);
    expect(body.toString()).toMatch(/^[A-Z].+\n$/);
    expect(fields.allow).toBe(status === 405 ? 'GET, HEAD, POST' : undefined);
  });
});

test('a body without a length is taken no further than a message can be long', async () => {
  const session = openHttp2();
  const stream = session.request({ ':method': 'POST', ':path': '/dns-query', 'content-type': TYPE });
  const status = new Promise((resolve) => stream.on('response', (fields) => resolve(fields[':status'])));
  stream.on('error', () => {});
  stream.write(Buffer.alloc(40_000));
  stream.write(Buffer.alloc(40_000));
  expect(await status).toBe(413);
  session.destroy();
});

describe('a bad client is cut off, and the next one served:', () => {
  test.each([
    ['silence', ''],
    ['the beginning of a handshake', '\x16\x03\x01\x01'],
    ['HTTP without TLS', 'GET / HTTP/1.1\r\n\r\n'],
  ])('%s instead of a handshake', async (_what, text) => {
    const impatient = new HttpsListener({ ...host.endpoint(443), port: 8_443 }, tls, respond, host.log, HANDSHAKE_MS);
    await impatient.start();
    onTestFinished(() => impatient.stop());
    const socket = connectTcp(8_443, host.address).on('error', () => {});
    socket.resume();
    socket.write(Buffer.from(text, 'latin1'));
    const begun = performance.now();
    await new Promise((resolve) => socket.on('close', resolve));
    expect(performance.now() - begun).toBeLessThan(CUT_MS_MAX);
    await expect.poll(() => impatient.openConnections).toBe(0);
    expect((await overHttp2({ path: get(octetsNamed('www A')) })).status).toBe(200);
  });

  test.each([
    ['h2', 'no frames of HTTP/2, but a line of text\r\n'],
    ['http/1.1', 'no request of HTTP/1.1\r\n\r\n'],
  ])('octets that are no %s', async (alpn, text) => {
    const socket = connectTls({ host: host.address, port: 443, ALPNProtocols: [alpn], ...trust() });
    socket.on('error', () => {}).on('data', () => {});
    socket.write(text);
    await new Promise((resolve) => socket.on('close', resolve));
    expect((await overHttp1({ path: get(octetsNamed('www A')) })).status).toBe(200);
  });

  test('streams that are opened and reset without end (CVE-2023-44487)', async () => {
    const socket = connectTls({ host: host.address, port: 443, ALPNProtocols: ['h2'], ...trust() });
    socket.on('error', () => {}).on('data', () => {});
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(SETTINGS, 0, 0, ''));
    for (let stream = 1; stream < 1_000; stream += 2) {
      // POST https / and no body: the server waits for one when the stream is reset (CANCEL).
      socket.write(
        Buffer.concat([frame(HEADERS, END_HEADERS, stream, '8387844101 61'), frame(RST_STREAM, 0, stream, '00000008')]),
      );
    }
    await new Promise((resolve) => socket.on('close', resolve));
    expect((await overHttp2({ path: get(octetsNamed('www A')) })).status).toBe(200);
  });

  test('connections beyond the limit of one address', async () => {
    const sockets = Array.from({ length: 60 }, () => connectTls({ host: host.address, port: 443, ...trust() }));
    let greeted = 0;
    for (const socket of sockets) socket.on('secureConnect', () => (greeted += 1));
    await Promise.race(sockets.map((socket) => new Promise((end) => socket.on('error', () => {}).on('close', end))));
    await expect.poll(() => [listener.openConnections, greeted]).toEqual([40, 40]);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => listener.openConnections).toBe(0);
    expect((await overHttp2({ path: get(octetsNamed('www A')) })).status).toBe(200);
  });
});

const [HEADERS, RST_STREAM, SETTINGS] = [1, 3, 4];
const END_HEADERS = 4;

/** A frame of HTTP/2 (RFC 9113, section 4.1). */
function frame(type: number, flags: number, stream: number, payload: string): Buffer {
  const octets = Buffer.from(payload.replaceAll(' ', ''), 'hex');
  const head = Buffer.alloc(9);
  head.writeUIntBE(octets.length, 0, 3);
  head.set([type, flags], 3);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, octets]);
}
