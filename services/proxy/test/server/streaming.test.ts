import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pattern } from '../store/store-kit.ts';
import { TestLab } from './test-lab.ts';

const URL_A = 'http://a.test/large';
const CLIENTS = 20;

/** A client that shows how much has come. */
class Watcher {
  octets = 0;
  text = '';
  isClosed = false;
  readonly socket: Socket;

  constructor(address: string) {
    this.socket = connect(3128, address);
    this.socket.write(`GET ${URL_A} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`);
    this.socket.on('data', (piece: Buffer) => {
      this.octets += piece.length;
      this.text += piece.toString('latin1');
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.isClosed = true;
    });
  }

  /** The body, less the chunk framing where there is one. */
  get body(): Buffer {
    const [head = '', ...rest] = this.text.split('\r\n\r\n');
    const body = Buffer.from(rest.join('\r\n\r\n'), 'latin1');
    if (!/transfer-encoding: chunked/i.test(head)) return body;
    const pieces: Buffer[] = [];
    for (let at = 0; ; ) {
      const end = body.indexOf('\r\n', at);
      const octets = Number.parseInt(body.toString('latin1', at, end), 16);
      if (!(octets > 0)) return Buffer.concat(pieces);
      pieces.push(body.subarray(end + 2, end + 2 + octets));
      at = end + 2 + octets + 2;
    }
  }
}

describe.each([
  ['in memory', { DISK_BYTES: '0' }],
  ['over the disk', { CACHE_BYTES: '400000' }],
])('a large object that is kept %s', (_name, environment) => {
  const whole = pattern(600_000);
  let lab: TestLab;
  let responses: ServerResponse[];

  beforeEach(async () => {
    lab = new TestLab(245);
    responses = [];
    // The origin sends a half, and the rest when it is told to.
    lab.answer = (request, response) => {
      responses.push(response);
      const length = request.url === '/large' ? { 'Content-Length': whole.length } : {};
      response.writeHead(200, { 'Cache-Control': 'max-age=100', ...length });
      response.write(whole.subarray(0, 300_000));
    };
    await lab.start(environment);
  });
  afterEach(() => lab.stop());

  const sendRest = () => {
    for (const response of responses) response.end(whole.subarray(300_000));
  };
  const hasHalf = (clients: readonly Watcher[]) =>
    expect.poll(() => clients.every(({ octets }) => octets > 300_000)).toBe(true);
  const allClosed = (clients: readonly Watcher[]) =>
    expect.poll(() => clients.every(({ isClosed }) => isClosed)).toBe(true);

  test('is asked for once by twenty clients, and reaches them all while it comes', async () => {
    const clients = Array.from({ length: CLIENTS }, () => new Watcher(lab.host.address));
    await hasHalf(clients);
    const late = new Watcher(lab.host.address);
    await hasHalf([late]);
    sendRest();
    await allClosed([...clients, late]);
    for (const { body } of [...clients, late]) expect(body.equals(whole)).toBe(true);
    expect(lab.asked.length).toBe(1);
    expect((await lab.get(URL_A)).body.equals(whole)).toBe(true);
    expect(lab.asked.length).toBe(1);
  });

  test('is stored although the client goes away', async () => {
    const client = new Watcher(lab.host.address);
    await hasHalf([client]);
    client.socket.destroy();
    sendRest();
    await expect.poll(async () => (await lab.state()).stored[0]?.octets).toBe(whole.length);
    expect((await lab.get(URL_A)).body.equals(whole)).toBe(true);
    expect(lab.asked.length).toBe(1);
  });

  test('breaks off for all when the origin does, and is not stored', async () => {
    const clients = Array.from({ length: 3 }, () => new Watcher(lab.host.address));
    await hasHalf(clients);
    for (const response of responses) response.destroy();
    await allClosed(clients);
    for (const { body } of clients) expect(body.length).toBeLessThan(whole.length);
    expect((await lab.state()).stored).toEqual([]);
  });

  test('is not held up by a client that does not read', async () => {
    const idle = new Watcher(lab.host.address);
    idle.socket.pause();
    const client = new Watcher(lab.host.address);
    await hasHalf([client]);
    sendRest();
    await allClosed([client]);
    expect(client.body.equals(whole)).toBe(true);
    await expect.poll(async () => (await lab.state()).stored[0]?.tier).not.toBe('coming');
    idle.socket.resume();
    await allClosed([idle]);
    expect(idle.body.equals(whole)).toBe(true);
    expect(lab.asked.length).toBe(1);
  });
});

test('an object without a length that passes the limit midway ends to be stored, and reaches all its clients', async () => {
  const lab = new TestLab(245);
  const whole = pattern(600_000);
  let finish = () => {};
  lab.answer = (_request, response) => {
    response.writeHead(200, { 'Cache-Control': 'max-age=100' });
    response.write(whole.subarray(0, 100_000));
    finish = () => response.end(whole.subarray(100_000));
  };
  await lab.start({ OBJECT_BYTES: '400000', CACHE_BYTES: '400000' });
  try {
    const clients = Array.from({ length: 5 }, () => new Watcher(lab.host.address));
    await expect.poll(() => clients.every(({ octets }) => octets > 100_000)).toBe(true);
    finish();
    await expect.poll(() => clients.every(({ isClosed }) => isClosed)).toBe(true);
    for (const { body } of clients) expect(body.equals(whole)).toBe(true);
    expect(lab.asked.length).toBe(1);
    expect((await lab.state()).stored).toEqual([]);
  } finally {
    await lab.stop();
  }
});
