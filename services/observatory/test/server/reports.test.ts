import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ObservedLab } from './observed-lab.ts';

let lab: ObservedLab;
const readers: Reader[] = [];

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.socket.destroy();
  await lab.stop();
});

/** A reader of the stream, as bare as can be: what came, without the octets of chunked transfer. */
class Reader {
  readonly socket: Socket;
  text = '';
  ended = false;

  constructor(query: string, lastEventId?: string, path = '/api/reports/stream') {
    this.socket = connect(80, lab.address);
    const resume = lastEventId === undefined ? '' : `Last-Event-ID: ${lastEventId}\r\n`;
    this.socket.write(`GET ${path}${query} HTTP/1.1\r\nHost: ${lab.address}\r\n${resume}\r\n`);
    this.socket.on('data', (octets: Buffer) => {
      this.text += octets.toString('utf8').replace(/\r\n[0-9a-f]+\r\n/g, '');
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.ended = true;
    });
    readers.push(this);
  }

  get summaries(): string[] {
    return [...this.text.matchAll(/^data: (\{"seq".*)$/gm)].map(([, json = '']) => JSON.parse(json).summary);
  }

  get lastId(): string | undefined {
    return [...this.text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1];
  }

  opened(): Promise<void> {
    return expect.poll(() => this.text).toContain('retry: ');
  }
}

function summaries(json: unknown): string[] {
  return (json as { reports: { summary: string }[] }).reports.map(({ summary }) => summary);
}

async function say(...texts: string[]): Promise<void> {
  for (const summary of texts) await lab.report({ summary });
}

test('reports are listed by host, kind and exchange', async () => {
  lab = await ObservedLab.start();
  await lab.report({ summary: 'one' });
  await lab.report({ summary: 'two', kind: 'dns.response' });
  await lab.report({ summary: 'three', kind: 'http.request', host: 'origin', exchange: 'origin.7' });
  const list = async (query: string) => summaries((await lab.get(`/api/reports${query}`)).json);
  expect(await list('')).toEqual(['one', 'two', 'three']);
  expect(await list('?host=origin')).toEqual(['three']);
  expect(await list('?kind=dns')).toEqual(['one', 'two']);
  expect(await list('?kind=dns.response')).toEqual(['two']);
  expect(await list('?exchange=origin.7')).toEqual(['three']);
  expect(await list('?limit=2')).toEqual(['two', 'three']);
  expect(await list('?after=1&limit=1')).toEqual(['two']);
  for (const query of [
    '?limit=0',
    '?limit=5001',
    '?after=-1',
    '?after=x',
    `?host=${'x'.repeat(201)}`,
    '?host=a&host=b',
  ]) {
    expect((await lab.get(`/api/reports${query}`)).status, query).toBe(400);
  }
});

test('reports of several hosts are numbered in the order in which things happened', async () => {
  lab = await ObservedLab.start({ REORDER_MS: '1000' });
  const now = Date.now();
  await lab.report({ summary: 'the answer', at: now + 2, host: 'origin' });
  await lab.report({ summary: 'the question', at: now, host: 'proxy' });
  await expect
    .poll(async () => summaries((await lab.get('/api/reports')).json))
    .toEqual(['the question', 'the answer']);
});

test('a reader that goes on with "next" sees each report once', async () => {
  lab = await ObservedLab.start();
  await say('a', 'b', 'c', 'd', 'e');
  const seen: string[] = [];
  for (let after = 0, round = 0; round < 4; round += 1) {
    const { json } = await lab.get(`/api/reports?after=${after}&limit=2`);
    seen.push(...summaries(json));
    after = (json as { next: number }).next;
  }
  expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('the window forgets the oldest reports', async () => {
  lab = await ObservedLab.start({ WINDOW_REPORTS: '10' });
  await say(...'abcdefghijklmno');
  const { json } = await lab.get('/api/reports?after=0');
  expect(json).toMatchObject({ oldest: 6, newest: 15 });
  expect(summaries(json).join('')).toBe('fghijklmno');
});

test('the chain of an exchange holds its causes and its effects', async () => {
  lab = await ObservedLab.start();
  await lab.report({ exchange: 'proxy.1', summary: 'GET /' });
  await lab.report({ exchange: 'resolver.1', cause: 'proxy.1', summary: 'www.cnn.com A?' });
  await lab.report({ exchange: 'resolver.2', cause: 'resolver.1', summary: 'asks a root server' });
  const { json } = await lab.get('/api/exchanges/resolver.1');
  const { chain } = json as { chain: { exchange: string; depth: number; reports: { summary: string }[] }[] };
  expect(chain.map(({ exchange, depth, reports }) => [exchange, depth, reports[0]?.summary])).toEqual([
    ['proxy.1', 0, 'GET /'],
    ['resolver.1', 1, 'www.cnn.com A?'],
    ['resolver.2', 2, 'asks a root server'],
  ]);
  expect((await lab.get('/api/exchanges/nobody.1')).status).toBe(404);
});

test('a stream brings what comes from now on, through its filter', async () => {
  lab = await ObservedLab.start();
  await say('before');
  const reader = new Reader('?kind=http');
  await reader.opened();
  await say('a DNS query');
  await lab.report({ kind: 'http.request', summary: 'GET /' });
  await expect.poll(() => reader.summaries).toEqual(['GET /']);
  expect(reader.text).toContain('Content-Type: text/event-stream'.toLowerCase());
});

test('a reader that comes back with Last-Event-ID misses nothing and gets nothing twice', async () => {
  lab = await ObservedLab.start();
  const first = new Reader('?after=0');
  await say('a', 'b');
  await expect.poll(() => first.summaries).toEqual(['a', 'b']);
  first.socket.destroy();
  await say('c', 'd');
  const second = new Reader('?after=0', first.lastId);
  await say('e');
  await expect.poll(() => second.summaries).toEqual(['c', 'd', 'e']);
});

test('an id of an earlier start of the observatory begins with all that is held', async () => {
  lab = await ObservedLab.start();
  await say('a', 'b');
  const reader = new Reader('', '0longago.40');
  await expect.poll(() => reader.summaries).toEqual(['a', 'b']);
});

test('a reader that comes back too late is told how many reports it missed', async () => {
  lab = await ObservedLab.start({ WINDOW_REPORTS: '10' });
  const first = new Reader('');
  await first.opened();
  await say('a');
  await expect.poll(() => first.summaries).toEqual(['a']);
  first.socket.destroy();
  await say(...'bcdefghijklmnop');
  const second = new Reader('', first.lastId);
  await expect.poll(() => second.summaries.join('')).toBe('ghijklmnop');
  expect(second.text).toContain('event: missed\ndata: {"missed":5}');
});

test('a silent stream is kept open by comments', async () => {
  lab = await ObservedLab.start({ STREAM_HEARTBEAT_MS: '50' });
  const reader = new Reader('');
  await expect.poll(() => reader.text.match(/: still here/g)?.length).toBeGreaterThan(1);
});

test('a reader that takes nothing is dropped; the others and the memory do not notice', async () => {
  lab = await ObservedLab.start({ STREAM_STALL_MS: '1000', WINDOW_BYTES: '40000000' });
  const [slow, quick] = [new Reader(''), new Reader('')];
  await Promise.all([slow.opened(), quick.opened()]);
  slow.socket.pause();
  const text = 'x'.repeat(60_000);
  for (let count = 0; count < 300; count += 1) await lab.report({ message: { text } });
  const streams = async () => ((await lab.get('/api/hosts/observatory/state')).json as { streams: object }).streams;
  await expect.poll(() => streams()).toEqual({ readers: 1, dropped: 1 });
  await expect.poll(() => quick.summaries).toHaveLength(300);
  slow.socket.resume();
  await expect.poll(() => slow.ended).toBe(true);
});

test('what happened in a swarm outlasts the window of all reports, and a reader is told when it has all of it', async () => {
  lab = await ObservedLab.start({ WINDOW_REPORTS: '10' });
  for (let index = 0; index < 40; index++) {
    await lab.report({ kind: 'bittorrent.verified', host: 'origin', message: { infoHash: 'ab', index, givers: {} } });
    await lab.report({ summary: 'something else' });
  }
  const reader = new Reader('?after=0', undefined, '/api/swarms/stream');
  await expect.poll(() => reader.text).toContain('event: present');
  const held = [...reader.text.slice(0, reader.text.indexOf('event: present')).matchAll(/^data: (\{"seq".*)$/gm)];
  expect(held.map(([, json = '']) => JSON.parse(json).message.index)).toEqual([...Array(40).keys()]);
  await lab.report({ kind: 'bittorrent.verified', host: 'origin', message: { infoHash: 'ab', index: 40, givers: {} } });
  await expect.poll(() => reader.text).toContain('"index":40');
  expect(reader.text.match(/event: present/g)).toHaveLength(1);
});
