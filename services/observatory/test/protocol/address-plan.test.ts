import { expect, test } from 'vitest';
import { partOf } from '../../src/protocol/address-plan.ts';

test.each([
  ['10.53.0.20', 'lab'],
  ['127.53.2.4', 'tld'],
  ['10.53.20.2', 'mail'],
  ['10.53.34.1', 'p2p'],
  ['10.53.100.1', 'client'],
  ['10.53.77.1', 'other'],
])('%s lies in the part %s', (address, part) => {
  expect(partOf(address)).toBe(part);
});
