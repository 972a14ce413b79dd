import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { readAuthorityCertificate } from '#shared/host/tls.ts';
import { program } from '../../src/program.ts';
import { FLAG, FRAME, type Frame, fieldBlock, frame, Http2Wire, number, PREFACE } from '../kit/http2-wire.ts';

const DIR = new URL('../../../../infra/hosts/www-someschool', import.meta.url).pathname;
const SITE = 'www.someschool.edu';
let host: TestHost;
let running: Running;
let ca: string;
let wire: Http2Wire;

beforeAll(async () => {
  host = createTestHost({ name: 'www-someschool', suffix: '10.26', dir: DIR });
  running = await startOn(program, host, { HTTPS: 'true' });
  ca = readAuthorityCertificate(host) ?? '';
});

beforeEach(async () => {
  wire = await Http2Wire.begin(host.address, ca);
});

/** Whatever was done, a client that behaves is served. */
afterEach(async () => {
  wire.destroy();
  const other = await Http2Wire.begin(host.address, ca);
  other.send(get(1));
  expect((await other.sees(isHeaders(1)))?.payload[0]).toBe(STATUS_200);
  other.destroy();
});

afterAll(async () => {
  await running.stop();
  await host.remove();
});

const HEAD = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', SITE],
  [':path', '/cacheable.html'],
] as const;
const ALL = FLAG.END_STREAM | FLAG.END_HEADERS;
/** `:status: 200` of the static table (RFC 7541, appendix A). */
const STATUS_200 = 0x88;
const PROTOCOL_ERROR = 1;

type FieldLine = readonly [string, string];
const request = (stream: number, fields: readonly FieldLine[]) => frame(FRAME.HEADERS, ALL, stream, fieldBlock(fields));
const get = (stream: number) => request(stream, HEAD);
const isHeaders = (stream: number) => (seen: Frame) => seen.type === FRAME.HEADERS && seen.stream === stream;
const isReset = (stream: number) => (seen: Frame) => seen.type === FRAME.RST_STREAM && seen.stream === stream;
const isGoAway = ({ type }: Frame) => type === FRAME.GOAWAY;
const goAwayCode = async () => (await wire.sees(isGoAway))?.payload.readUInt32BE(4);

test('a client that sends octet by octet is understood', async () => {
  wire.destroy();
  wire = await Http2Wire.open(host.address, ca);
  for (const octet of Buffer.concat([PREFACE, frame(FRAME.SETTINGS, 0, 0), get(1)])) {
    wire.send(Buffer.of(octet));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await wire.sees(isHeaders(1)))?.payload[0]).toBe(STATUS_200);
});

test('what does not begin as HTTP/2 is cut', async () => {
  wire.destroy();
  wire = await Http2Wire.open(host.address, ca);
  wire.send(Buffer.from(`GET / HTTP/1.1\r\nHost: ${SITE}\r\n\r\n`));
  expect(await wire.closes()).toBe(true);
});

test.each<[string, readonly FieldLine[]]>([
  ['the field connection', [...HEAD, ['connection', 'close']]],
  ['the field transfer-encoding', [...HEAD, ['transfer-encoding', 'chunked']]],
  ['the field upgrade', [...HEAD, ['upgrade', 'websocket']]],
  ['te other than trailers', [...HEAD, ['te', 'gzip']]],
  ['a name in upper case', [...HEAD, ['Accept', '*/*']]],
  ['two paths', [...HEAD, [':path', '/']]],
  ['a pseudo-field behind a field', [['x', 'y'], ...HEAD]],
  ['an invented pseudo-field', [[':wonder', 'y'], ...HEAD]],
  ['no path', HEAD.filter(([name]) => name !== ':path')],
  ['no authority', HEAD.filter(([name]) => name !== ':authority')],
  ['a length without a body', [...HEAD, ['content-length', '3']]],
  ['two lengths', [...HEAD, ['content-length', '0'], ['content-length', '0']]],
])('%s makes a request malformed: its stream ends, the connection stays', async (_name, fields) => {
  wire.send(request(1, fields));
  expect((await wire.sees(isReset(1)))?.payload.readUInt32BE(0)).toBe(PROTOCOL_ERROR);
  wire.send(get(3));
  expect((await wire.sees(isHeaders(3)))?.payload[0]).toBe(STATUS_200);
});

test.each(['gzip\r\nx: y', 'gzip\0', 'gzip\n'])(
  'a field with a control in its value reaches nobody: %j',
  async (value) => {
    wire.send(request(1, [...HEAD.slice(0, 3), [':path', '/codings/'], ['accept-encoding', value]]));
    const seen = await wire.sees((given) => isReset(1)(given) || isHeaders(1)(given));
    expect(seen?.type === FRAME.RST_STREAM || !seen?.payload.includes('gzip')).toBe(true);
  },
);

test('a Host of elsewhere is refused with 400', async () => {
  wire.send(request(1, [...HEAD, ['host', 'evil.test']]));
  // `:status: 400` of the static table.
  expect((await wire.sees(isHeaders(1)))?.payload[0]).toBe(0x8c);
});

