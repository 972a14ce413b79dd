import { expect, test } from 'vitest';
import { PcapReader } from './kit/pcap.ts';

const octets = (hex: string) =>
  Uint8Array.from(hex.replace(/[^0-9a-f]/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const littleEndian = (value: number) => value.toString(16).padStart(8, '0').match(/../g)?.reverse().join('') ?? '';

/** Magic number, version 2.4, time zone, accuracy, octets kept, Ethernet. */
const FILE_HEADER = 'd4c3b2a1 0200 0400 00000000 00000000 00100000 01000000';
/** To and from the loopback interface: no addresses, IPv4. */
const ETHERNET = '000000000000 000000000000 0800';

function packet(seconds: number, microseconds: number, frame: string): string {
  const length = littleEndian(octets(frame).length);
  return littleEndian(seconds) + littleEndian(microseconds) + length + length + frame;
}

/** 127.0.0.1:41234 sends a SYN of 24 octets to 127.0.0.2:12000. */
const SYN = [
  ETHERNET,
  '45 00 002c 0000 4000 40 06 0000 7f000001 7f000002', // version and length, total 44, TTL 64, TCP
  'a112 2ee0 00000001 00000000 60 02 ffff 0000 0000', // ports, sequence, acknowledgement, header of 24, SYN, window
  '02 04 0218', // option: maximum segment size 536
].join('');

/** The same ends over UDP, with "hi"; two octets of padding that belong to no datagram. */
const DATAGRAM = [
  ETHERNET,
  '45 00 001e 0000 4000 40 11 0000 7f000001 7f000002', // total 30, UDP
  'a112 2ee0 000a 0000', // ports, length, checksum
  '6869 0000',
].join('');

/** IPv6 is none of the lab's business. */
const OTHER =
  '000000000000 000000000000 86dd 6000000000003b4000000000000000000000000000000001 00000000000000000000000000000001';

const capture = octets(FILE_HEADER + packet(1, 500, SYN) + packet(2, 0, OTHER) + packet(3, 0, DATAGRAM));
const from = { address: '127.0.0.1', port: 41_234 };
const to = { address: '127.0.0.2', port: 12_000 };
const expected = [
  { at: 1_000.5, protocol: 'tcp', from, to, flags: ['SYN'], payload: new Uint8Array(), mss: 536 },
  { at: 3_000, protocol: 'udp', from, to, flags: [], payload: octets('6869'), mss: null },
];

test('a SYN and a datagram are read, what is no IPv4 is passed over, padding is no payload', () => {
  expect(new PcapReader().push(capture)).toEqual(expected);
});

test('a capture may come in any two parts', () => {
  for (let cut = 0; cut <= capture.length; cut += 1) {
    const reader = new PcapReader();
    expect([...reader.push(capture.subarray(0, cut)), ...reader.push(capture.subarray(cut))]).toEqual(expected);
  }
});

test('what is no pcap is refused', () => {
  expect(() => new PcapReader().push(new Uint8Array(24))).toThrow('This is no pcap in microseconds');
  const wireless = octets(FILE_HEADER.replace('01000000', '69000000'));
  expect(() => new PcapReader().push(wireless)).toThrow('link type 105');
});
