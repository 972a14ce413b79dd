import { connect as connectTcp } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { decodeMessage } from '../../../dns/decode-message.ts';
import { encodeMessage } from '../../../dns/encode-message.ts';
import { ednsWith, type Message, queryFor, responseTo } from '../../../dns/message.ts';
import { encodeFrame, FrameReader } from '../../../dns/stream.ts';
import { record } from '../../../dns/test/records.ts';
import { createTestHost, type TestHost } from '../../test-host.ts';
import { openTls, readAuthorityCertificate } from '../../tls.ts';
import type { DnsRequest, DnsResponse } from '../request.ts';
import { TlsListener } from '../tls-listener.ts';
import { octetsNamed } from './dns-client.ts';

const NAME = 'resolver.topdown.org';
/** The handshake's deadline where a test waits for it, in milliseconds, and otherwise: on a busy machine one takes its time. */
const HANDSHAKE_MS = 200;
const PATIENT_HANDSHAKE_MS = 60_000;
/** Without this deadline a silent connection would be there for ten seconds, in milliseconds. */
const CUT_MS_MAX = 8_000;

let host: TestHost;
let tls: Awaited<ReturnType<typeof openTls>>;
let listener: TlsListener;
const requests: DnsRequest[] = [];

async function respond(request: DnsRequest): Promise<DnsResponse> {
  requests.push(request);
  const [name = ''] = request.query.question[0]!.qname;
  // The answer to "slow" comes after those to the queries that follow it.
  if (name === 'slow') await new Promise((resolve) => setTimeout(resolve, 50));
  const answer = Array.from({ length: name === 'big' ? 200 : 1 }, (_, at) => record(`${name}. 1 A 192.0.2.${at}`));
  return { messages: [responseTo(request.query, { answer })] };
}

beforeAll(async () => {
  host = createTestHost({ name: 'dot', suffix: '72.1' });
  tls = await openTls(host, [NAME]);
  listener = new TlsListener(host.endpoint(853), tls, respond, host.log, PATIENT_HANDSHAKE_MS);
  await listener.start();
});

afterAll(async () => {
  await listener.stop();
  await host.remove();
});

function dial(options: ConnectionOptions = {}): TLSSocket {
  const ca = readAuthorityCertificate(host) ?? '';
  const socket = connect({ host: host.address, port: 853, servername: NAME, ca, ALPNProtocols: ['dot'], ...options });
  return socket.on('error', () => {});
}

/** Writes `pieces` one by one, and returns the replies until there are `count` or the server closes. */
function converse(pieces: readonly Uint8Array[], count: number, socket = dial()): Promise<Message[]> {
  const frames = new FrameReader();
  const replies: Message[] = [];
  return new Promise((resolve) => {
    socket.on('secureConnect', () => {
      for (const piece of pieces) socket.write(piece);
    });
    socket.on('data', (octets: Buffer) => {
      replies.push(...frames.push(octets).map(decodeMessage));
      if (replies.length >= count) socket.end();
    });
    socket.on('close', () => resolve(replies));
  });
}

