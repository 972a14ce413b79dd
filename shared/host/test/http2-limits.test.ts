import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2Server,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { http2Limits, STREAMS_MAX } from '../http2-limits.ts';
import { TEST_NET } from '../test-host.ts';

const ADDRESS = `${TEST_NET}.250.44`;
let server: Http2Server;
let session: ClientHttp2Session;

beforeEach(async () => {
  server = createServer(http2Limits({ headerOctetsMax: 8_192, fieldLinesMax: 10, sessionMegabytesMax: 2 }));
  server.on('sessionError', () => {});
  server.listen(0, ADDRESS);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  session = connect(`http://${ADDRESS}:${port}`);
  session.on('error', () => {});
});

afterEach(() => {
  session.destroy();
  server.close();
});

test('a client is told the limits at once (RFC 9113, section 6.5.2)', async () => {
  const [settings] = (await once(session, 'remoteSettings')) as [Settings];
  expect(settings).toMatchObject({ maxConcurrentStreams: STREAMS_MAX, maxHeaderListSize: 8_192, enablePush: false });
});

test('streams that are opened and reset in a row end the connection (CVE-2023-44487)', async () => {
  server.on('stream', (stream) => stream.on('error', () => {}));
  const closed = new Promise((resolve) => session.once('close', resolve));
  let opened = 0;
  while (!session.destroyed && opened < 2_000) {
    const stream = session.request();
    stream.on('error', () => {});
    stream.close();
    opened += 1;
    if (opened % 20 === 0) await new Promise(setImmediate);
  }
  await closed;
  expect(opened).toBeLessThan(2_000);
});

test('a request with too many field lines is not taken, and the connection goes on', async () => {
  const taken: number[] = [];
  server.on('stream', (stream: ServerHttp2Stream, fields) => {
    taken.push(Object.keys(fields).length);
    stream.respond({ ':status': 200 }, { endStream: true });
  });
  const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-${at}`, 'y']));
  const refused = session.request(fields(20));
  refused.on('error', () => {});
  await new Promise((resolve) => refused.once('close', resolve));
  const answered = session.request(fields(3));
  await once(answered, 'response');
  answered.close();
  expect(taken).toHaveLength(1);
});
