import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { runChild } from '#shared/host/test/kit/child.ts';
import { TEST_NET } from '#shared/host/test-host.ts';

const ADDRESS = `${TEST_NET}.40.8`;
const HTTP_PORT = 80;

/** A student's first web server: sockets, a line of the request, and a response by the book. */
function listenForHttp(port: number): Promise<Server> {
  const server = createServer((connection: Socket) => {
    connection.on('error', () => {});
    connection.once('data', (octets) => {
      const [method, target] = octets.toString('latin1').split(' ');
      const body = `You asked to ${method} ${target}\n`;
      connection.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, ADDRESS, () => resolve(server));
  });
}

/** A client that knows the standard, and nothing of our server: the URL names no port. */
async function ask(): Promise<string> {
  const [response] = await once(get(`http://${ADDRESS}/notes`), 'response');
  let body = '';
  for await (const part of response) body += String(part);
  return body;
}

const mayBindStandardPorts = await listenForHttp(HTTP_PORT).then(
  (server) => {
    server.close();
    return true;
  },
  () => false,
);
const hasCurl = spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0;

describe.runIf(mayBindStandardPorts)('a standard protocol', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  test('SOCK-02 a server of HTTP on port 80 is found by a client that has never heard of it', async () => {
    server = await listenForHttp(HTTP_PORT);
    expect(await ask()).toBe('You asked to GET /notes\n');
  });

  test('SOCK-02 the same server on another port is not', async () => {
    server = await listenForHttp(HTTP_PORT + 1);
    await expect(ask()).rejects.toThrow('ECONNREFUSED');
  });

  test.runIf(hasCurl)('SOCK-02 curl finds it, too', async () => {
    server = await listenForHttp(HTTP_PORT);
    const { stdout } = await runChild('curl', ['--silent', '--max-time', '5', `http://${ADDRESS}/notes`]);
    expect(stdout).toBe('You asked to GET /notes\n');
  });
});
