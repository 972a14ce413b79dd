import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatHttpDate, parseHttpDate } from '#shared/http/http-date.ts';
import { RawClient } from '#shared/http/test/raw-client.ts';
import { type Answer, TestLab } from './test-lab.ts';

const URL_A = 'http://a.test/page';
let lab: TestLab;

beforeEach(async () => {
  lab = new TestLab(21);
  await lab.start({ OBJECT_BYTES: '2097152' });
});

afterEach(() => lab.stop());

/** An origin with one document, which answers conditions as it should. */
function document(
  version: () => { text: string; etag: string; modifiedMs: number },
  cacheControl: string | null = 'max-age=10',
): Answer {
  return (request, response) => {
    const { text, etag, modifiedMs } = version();
    const lastModified = formatHttpDate(modifiedMs);
    const known = request.headers['if-none-match'] === etag;
    response.sendDate = false;
    response.writeHead(known ? 304 : 200, {
      Date: formatHttpDate(lab.host.clock.now()),
      ETag: etag,
      'Last-Modified': lastModified,
      ...(cacheControl === null ? {} : { 'Cache-Control': cacheControl }),
    });
    response.end(known ? undefined : text);
  };
}

const FIRST = { text: 'first', etag: '"1"', modifiedMs: Date.UTC(2026, 0, 1) };
const SECOND = { text: 'second', etag: '"2"', modifiedMs: Date.UTC(2026, 0, 2) };

test('CCH-01 the proxy serves on behalf of the origin: a cached object comes while the origin is stopped', async () => {
  lab.answer = document(() => FIRST);
  expect((await lab.get(URL_A)).body.toString()).toBe('first');
  await lab.stopOrigins();
  const answer = await lab.get(URL_A);
  expect([answer.status, answer.body.toString()]).toEqual([200, 'first']);
});

test('CCH-04 the browser connects to the cache and sends the whole URL; the origin gets the path and its name', async () => {
  const answer = await lab.ask(
    `GET http://a.test/page?x HTTP/1.1\r\nHost: evil.test\r\nProxy-Connection: keep-alive\r\n\r\n`,
  );
  expect(answer.status).toBe(200);
  const [asked] = lab.asked;
  expect([asked?.url, asked?.headers.host, asked?.headers.via, asked?.headers['proxy-connection']]).toEqual([
    '/page?x',
    'a.test',
    '1.1 proxy',
    undefined,
  ]);
});

