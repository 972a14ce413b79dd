import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { type Lab, startLab } from '../embedded/lab.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await startLab({ net: TEST_NET, only: ['web', 'mail'] });
});

afterAll(() => lab.stop());

/** `open`, or the error of the operating system. */
function knock(host: string, standard: number): Promise<string> {
  const { address } = lab.host(host);
  return new Promise((resolve) => {
    const socket = connect(lab.host(host).port(standard), address);
    socket.on('connect', () => {
      socket.destroy();
      resolve('open');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

test.each([
  ['www-someschool', 80],
  ['www-amazon', 80],
  ['mail-hamburger', 25],
  ['mail-hamburger', 110],
  ['mail-hamburger', 143],
  ['resolver', 53],
  ['root-a', 53],
])('ARC-15 %s is reached at the well-known port %i', async (host, port) => {
  expect(await knock(host, port)).toBe('open');
});

test('ARC-15 a request to port 81 of the web server is refused: no process waits there', async () => {
  expect(await knock('www-someschool', 81)).toBe('ECONNREFUSED');
});