function closed(socket: { on(event: 'close', listener: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => socket.on('close', () => resolve()));
}

describe('DNS over TLS', () => {
  test('a query is answered to who checks the name of the server, and is known to have come over TLS', async () => {
    const socket = dial();
    const [reply] = await converse([encodeFrame(octetsNamed('www A'))], 1, socket);
    expect(reply?.answer).toHaveLength(1);
    expect(requests.at(-1)).toMatchObject({ transport: 'tls', client: { address: '127.0.0.1' }, here: { port: 853 } });
  });

  test('a long answer is complete, and queries sent together are answered in the order of their answers', async () => {
    const queries = ['slow A', 'big A', 'www A'].map((question) => encodeFrame(octetsNamed(question)));
    const replies = await converse([Buffer.concat(queries)], 3);
    expect(replies.map(({ question }) => question[0]?.qname[0])).toEqual(['big', 'www', 'slow']);
    expect(replies[0]).toMatchObject({ tc: false, answer: { length: 200 } });
  });

  test('a query that comes octet by octet is answered', async () => {
    const octets = [...encodeFrame(octetsNamed('www A'))].map((octet) => Uint8Array.of(octet));
    expect(await converse(octets, 1)).toHaveLength(1);
  });

  test('a client that ends its side after its query gets the answer (RFC 7766, section 6.2.4)', async () => {
    const socket = dial({ allowHalfOpen: true } as ConnectionOptions);
    socket.on('secureConnect', () => socket.end(encodeFrame(octetsNamed('slow A'))));
    expect(await converse([], 1, socket)).toHaveLength(1);
  });

  test('who pads its query gets an answer of whole blocks (RFC 8467)', async () => {
    const edns = ednsWith([{ code: 12, data: new Uint8Array(50) }]);
    const query = queryFor({ qname: ['www'], qtype: 1, qclass: 1 }, { id: 1, rd: true, edns });
    const [reply] = await converse([encodeFrame(encodeMessage(query))], 1);
    expect(encodeMessage(reply!)).toHaveLength(468);
  });

  test('a session is resumed', async () => {
    const first = dial();
    const session = new Promise<Buffer>((resolve) => first.on('session', resolve));
    await converse([encodeFrame(octetsNamed('www A'))], 1, first);
    const second = dial({ session: await session });
    const isReused = new Promise((resolve) => second.on('secureConnect', () => resolve(second.isSessionReused())));
    await converse([encodeFrame(octetsNamed('www A'))], 1, second);
    expect(await isReused).toBe(true);
  });

  test.each([
    ['of another protocol (ALPN h2)', { ALPNProtocols: ['h2'] }],
    ['of TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
  ] as const)('a client %s is refused by an alert', async (_who, options) => {
    const refused = new Promise<string>((resolve) =>
      dial(options as ConnectionOptions).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? '')),
    );
    expect(await refused).toMatch(/ALERT|VERSION/);
  });

  test('a client without ALPN is served', async () => {
    const ca = readAuthorityCertificate(host) ?? '';
    const socket = connect({ host: host.address, port: 853, servername: NAME, ca });
    expect(await converse([encodeFrame(octetsNamed('www A'))], 1, socket)).toHaveLength(1);
  });
});

describe('a bad client is cut off, and the next one served:', () => {
  test.each([
    ['silence', ''],
    ['the beginning of a handshake', '\x16\x03\x01\x01'],
    ['a query without TLS', '\x00\x13\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01'],
    ['another protocol', 'GET / HTTP/1.1\r\n\r\n'],
  ])('%s instead of a handshake', async (_what, text) => {
    const impatient = new TlsListener({ ...host.endpoint(853), port: 8_853 }, tls, respond, host.log, HANDSHAKE_MS);
    await impatient.start();
    onTestFinished(() => impatient.stop());
    const socket = connectTcp(8_853, host.address).on('error', () => {});
    socket.resume();
    socket.write(Buffer.from(text, 'latin1'));
    const begun = performance.now();
    await closed(socket);
    expect(performance.now() - begun).toBeLessThan(CUT_MS_MAX);
    await expect.poll(() => impatient.openConnections).toBe(0);
    expect(await converse([encodeFrame(octetsNamed('www A'))], 1)).toHaveLength(1);
  });

  test('octets that are no query', async () => {
    expect(await converse([encodeFrame(new Uint8Array(3))], 1)).toEqual([]);
    expect(await converse([encodeFrame(octetsNamed('www A'))], 1)).toHaveLength(1);
  });

  test('connections beyond the limit of one address', async () => {
    const sockets = Array.from({ length: 60 }, () => dial());
    // The server is done with a handshake when it answers, not when the client is.
    let answered = 0;
    for (const socket of sockets) {
      socket.write(encodeFrame(octetsNamed('www A')));
      socket.once('data', () => (answered += 1));
    }
    await Promise.race(sockets.map(closed));
    await expect.poll(() => [listener.openConnections, answered]).toEqual([40, 40]);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => listener.openConnections).toBe(0);
    expect(await converse([encodeFrame(octetsNamed('www A'))], 1)).toHaveLength(1);
  });
});