test('CCH-05 a copy is answered without a message to the origin, with its age and the reason', async () => {
  lab.answer = document(() => FIRST);
  const miss = await lab.get(URL_A);
  lab.host.clock.advance(4_000);
  const hit = await lab.get(URL_A);
  expect(lab.asked.length).toBe(1);
  expect(hit.body.equals(miss.body)).toBe(true);
  expect(Number(hit.field('Age'))).toBeGreaterThanOrEqual(4);
  expect(hit.field('Cache-Status')).toMatch(/^proxy; hit; ttl=[56]; detail="the stored response is fresh: /);
  expect(hit.field('Date')).toBe(miss.field('Date'));
});

test('CCH-06 without a copy the cache asks the origin exactly once', async () => {
  lab.answer = document(() => FIRST);
  const miss = await lab.get(URL_A);
  expect(lab.asked.length).toBe(1);
  expect(miss.field('Cache-Status')).toMatch(/^proxy; fwd=uri-miss; ttl=(?:9|10); stored; /);
});

test('CCH-07 the cache stores the copy: the next client gets a hit', async () => {
  lab.answer = document(() => FIRST);
  await lab.get(URL_A);
  expect((await lab.state()).stored).toMatchObject([
    { key: URL_A, etag: '"1"', lifetimeS: 10, fresh: true, octets: 5 },
  ]);
  expect((await lab.get('http://A.TEST:80/page')).field('Cache-Status')).toContain('; hit;');
});

test('CCH-08 for one object the cache is a server in one exchange and a client in another, which the first one caused', async () => {
  await lab.get(URL_A, 'Lab-Exchange: browser.1');
  await expect.poll(() => lab.host.reported.length).toBeGreaterThanOrEqual(4);
  const requests = lab.host.reported.filter(({ kind }) => kind === 'http.request');
  const [asServer, asClient] = requests;
  expect(asServer).toMatchObject({ exchange: 'browser.1', to: { address: lab.host.address, port: 3128 } });
  expect(asClient).toMatchObject({
    cause: 'browser.1',
    from: { address: lab.host.address },
    to: { address: lab.originAddress, port: 80 },
  });
  expect(lab.asked[0]?.headers['lab-exchange']).toBe(asClient?.exchange);
});

test('CGT-01 a copy may be stale: while it counts as fresh, an edit at the origin is not seen', async () => {
  let version = FIRST;
  lab.answer = document(() => version);
  await lab.get(URL_A);
  version = SECOND;
  expect((await lab.get(URL_A)).body.toString()).toBe('first');
});

test('CGT-02 a stale copy is asked about with its own date and tag', async () => {
  lab.answer = document(() => FIRST);
  await lab.get(URL_A);
  lab.host.clock.advance(10_000);
  await lab.get(URL_A);
  expect(lab.asked[1]?.headers).toMatchObject({
    'if-none-match': '"1"',
    'if-modified-since': formatHttpDate(FIRST.modifiedMs),
  });
});

test('CGT-03 a changed object comes whole, and takes the place of the copy', async () => {
  let version = FIRST;
  lab.answer = document(() => version);
  await lab.get(URL_A);
  version = SECOND;
  lab.host.clock.advance(10_000);
  const answers = [await lab.get(URL_A), await lab.get(URL_A)];
  expect(answers.map(({ body }) => body.toString())).toEqual(['second', 'second']);
  expect(lab.asked.length).toBe(2);
  expect((await lab.state()).stored).toMatchObject([{ etag: '"2"' }]);
});

test('CGT-04 an unchanged object is confirmed by 304 without a body, and the client gets the copy', async () => {
  lab.answer = document(() => FIRST);
  await lab.get(URL_A);
  lab.host.clock.advance(10_000);
  const answer = await lab.get(URL_A);
  expect([answer.status, answer.body.toString()]).toEqual([200, 'first']);
  expect(answer.field('Cache-Status')).toMatch(/^proxy; fwd=stale; fwd-status=304; ttl=(?:9|10); /);
  await expect
    .poll(() =>
      lab.host.reported.some(
        ({ kind, message }) =>
          kind === 'http.response' &&
          JSON.stringify(message).includes('"status":304,') &&
          JSON.stringify(message).includes('"octets":0'),
      ),
    )
    .toBe(true);
  expect((await lab.get(URL_A)).field('Cache-Status')).toContain('; hit;');
  expect(lab.asked.length).toBe(2);
});

test('CGT-05 what a confirmation takes on the wire to the origin is less than 5 % of the object', async () => {
  lab.answer = document(() => ({ ...FIRST, text: 'x'.repeat(20_000) }));
  const received = () => lab.asked.at(-1)!.socket.bytesWritten;
  await lab.get(URL_A);
  const whole = received();
  lab.host.clock.advance(10_000);
  expect((await lab.get(URL_A)).body.length).toBe(20_000);
  const confirmation = received() - (lab.asked[0]!.socket === lab.asked[1]!.socket ? whole : 0);
  expect(whole).toBeGreaterThan(20_000);
  expect(confirmation).toBeLessThan(whole * 0.05);
});

test('ERR-15 in the mode always-revalidate the origin is asked about each copy, in the mode freshness it is not', async () => {
  lab.answer = document(() => FIRST);
  await lab.get(URL_A);
  await lab.running.actions?.mode?.run({ mode: 'always-revalidate' });
  expect((await lab.get(URL_A)).field('Cache-Status')).toContain('fwd-status=304');
  expect((await lab.get(URL_A)).field('Cache-Status')).toContain('fwd-status=304');
  expect(lab.asked.length).toBe(3);
  await lab.running.actions?.mode?.run({ mode: 'freshness' });
  expect((await lab.get(URL_A)).field('Cache-Status')).toContain('; hit;');
  expect(lab.asked.length).toBe(3);
});

describe('collapsed forwarding', () => {
  test('a hundred clients that miss at once make one request', async () => {
    let release = () => {};
    lab.answer = (request, response) => {
      release = () => document(() => FIRST)(request, response);
    };
    const asking = Promise.all(Array.from({ length: 100 }, () => lab.get(URL_A)));
    await expect.poll(async () => (await lab.state()).counters.collapsed).toBe(99);
    release();
    const answers = await asking;
    expect(new Set(answers.map(({ body }) => body.toString()))).toEqual(new Set(['first']));
    expect(lab.asked.length).toBe(1);
  });

  test('an answer that must not be shared is not', async () => {
    let count = 0;
    lab.answer = (_request, response) => {
      count += 1;
      const text = `for ${count}`;
      setTimeout(() => response.writeHead(200, { 'Cache-Control': 'private, max-age=10' }).end(text), 30);
    };
    const answers = await Promise.all(Array.from({ length: 5 }, () => lab.get(URL_A)));
    expect(new Set(answers.map(({ body }) => body.toString())).size).toBe(5);
  });

  test('the one who asked first may leave: the others still get their answer from one request', async () => {
    let release = () => {};
    lab.answer = (request, response) => {
      release = () => document(() => FIRST)(request, response);
    };
    const first = await RawClient.open(lab.host.address, 3128);
    first.send(`GET ${URL_A} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
    await expect.poll(() => lab.asked.length).toBe(1);
    const others = [lab.get(URL_A), lab.get(URL_A)];
    await expect.poll(async () => (await lab.state()).counters.collapsed).toBe(2);
    first.destroy();
    await new Promise((resolve) => setTimeout(resolve, 80));
    release();
    expect((await Promise.all(others)).map(({ body }) => body.toString())).toEqual(['first', 'first']);
    expect(lab.asked.length).toBe(1);
  });
});

test('a condition of the client is answered from the copy, with 304 or with the whole', async () => {
  lab.answer = document(() => FIRST);
  await lab.get(URL_A);
  expect(await lab.get(URL_A, 'If-None-Match: "0", W/"1"')).toMatchObject({ status: 304 });
  expect(await lab.get(URL_A, `If-Modified-Since: ${formatHttpDate(FIRST.modifiedMs)}`)).toMatchObject({ status: 304 });
  expect(await lab.get(URL_A, 'If-None-Match: "2"')).toMatchObject({ status: 200 });
  expect((await lab.get(URL_A, 'Range: bytes=1-2')).body.toString()).toBe('ir');
  expect(lab.asked.length).toBe(1);
});

test('a condition of the client is held against what the origin newly sends', async () => {
  let version = FIRST;
  lab.answer = document(() => version);
  await lab.get(URL_A);
  version = SECOND;
  lab.host.clock.advance(10_000);
  expect(await lab.get(URL_A, 'If-None-Match: "2"')).toMatchObject({ status: 304 });
  await expect.poll(async () => (await lab.state()).stored).toMatchObject([{ etag: '"2"' }]);
});

test('HEAD is answered from a stored GET', async () => {
  lab.answer = document(() => FIRST);
  await lab.get(URL_A);
  const head = await lab.ask(`HEAD ${URL_A} HTTP/1.1\r\nHost: a.test\r\n\r\n`, true);
  expect([head.status, head.field('Content-Length')]).toEqual([200, '5']);
  expect(lab.asked.length).toBe(1);
});

test('variants stand side by side (Vary)', async () => {
  lab.answer = (request, response) => {
    response
      .writeHead(200, { 'Cache-Control': 'max-age=10', Vary: 'Accept-Language' })
      .end(request.headers['accept-language']);
  };
  for (const language of ['fr', 'ko', 'fr', 'ko'])
    expect((await lab.get(URL_A, `Accept-Language: ${language}`)).body.toString()).toBe(language);
  expect(lab.asked.length).toBe(2);
});

test('an unsafe method that succeeds makes the copy go', async () => {
  lab.answer = document(() => FIRST);
  await lab.get(URL_A);
  await lab.ask(`POST ${URL_A} HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc`);
  expect((await lab.state()).stored).toEqual([]);
});

test('a response that was on its way while its URI changed is not stored', async () => {
  lab.answer = (request, response) => {
    if (request.method === 'POST') response.end('changed');
    else setTimeout(() => document(() => FIRST)(request, response), 100);
  };
  const old = lab.get(URL_A);
  await expect.poll(() => lab.asked.length).toBe(1);
  await lab.ask(`POST ${URL_A} HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n`);
  expect((await old).body.toString()).toBe('first');
  expect((await lab.state()).stored).toEqual([]);
});

test('only-if-cached without a copy is 504 and asks nobody', async () => {
  expect((await lab.get(URL_A, 'Cache-Control: only-if-cached')).status).toBe(504);
  expect(lab.asked.length).toBe(0);
});

test('purge forgets one URL or all', async () => {
  lab.answer = document(() => FIRST);
  await lab.get(URL_A);
  expect(await lab.running.actions?.purge?.run({ url: 'http://A.test/page' })).toEqual({ purged: 1 });
  await lab.get(URL_A);
  expect(await lab.running.actions?.purge?.run({})).toEqual({ purged: 1 });
});

describe('when the origin gives no answer', () => {
  test('a stale copy is sent and says so', async () => {
    lab.answer = document(() => FIRST);
    await lab.get(URL_A);
    lab.host.clock.advance(60_000);
    await lab.stopOrigins();
    const answer = await lab.get(URL_A);
    expect([answer.status, answer.body.toString()]).toEqual([200, 'first']);
    expect(answer.field('Cache-Status')).toMatch(/^proxy; fwd=stale; ttl=-5\d; detail="a.test refuses the connection/);
  });

  test.each(['max-age=10, must-revalidate', 's-maxage=10'])('%s forbids that: 504', async (cacheControl) => {
    lab.answer = document(() => FIRST, cacheControl);
    await lab.get(URL_A);
    lab.host.clock.advance(60_000);
    await lab.stopOrigins();
    expect((await lab.get(URL_A)).status).toBe(504);
  });

  test('an error of the origin is covered by the copy', async () => {
    lab.answer = document(() => FIRST);
    await lab.get(URL_A);
    lab.host.clock.advance(60_000);
    lab.answer = (_request, response) => response.writeHead(503).end('no');
    expect((await lab.get(URL_A)).body.toString()).toBe('first');
  });

  test('without a copy: 502 for a refused connection and for an unknown name', async () => {
    const [refused, unknown] = [await lab.get('http://nobody.test/'), await lab.get('http://no.such.name/')];
    expect([refused.status, unknown.status]).toEqual([502, 502]);
    expect(refused.body.toString()).toContain('refuses the connection');
    expect(unknown.body.toString()).toContain('name-error');
  });
});

describe('bodies', () => {
  test('an object over the limit passes whole and is not stored', async () => {
    await lab.running.stop();
    await lab.startProxy({ OBJECT_BYTES: '2000000' });
    const big = Buffer.alloc(3_000_000, 'x');
    lab.answer = (_request, response) => response.writeHead(200, { 'Cache-Control': 'max-age=10' }).end(big);
    const answer = await lab.get(URL_A);
    expect(answer.body.equals(big)).toBe(true);
    expect((await lab.state()).stored).toEqual([]);
  });

  test('a client that does not read holds the origin back', async () => {
    let written = 0;
    lab.answer = (_request, response) => {
      response.writeHead(200, { 'Cache-Control': 'no-store' });
      const more = () => {
        while (written < 200_000_000) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return response.once('drain', more);
        }
        return response.end();
      };
      more();
    };
    const { connect } = await import('node:net');
    const slow = connect(3128, lab.host.address);
    slow.pause();
    slow.write(`GET ${URL_A} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
    await expect.poll(() => written).toBeGreaterThan(65_536);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(40_000_000);
    slow.destroy();
    await expect.poll(() => lab.asked[0]?.socket.destroyed).toBe(true);
  });

  test('a body that breaks off breaks off at the client, too, and is not stored', async () => {
    lab.answer = (_request, response) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=10', 'Content-Length': '10' }).write('abc');
      setTimeout(() => response.destroy(), 20);
    };
    await expect(lab.get(URL_A)).rejects.toThrow('ended');
    expect((await lab.state()).stored).toEqual([]);
  });

  test('an upload is passed on, chunked as it came', async () => {
    let got = '';
    lab.answer = (request, response) => {
      request.on('data', (octets: Buffer) => {
        got += octets.toString();
      });
      request.on('end', () => response.end(request.headers['transfer-encoding'] ?? 'none'));
    };
    const answer = await lab.ask(
      `POST ${URL_A} HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nHost: evil\r\n\r\n`,
    );
    expect([answer.body.toString(), got]).toEqual(['chunked', 'abcde']);
  });

  test('Expect: 100-continue is the origin to answer', async () => {
    lab.answer = (request, response) => request.resume().on('end', () => response.end('done'));
    const client = await RawClient.open(lab.host.address, 3128);
    client.send(`PUT ${URL_A} HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n`);
    expect((await client.response()).status).toBe(100);
    client.send('abc');
    expect((await client.response()).body.toString()).toBe('done');
    client.destroy();
  });
});

test('HTTP/1.0 in, HTTP/1.1 out: a body without a length ends with the connection', async () => {
  lab.answer = (_request, response) => {
    response.write('one ');
    response.end('two');
  };
  const answer = await lab.ask('GET http://a.test/ HTTP/1.0\r\n\r\n');
  expect([answer.field('Transfer-Encoding'), answer.body.toString(), answer.closed]).toEqual([
    undefined,
    'one two',
    true,
  ]);
});

test('connections to an origin are kept, and one that it closed is replaced unnoticed', async () => {
  lab.answer = (_request, response) => response.writeHead(200, { 'Cache-Control': 'no-store' }).end('x');
  for (const _ of [1, 2, 3]) await lab.get(URL_A);
  expect(new Set(lab.asked.map(({ socket }) => socket)).size).toBe(1);
  lab.asked[0]?.socket.destroy();
  expect((await lab.get(URL_A)).status).toBe(200);
});

test('the auto-configuration file names the address by which the client came', async () => {
  for (const path of ['/proxy.pac', '/']) {
    const answer = await lab.ask(`GET ${path} HTTP/1.1\r\nHost: proxy.someschool.edu:3128\r\n\r\n`);
    expect(answer.field('Content-Type')).toBe('application/x-ns-proxy-autoconfig');
    expect(answer.body.toString()).toContain('"PROXY proxy.someschool.edu:3128"');
  }
  expect((await lab.ask('GET /other HTTP/1.1\r\nHost: x\r\n\r\n')).status).toBe(404);
});

test('Date is that of the origin, or of the arrival on the clock of the lab', async () => {
  lab.host.clock.advance(86_400_000);
  lab.answer = (_request, response) => {
    response.sendDate = false;
    response.end('x');
  };
  expect(Math.abs(parseHttpDate((await lab.get(URL_A)).field('Date')!, 0)! - lab.host.clock.now())).toBeLessThan(
    600_000,
  );
});