test.each<[string, Buffer]>([
  ['DATA on the connection', frame(FRAME.DATA, 0, 0, Buffer.from('x'))],
  ['a stream of the server', get(2)],
  ['HEADERS inside of HEADERS', Buffer.concat([frame(FRAME.HEADERS, 1, 1, fieldBlock(HEAD)), get(3)])],
  ['CONTINUATION of nothing', frame(FRAME.CONTINUATION, FLAG.END_HEADERS, 1, fieldBlock(HEAD))],
  ['a frame that is too long', frame(FRAME.HEADERS, ALL, 1, Buffer.alloc(16_385))],
  ['a PING of nine octets', frame(FRAME.PING, 0, 0, Buffer.alloc(9))],
  ['a window that overflows', frame(FRAME.WINDOW_UPDATE, 0, 0, number(0x7fffffff))],
])('%s ends the connection', async (_name, octets) => {
  wire.send(octets);
  expect((await goAwayCode()) ?? PROTOCOL_ERROR).toBeGreaterThan(0);
  expect(await wire.closes()).toBe(true);
});

test('CVE-2023-44487: streams that are opened and reset at once end the connection after some hundred', async () => {
  for (let stream = 1; stream < 4_000; stream += 2)
    wire.send(get(stream), frame(FRAME.RST_STREAM, 0, stream, number(8)));
  expect(await wire.closes()).toBe(true);
});

test('CVE-2024-27983: a header section that never ends ends the connection', async () => {
  wire.send(frame(FRAME.HEADERS, FLAG.END_STREAM, 1, fieldBlock(HEAD)));
  for (let at = 0; at < 2_000 && !wire.isClosed; at += 1) {
    wire.send(frame(FRAME.CONTINUATION, 0, 1, fieldBlock([[`x-${at}`, 'y'.repeat(100)]])));
    if (at % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await wire.closes()).toBe(true);
});

test('a header section of 48 KiB, and one of 500 lines, are refused', async () => {
  wire.send(request(1, [...HEAD, ['x', 'y'.repeat(12_000)], ['z', 'y'.repeat(4_000)]]));
  expect((await wire.sees((seen) => seen.stream === 1))?.type).toBe(FRAME.HEADERS);
  const parts = [0, 1, 2].map((at) => fieldBlock([[`x-${at}`, 'y'.repeat(16_000)]]));
  wire.send(
    frame(FRAME.HEADERS, FLAG.END_STREAM, 3, fieldBlock(HEAD)),
    ...parts.map((part, at) => frame(FRAME.CONTINUATION, at === 2 ? FLAG.END_HEADERS : 0, 3, part)),
  );
  const long = await wire.sees((seen) => isReset(3)(seen) || isGoAway(seen) || isHeaders(3)(seen));
  expect(long?.payload[0]).not.toBe(STATUS_200);
  const other = await Http2Wire.begin(host.address, ca);
  other.send(request(1, [...HEAD, ...Array.from({ length: 500 }, (_, at): FieldLine => [`x${at}`, 'y'])]));
  const many = await other.sees((seen) => isReset(1)(seen) || isGoAway(seen) || isHeaders(1)(seen));
  expect(many?.payload[0]).not.toBe(STATUS_200);
  other.destroy();
});

test('an indexed field that is named a thousand times does not grow into megabytes', async () => {
  // A literal with indexing (RFC 7541, section 6.2.1), then its index again and again: 4 kB of frame, 3 MB of fields.
  const literal = Buffer.concat([Buffer.of(0x40), fieldBlock([['x', 'y'.repeat(3_000)]]).subarray(1)]);
  const block = Buffer.concat([fieldBlock(HEAD), literal, Buffer.alloc(1_000, 0xbe)]);
  wire.send(frame(FRAME.HEADERS, ALL, 1, block));
  const seen = await wire.sees((given) => isReset(1)(given) || isGoAway(given) || isHeaders(1)(given));
  expect(seen?.payload[0]).not.toBe(STATUS_200);
});

test('a client that opens more streams than it was allowed is cut', async () => {
  await wire.sees(({ type, flags }) => type === FRAME.SETTINGS && flags === FLAG.ACK);
  wire.send(frame(FRAME.SETTINGS, FLAG.ACK, 0));
  const put: readonly FieldLine[] = [...HEAD.slice(1, 3), [':method', 'PUT'], [':path', '/files/open']];
  for (let stream = 1; stream < 240; stream += 2)
    wire.send(frame(FRAME.HEADERS, FLAG.END_HEADERS, stream, fieldBlock(put)));
  expect(await wire.closes()).toBe(true);
});

test('CVE-2025-8671: a client that makes the server reset its streams is cut as one that resets them itself', async () => {
  for (let stream = 1; stream < 4_000; stream += 2)
    wire.send(get(stream), frame(FRAME.WINDOW_UPDATE, 0, stream, number(0)));
  expect(await wire.closes()).toBe(true);
});

test('ten thousand PINGs and SETTINGS are answered or cut, and cost nobody else a moment', async () => {
  const flood = Buffer.concat([frame(FRAME.PING, 0, 0, Buffer.alloc(8)), frame(FRAME.SETTINGS, 0, 0)]);
  for (let at = 0; at < 100; at += 1) wire.send(Buffer.concat(Array(100).fill(flood)));
  wire.send(get(1));
  const seen = await wire.sees((given) => isHeaders(1)(given) || isGoAway(given));
  expect(seen === null || seen.type === FRAME.GOAWAY || seen.payload[0] === STATUS_200).toBe(true);
});

test('a stream that is reset while its answer is on the way does not disturb the others', async () => {
  wire.send(request(1, [...HEAD.slice(0, 3), [':path', '/video/clip.webm']]));
  await wire.sees(isHeaders(1));
  wire.send(frame(FRAME.RST_STREAM, 0, 1, number(8)), get(3));
  expect((await wire.sees(isHeaders(3)))?.payload[0]).toBe(STATUS_200);
});
