import { createSocket } from 'node:dgram';
import { request } from 'node:https';
import { connect } from 'node:tls';
import dns2, { Packet } from 'dns2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeAuthority } from '../../authority/x509.ts';
import { TEST_NET } from '../../test-host.ts';

/**
 * What dns2 does without our guard. A test that fails after an update of the package is good news: the workaround that it
 * names can go (docs/decisions/0007-dns2-carries-our-codec-reads.md).
 */

const ADDRESS = `${TEST_NET}.91.1`;
const PORT = 53;

/** www.foo.com A, id 1: header with the given third octet (QR, opcode, AA, TC, RD), question, and an OPT of this size. */
function query(flags: number, udpPayloadSize: number): Buffer {
  const size = [udpPayloadSize >> 8, udpPayloadSize & 0xff];
  const question = [3, ...Buffer.from('www'), 3, ...Buffer.from('foo'), 3, ...Buffer.from('com'), 0, 0, 1, 0, 1];
  return Buffer.from([0, 1, flags, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...question, 0, 0, 41, ...size, 0, 0, 0, 0, 0, 0]);
}

let server: ReturnType<typeof dns2.createUDPServer>;
let records = 1;

beforeEach(async () => {
  records = 1;
  server = dns2.createUDPServer((request, send) => {
    const response = Packet.createResponseFromRequest(request);
    for (let last = 0; last < records; last += 1) {
      response.answers.push({
        name: 'www.foo.com',
        type: 1,
        class: 1,
        ttl: 60,
        address: `192.0.2.${last % 256}`,
      } as dns2.Packet.Resource);
    }
    void send(response);
  });
  await new Promise<void>((resolve) => server.bind(PORT, ADDRESS, resolve));
});

afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

/** The answer to one datagram. */
function ask(datagram: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('message', (answer) => {
      socket.close();
      resolve(answer);
    });
    socket.send(datagram, PORT, ADDRESS);
  });
}

test('dns2 answers a response: our guard drops QR=1, or two servers would answer each other for ever', async () => {
  expect((await ask(query(0x80, 1232))).length).toBeGreaterThan(0);
});

test('dns2 sends as much over UDP as the asker says it takes: our limit of 1232 octets is needed', async () => {
  records = 500;
  const answer = await ask(query(0x00, 65_535));
  expect(answer.length).toBeGreaterThan(1232);
});

test('dns2 truncates without an OPT record (RFC 6891, section 7): our encoder keeps it', async () => {
  records = 500;
  const answer = await ask(query(0x00, 512));
  expect(answer[2]).toBe((answer[2] ?? 0) | 0x02);
  expect(answer.readUInt16BE(10)).toBe(0);
});

test('dns2 cuts octets that it is given at 512, in the middle of a record: our listener sends them by the socket itself', async () => {
  const socket = createSocket('udp4');
  const received = new Promise<Buffer>((resolve) => socket.once('message', resolve));
  await new Promise<void>((resolve) => socket.bind(0, ADDRESS, resolve));
  const { response } = server as unknown as { response(to: object, octets: Buffer): Promise<unknown> };
  await response.call(server, { address: ADDRESS, port: socket.address().port }, Buffer.alloc(1000));
  expect((await received).length).toBe(512);
  socket.close();
});

test('dns2 drops a deletion of RFC 2136 (class ANY without data) as damaged: UPDATE needs our decoder', () => {
  const name = [3, ...Buffer.from('foo'), 3, ...Buffer.from('com'), 0];
  const update = [0, 1, 0x28, 0, 0, 1, 0, 0, 0, 1, 0, 0, ...name, 0, 6, 0, 1, ...name, 0, 1, 0, 255, 0, 0, 0, 0, 0, 0];
  const packet = Packet.parse(Buffer.from(update));
  expect(packet.authorities).toEqual([]);
  expect(packet.errors.length).toBeGreaterThan(0);
});

describe('the class of dns2 for DNS over HTTPS, in whose place https-listener.ts stands,', () => {
  let server: InstanceType<typeof dns2.DOHServer>;

  beforeEach(async () => {
    const { key, certificate } = makeAuthority(Date.now());
    server = dns2.createDOHServer({ ssl: true, key, cert: certificate });
    server.on('request', (_request, send) => send(Packet.createResponseFromRequest(Packet.parse(query(0x00, 1232)))));
    const listening = new Promise((resolve) => server.on('listening', resolve));
    server.listen(443, ADDRESS);
    await listening;
  });

  afterEach(() => server.close());

  test('does not speak HTTP/2, the only version that dig and kdig ask for', async () => {
    const socket = connect({ host: ADDRESS, port: 443, ALPNProtocols: ['h2'], rejectUnauthorized: false });
    const outcome = new Promise((resolve) => {
      socket.on('secureConnect', () => resolve(socket.alpnProtocol));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(await outcome).not.toBe('h2');
    socket.destroy();
  });

  test('takes a body that is longer than any message: our limit of 65 535 octets is needed', async () => {
    const headers = { 'content-type': 'application/dns-message' };
    const where = { host: ADDRESS, path: '/dns-query', method: 'POST', headers };
    const status = new Promise((resolve, reject) => {
      const asking = request({ ...where, rejectUnauthorized: false, agent: false }, (response) =>
        resolve(response.resume().statusCode),
      );
      asking.on('error', reject);
      asking.end(Buffer.concat([query(0x00, 1232), Buffer.alloc(1024 * 1024)]));
    });
    expect(await status).toBe(200);
  });
});
