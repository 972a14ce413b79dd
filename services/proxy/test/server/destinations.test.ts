import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { TestLab } from './test-lab.ts';

// Where the proxy connects to, and where not: each of these must end without a connection.
const lab = new TestLab(54, {
  'metadata.test': ['169.254.169.254'],
  'loopback.test': ['127.0.0.1'],
  'any.test': ['0.0.0.0'],
  'broadcast.test': ['255.255.255.255'],
  'self.test': [`${TEST_NET}.54.1`],
  'gateway.test': [`${TEST_NET}.0.1`],
  'odd.test': [`${TEST_NET}.054.2`],
  'none.test': [],
  'mixed.test': ['127.0.0.1', '169.254.169.254', `${TEST_NET}.54.2`],
});

beforeAll(() => lab.start({ HTTP_PORTS: '80 8080 3128', CONNECT_PORTS: '443 3128 80' }));
afterAll(() => lab.stop());
beforeEach(() => {
  lab.asked.length = 0;
});

const NAMES = ['metadata', 'loopback', 'any', 'broadcast', 'self', 'gateway', 'odd', 'none'].map(
  (name) => `${name}.test`,
);
const LITERALS = [
  ...['127.0.0.1', '169.254.169.254', '0.0.0.0', '10.0.0.1', `${TEST_NET}.0.1`, `${TEST_NET}.54.1`],
  ...['127.1', '0x7f.0.0.1', '0x7f000001', '2130706433', '017700000001', '0177.0.0.1', '127.0.0.1.'],
  ...['[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[fe80::1]', '[::]'],
];

describe.each(['GET', 'CONNECT'])('%s', (method) => {
  test.each([...NAMES, ...LITERALS])('19 %s is refused with 403', async (host) => {
    const target = method === 'GET' ? `http://${host}:3128/` : `${host}:3128`;
    const answer = await lab.ask(`${method} ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(answer.status).toBe(403);
    expect(answer.body.toString()).toContain('<html');
    expect(lab.asked.length).toBe(0);
  });

  test.each(['22', '25', '9000', '9001', '0', '65535', '81'])('18 port %s is refused with 403', async (port) => {
    const target = method === 'GET' ? `http://a.test:${port}/` : `a.test:${port}`;
    expect((await lab.ask(`${method} ${target} HTTP/1.1\r\nHost: x\r\n\r\n`)).status).toBe(403);
  });

  test('a name that leads nowhere is 502', async () => {
    const target = method === 'GET' ? 'http://unknown.test/' : 'unknown.test:443';
    expect((await lab.ask(`${method} ${target} HTTP/1.1\r\nHost: x\r\n\r\n`)).status).toBe(502);
  });
});

test.each(['http://u:p@a.test/', 'http://a.test@169.254.169.254/', 'http:///', 'http://a.test:99999/', 'http://[::1/'])(
  '%s is no target: 400',
  async (target) => {
    expect((await lab.ask(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`)).status).toBe(400);
    expect(lab.asked.length).toBe(0);
  },
);

test('of several addresses the first of the lab is taken, and the others are never tried', async () => {
  expect((await lab.get('http://mixed.test/')).status).toBe(200);
  expect(lab.asked[0]?.socket.localAddress).toBe(`${TEST_NET}.54.2`);
});
