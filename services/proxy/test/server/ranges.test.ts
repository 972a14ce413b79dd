import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inTurn, say } from './answers.ts';
import { TestLab } from './test-lab.ts';

const URL_A = 'http://a.test/page';
const WHOLE = 'abcdefghijklmnopqrst';
let lab: TestLab;
let etag = '"1"';

beforeEach(async () => {
  etag = '"1"';
  lab = new TestLab(164);
  await lab.start();
  lab.answer = serveRanges;
});

afterEach(() => lab.stop());

/** An origin that gives single ranges. */
function serveRanges(request: IncomingMessage, response: ServerResponse): void {
  const fields = { 'Cache-Control': 'max-age=10', ETag: etag, 'Content-Type': 'text/plain' };
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  if (request.headers['if-none-match'] === etag || range === null) {
    const known = range !== null || request.headers['if-none-match'] === etag;
    say(lab, response, known ? 304 : 200, fields, known ? '' : WHOLE);
    return;
  }
  const [first, last] = [Number(range[1]), range[2] === '' ? WHOLE.length - 1 : Number(range[2])];
  const told = { ...fields, 'Content-Range': `bytes ${first}-${last}/${WHOLE.length}` };
  say(lab, response, 206, told, WHOLE.slice(first, last + 1));
}

const part = async (range: string, ...lines: string[]) => {
  const { status, body } = await lab.get(URL_A, `Range: bytes=${range}`, ...lines);
  return `${status} ${body.toString()}`;
};
const stored = async () => (await lab.state()).stored;

test('a stored response gives single, open, last and several ranges, and 416', async () => {
  await lab.get(URL_A);
  expect(await part('2-4')).toBe('206 cde');
  expect(await part('17-')).toBe('206 rst');
  expect(await part('-2')).toBe('206 st');
  expect(await part('20-')).toMatch(/^416/);
  const several = await lab.get(URL_A, 'Range: bytes=0-1,18-');
  const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(several.field('Content-Type') ?? '')?.[1];
  expect(several.body.toString().split(`--${boundary}`)).toEqual([
    '\r\n',
    '\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/20\r\n\r\nab\r\n',
    '\r\nContent-Type: text/plain\r\nContent-Range: bytes 18-19/20\r\n\r\nst\r\n',
    '--\r\n',
  ]);
  expect(lab.asked.length).toBe(1);
});

test('a part that is not stored is asked for as the client did, stored, and answers what lies within it', async () => {
  expect(await part('5-9')).toBe('206 fghij');
  expect(lab.asked[0]?.headers.range).toBe('bytes=5-9');
  expect(await part('6-7')).toBe('206 gh');
  expect(await part('5-9')).toBe('206 fghij');
  expect(await part('99-')).toMatch(/^416/);
  expect(lab.asked.length).toBe(1);
  expect(await part('9-10')).toBe('206 jk');
  expect(lab.asked.length).toBe(2);
});

test('parts of one version become one part, and at last the whole', async () => {
  for (const [range, octets] of [
    ['5-9', 'fghij'],
    ['10-14', 'klmno'],
    ['8-16', 'ijklmnopq'],
  ] as const)
    expect(await part(range)).toBe(`206 ${octets}`);
  expect(await stored()).toMatchObject([{ octets: 12 }]);
  expect(await part('5-16')).toBe('206 fghijklmnopq');
  expect(await part('0-4')).toBe('206 abcde');
  expect(await part('15-19')).toBe('206 pqrst');
  expect(await stored()).toMatchObject([{ octets: 20, status: 200 }]);
  const whole = await lab.get(URL_A);
  expect([whole.status, whole.body.toString()]).toEqual([200, WHOLE]);
  expect(whole.field('Cache-Status')).toContain('; hit;');
  expect(lab.asked.length).toBe(5);
});

test('parts that do not touch stay side by side', async () => {
  await part('0-1');
  await part('5-6');
  expect((await stored()).length).toBe(2);
  expect([await part('0-1'), await part('5-6')]).toEqual(['206 ab', '206 fg']);
  expect(lab.asked.length).toBe(2);
});

test('a part of another version takes the place of all parts of the one before', async () => {
  await part('0-4');
  await part('10-14');
  etag = '"2"';
  expect(await part('5-9')).toBe('206 fghij');
  expect(await stored()).toMatchObject([{ etag: '"2"', octets: 5 }]);
});

test('parts with a weak tag are not put together', async () => {
  etag = 'W/"1"';
  await part('0-4');
  await part('5-9');
  expect((await stored()).every(({ octets }) => octets === 5)).toBe(true);
});

