import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import { RawClient } from '#shared/http/test/raw-client.ts';
import { program } from '../../src/program.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A proxy and the addresses of its origins: real sockets, one address for each kind of origin. */
export class TestLab {
  readonly host: TestHost;
  readonly originAddress: string;
  readonly asked: IncomingMessage[] = [];
  answer: Answer = (_request, response) => response.end('hello');
  running!: Running;
  #servers: (Server | TcpServer)[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(block: number, names: Record<string, string[]> = {}) {
    this.originAddress = `${TEST_NET}.${block}.2`;
    this.host = createTestHost({
      name: 'proxy',
      suffix: `${block}.1`,
      names: {
        'a.test': [this.originAddress],
        'b.test': [this.originAddress],
        'nobody.test': [`${TEST_NET}.${block}.99`],
        ...names,
      },
    });
  }

  async start(environment: Record<string, string> = {}): Promise<void> {
    await this.startProxy(environment);
    await this.startOrigin();
  }

  async startProxy(environment: Record<string, string> = {}): Promise<void> {
    this.running = await startOn(program, this.host, environment);
  }

  async startOrigin(): Promise<void> {
    const server = createServer((request, response) => {
      this.asked.push(request);
      this.answer(request, response);
    });
    await this.#listen(server, 80);
  }

  /** An origin that says `octets` to whatever comes. */
  async startRawOrigin(port: number, answer: (socket: Socket, request: string) => void): Promise<void> {
    await this.#listen(
      createTcpServer((socket) =>
        socket.on('error', () => {}).on('data', (octets) => answer(socket, octets.toString('latin1'))),
      ),
      port,
    );
  }

  /** Stops the origins; the proxy goes on. */
  async stopOrigins(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
    this.#servers = [];
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await this.stopOrigins();
    await this.host.remove();
  }

  ask(text: string, isHead = false) {
    return RawClient.ask(this.host.address, 3128, text, isHead);
  }

  /** GET through the proxy. */
  get(url: string, ...lines: string[]) {
    return this.ask([`GET ${url} HTTP/1.1`, `Host: ${new URL(url).host}`, ...lines, '', ''].join('\r\n'));
  }

  state(): Promise<{ counters: Record<string, number>; stored: Record<string, unknown>[]; octets: number }> {
    return Promise.resolve(this.running.state()) as never;
  }

  #listen(server: Server | TcpServer, port: number): Promise<void> {
    this.#servers.push(server);
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, this.originAddress, resolve);
    });
  }
}
