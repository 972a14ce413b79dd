import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { connectionIdFor, isConnectionId } from '../../src/protocol/connection-ids.ts';

const mac = (octets: Uint8Array) => createHmac('sha256', 'secret of a test').update(octets).digest();
const CLIENT = { address: '10.53.31.1', port: 6881 };
const START = 1_700_000_000_000;

test('an id is accepted for two minutes and not longer', () => {
  const id = connectionIdFor(CLIENT, START, mac);
  for (const ageS of [0, 1, 60, 119, 120]) expect(isConnectionId(id, CLIENT, START + ageS * 1000, mac)).toBe(true);
  for (const ageS of [121, 255, 256, 257, 300, 3600, 65_536, -1]) {
    expect(isConnectionId(id, CLIENT, START + ageS * 1000, mac)).toBe(false);
  }
});

test('it belongs to one address and port, and to one tracker', () => {
  const id = connectionIdFor(CLIENT, START, mac);
  expect(isConnectionId(id, { ...CLIENT, address: '10.53.31.2' }, START, mac)).toBe(false);
  expect(isConnectionId(id, { ...CLIENT, port: 6882 }, START, mac)).toBe(false);
  const otherMac = (octets: Uint8Array) => createHmac('sha256', 'another secret').update(octets).digest();
  expect(isConnectionId(id, CLIENT, START, otherMac)).toBe(false);
});

test('it fits 64 bits, and one bit of it that is another makes it none', () => {
  const id = connectionIdFor(CLIENT, START + 255_000, mac);
  expect(id >> 64n).toBe(0n);
  for (let bit = 0n; bit < 64n; bit++)
    expect(isConnectionId(id ^ (1n << bit), CLIENT, START + 255_000, mac)).toBe(false);
  expect(isConnectionId(0x41727101980n, CLIENT, START, mac)).toBe(false);
});
