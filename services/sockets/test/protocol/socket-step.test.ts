import { expect, test } from 'vitest';
import { explain, formatStep, type SocketCall, type SocketStep } from '../../src/protocol/socket-step.ts';

const local = { address: '10.53.100.1', port: 41_234 };
const remote = { address: '10.53.40.1', port: 12_000 };
const hello = new TextEncoder().encode('hello');

test('a datagram: the program gives the destination, the operating system adds the source', () => {
  expect(explain({ call: 'sendto', transport: 'udp', local, remote, octets: hello })).toEqual({
    program: 'hands over 5 octets and the destination 10.53.40.1:12000',
    operatingSystem: 'adds the source 10.53.100.1:41234, sends one datagram',
  });
});

test('a connection: the program names the server once, and no address when it sends', () => {
  expect(explain({ call: 'connect', transport: 'tcp', local, remote }).program).toContain('10.53.40.1:12000');
  expect(explain({ call: 'send', transport: 'tcp', local, remote, octets: hello }).program).not.toMatch(/\d\./);
});

test('only the end of a connection is a message to the other side', () => {
  const close: SocketStep = { call: 'close', transport: 'tcp', local, remote };
  expect(explain(close).operatingSystem).toContain('FIN');
  expect(explain({ ...close, remote: null }).operatingSystem).not.toContain('FIN');
  expect(explain({ ...close, transport: 'udp' }).operatingSystem).not.toContain('FIN');
});

const CALLS: readonly SocketCall[] = [
  'create',
  'bind',
  'listen',
  'connect',
  'accept',
  'recvfrom',
  'sendto',
  'recv',
  'send',
  'close',
];

test.each(CALLS)('%s is told in two columns, also before the socket has an address', (call) => {
  const line = formatStep({ call, transport: 'tcp', local: null, remote: null });
  expect(line.startsWith(call.padEnd(10))).toBe(true);
  expect(line).not.toMatch(/null|undefined/);
});