test('the whole is not given up for a part of it', async () => {
  await lab.get(URL_A);
  expect(await part('0-4', 'If-Unmodified-Since: Mon, 01 Jan 2035 00:00:00 GMT')).toBe('206 abcde');
  expect(await stored()).toMatchObject([{ octets: 20 }]);
});

test('a stale part is confirmed and used again; a new version comes as the part that was asked for', async () => {
  await part('5-9');
  lab.host.clock.advance(11_000);
  expect(await part('6-7')).toBe('206 gh');
  expect(lab.asked[1]?.headers).toMatchObject({ 'if-none-match': '"1"', range: 'bytes=6-7' });
  lab.host.clock.advance(11_000);
  etag = '"2"';
  expect(await part('6-7')).toBe('206 gh');
  expect(await stored()).toMatchObject([{ etag: '"2"', octets: 2 }]);
});

test('a part that breaks off is not stored', async () => {
  lab.answer = (_request, response) => {
    response.writeHead(206, {
      'Cache-Control': 'max-age=9',
      'Content-Range': 'bytes 0-9/20',
      'Content-Length': '10',
      ETag: '"1"',
    });
    response.write('abc');
    setTimeout(() => response.destroy(), 20);
  };
  await expect(part('0-9')).rejects.toThrow('ended');
  await expect.poll(stored).toEqual([]);
});

test('a part whose Content-Range does not fit its length is passed on and not stored', async () => {
  const fields = { 'Cache-Control': 'max-age=10', ETag: '"1"', 'Content-Length': '3' };
  lab.answer = inTurn(lab, [206, { ...fields, 'Content-Range': 'bytes 0-9/20' }, 'abc']);
  expect(await part('0-9')).toBe('206 abc');
  expect(await stored()).toEqual([]);
});

test('a part that turns out to be shorter than it says breaks off, and is not stored', async () => {
  lab.answer = inTurn(lab, [
    206,
    { 'Cache-Control': 'max-age=10', ETag: '"1"', 'Content-Range': 'bytes 0-9/20' },
    'abc',
  ]);
  await expect(part('0-9')).rejects.toThrow('ended');
  await expect.poll(stored).toEqual([]);
});

test('If-Range with another version is for the origin', async () => {
  await part('0-4');
  expect(await part('0-4', 'If-Range: "1"')).toBe('206 abcde');
  expect(lab.asked.length).toBe(1);
  await part('0-4', 'If-Range: "9"');
  expect(lab.asked[1]?.headers['if-range']).toBe('"9"');
});

test('of the whole only what is missing is asked for, and the client gets all of it', async () => {
  await part('0-11');
  lab.answer = serveRest;
  const whole = await lab.get(URL_A);
  expect([whole.status, whole.body.toString(), whole.field('Content-Range')]).toEqual([200, WHOLE, undefined]);
  expect(lab.asked[1]?.headers).toMatchObject({ range: 'bytes=12-', 'if-range': '"1"' });
  expect(whole.field('Cache-Status')).toMatch(/^proxy; fwd=partial; fwd-status=206; stored; /);
  expect((await lab.get(URL_A)).body.toString()).toBe(WHOLE);
  expect(lab.asked.length).toBe(2);
});

test('when it has changed, the new version comes whole; a rest of another version is not put behind it', async () => {
  await part('0-11');
  etag = '"2"';
  lab.answer = serveRest;
  expect((await lab.get(URL_A)).body.toString()).toBe(WHOLE);
  await lab.running.actions?.purge?.run({});
  etag = '"1"';
  lab.answer = serveRanges;
  await part('0-11');
  const wrong = { 'Cache-Control': 'max-age=10', ETag: '"3"', 'Content-Range': 'bytes 12-19/20' };
  lab.answer = inTurn(lab, [206, wrong, 'XXXXXXXX'], [200, {}, 'all of it']);
  expect((await lab.get(URL_A)).body.toString()).toBe('all of it');
});

/** An origin that gives the rest of the version that If-Range names. */
function serveRest(request: IncomingMessage, response: ServerResponse): void {
  const fields = { 'Cache-Control': 'max-age=10', ETag: etag };
  const holds = request.headers['if-range'] === etag;
  const rest = { ...fields, 'Content-Range': `bytes 12-19/${WHOLE.length}` };
  say(lab, response, holds ? 206 : 200, holds ? rest : fields, holds ? WHOLE.slice(12) : WHOLE);
}
