import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import dns2 from 'dns2';
import { encodeFrame, FrameReader } from '#shared/dns/stream.ts';
import type { Endpoint } from '#shared/report.ts';
import { lab } from './lab-under-test.ts';

/** The name that the local DNS server has in its certificate. */
const RESOLVER_NAME = 'resolver.topdown.org';

/** How a client checks whom it speaks to. */
export interface Trust {
  /** The certificate of the authority that it believes, as PEM. */
  readonly ca: string;
  readonly servername: string;
}

/** What a client that has downloaded the lab's certificate believes. */
export async function trustInLab(): Promise<Trust> {
  const response = await fetch(`${lab.observatory}/ca.crt`);
  if (!response.ok) throw new Error(`${response.url} was answered ${response.status}: ${await response.text()}`);
  return { ca: await response.text(), servername: RESOLVER_NAME };
}

/** The addresses of `name`, asked over TCP, or over TLS where `trust` is given. Rejects where the server is not believed. */
export async function askOverStream(server: Endpoint, name: string, trust?: Trust): Promise<readonly string[]> {
  const where = { host: server.address, port: server.port };
  const socket = trust === undefined ? connectTcp(where) : connectTls({ ...where, ...trust, ALPNProtocols: ['dot'] });
  try {
    await once(socket, trust === undefined ? 'connect' : 'secureConnect');
    socket.write(encodeFrame(queryFor(name)));
    const frames = new FrameReader();
    for await (const octets of socket) {
      const [message] = frames.push(octets as Buffer);
      if (message !== undefined) return addressesIn(Buffer.from(message));
    }
    throw new Error('The server closed the connection without an answer');
  } finally {
    socket.destroy();
  }
}

export interface KeptAnswer {
  readonly addresses: readonly string[];
  /** The Cache-Control field of the response. */
  readonly cacheControl: string;
}

/** The addresses of `name`, asked over HTTPS by GET on HTTP/2. Rejects where the server is not believed. */
export async function askOverHttps(server: Endpoint, name: string, trust: Trust): Promise<KeptAnswer> {
  const session = connectHttp2(`https://${server.address}:${server.port}`, { ...trust });
  try {
    await once(session, 'connect');
    const stream = session.request({
      [constants.HTTP2_HEADER_AUTHORITY]: RESOLVER_NAME,
      [constants.HTTP2_HEADER_PATH]: `/dns-query?dns=${queryFor(name).toString('base64url')}`,
      accept: 'application/dns-message',
    });
    const [fields] = (await once(stream, 'response')) as [Record<string, string | number>];
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    if (fields[':status'] !== 200) throw new Error(`The query was answered ${fields[':status']}: ${body}`);
    return { addresses: addressesIn(body), cacheControl: String(fields['cache-control']) };
  } finally {
    session.destroy();
  }
}

/** Stands between client and `server`, passes everything on, and keeps what the client sends; `close` ends it. */
export async function listenIn(
  server: Endpoint,
): Promise<{ readonly place: Endpoint; heard(): string; close(): Promise<void> }> {
  const pieces: Buffer[] = [];
  const open = new Set<Socket>();
  const relay = createServer((outer) => {
    const inner = connectTcp(server.port, server.address);
    outer.on('data', (octets: Buffer) => pieces.push(octets));
    for (const socket of [outer, inner]) open.add(socket.on('error', () => {}));
    outer.pipe(inner).pipe(outer);
  });
  await once(relay.listen(0, '127.0.0.1'), 'listening');
  const { port } = relay.address() as { port: number };
  return {
    place: { address: '127.0.0.1', port },
    heard: () => Buffer.concat(pieces).toString('latin1'),
    close: async () => {
      for (const socket of open) socket.destroy();
      relay.close();
    },
  };
}

/** A query with RD set, as a host asks its local DNS server; written and read by dns2, an independent judge of ours. */
function queryFor(name: string): Buffer {
  const packet = new dns2.Packet();
  packet.header.rd = 1;
  packet.questions.push({ name, type: dns2.Packet.TYPE.A, class: dns2.Packet.CLASS.IN } as dns2.Packet.Question);
  return packet.toBuffer();
}

function addressesIn(octets: Buffer): string[] {
  const { header, answers } = dns2.Packet.parse(octets);
  if (header.rcode !== 0) throw new Error(`The answer has RCODE ${header.rcode}`);
  return answers.flatMap((record) => ('address' in record ? [String(record.address)] : []));
}
