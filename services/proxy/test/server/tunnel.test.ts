import { afterEach, beforeEach, expect, test } from 'vitest';
import { RawClient } from '#shared/http/test/raw-client.ts';
import { TestLab } from './test-lab.ts';

let lab: TestLab;

beforeEach(async () => {
  lab = new TestLab(25);
  await lab.start();
  await lab.startRawOrigin(443, (socket, text) =>
    text === 'bye' ? socket.end('end') : socket.write(text.toUpperCase()),
  );
});

afterEach(() => lab.stop());

test('CONNECT makes a tunnel to a listed port of a host of the lab; octets pass both ways until one side ends', async () => {
  const client = await RawClient.open(lab.host.address, 3128);
  client.send('CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\nearly');
  const answer = await client.response(true);
  expect([answer.status, answer.field('Content-Length'), answer.field('Transfer-Encoding')]).toEqual([
    200,
    undefined,
    undefined,
  ]);
  await expect.poll(() => client.pending).toBe('EARLY');
  client.send('bye');
  expect(await client.closes()).toBe(true);
  expect(client.pending).toBe('EARLYend');
  client.destroy();
});

test('a port where nobody listens is 502, and a client that leaves ends the tunnel', async () => {
  expect((await lab.ask('CONNECT nobody.test:443 HTTP/1.1\r\nHost: x\r\n\r\n')).status).toBe(502);
  const client = await RawClient.open(lab.host.address, 3128);
  client.send('CONNECT a.test:443 HTTP/1.1\r\nHost: x\r\n\r\n');
  await client.response(true);
  expect(await lab.running.state()).toMatchObject({ tunnels: 1 });
  client.destroy();
  await expect.poll(() => lab.running.state()).toMatchObject({ tunnels: 0 });
});

test('stopping the proxy ends its tunnels at once', async () => {
  const client = await RawClient.open(lab.host.address, 3128);
  client.send('CONNECT a.test:443 HTTP/1.1\r\nHost: x\r\n\r\n');
  await client.response(true);
  await lab.running.stop();
  expect(await client.closes()).toBe(true);
  await lab.startProxy();
});
