import { expect, test } from 'vitest';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { queryFor, responseTo } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { CLASS, RCODE, TYPE } from '#shared/dns/registry.ts';
import { TransferError, TransferReceiver, transferMessages } from '../../src/protocol/transfer.ts';
import { recordsOf } from '../../src/protocol/zone.ts';
import { APEX, zoneOf } from '../zones.ts';

const origin = parseName('example.');
const query = queryFor({ qname: origin, qtype: TYPE.AXFR, qclass: CLASS.IN }, { id: 1, rd: false, edns: null });
const hosts = Array.from({ length: 950 }, (_, at) => `h${at} A 192.0.2.${at % 256}`).join('\n');
const zone = zoneOf('example.', `${APEX}${hosts}\n`);

test('a big zone goes in several messages, the SOA record first and last (RFC 5936)', () => {
  const messages = [...transferMessages(query, zone)];
  expect(messages.length).toBe(10);
  const receiver = new TransferReceiver(origin);
  const ends = messages.map((message) => receiver.take(decodeMessage(encodeMessage(message))));
  expect(ends).toEqual([...new Array(9).fill(false), true]);
  expect(receiver.records).toEqual([...recordsOf(zone)]);
});

test('a transfer that is refused, empty, headless or has a tail is an error', () => {
  const [first] = [...transferMessages(query, zone)];
  const soa = first!.answer[0]!;
  const bad = [
    responseTo(query, { rcode: RCODE.REFUSED }),
    responseTo(query, {}),
    responseTo(query, { answer: first!.answer.slice(1) }),
    responseTo(query, { answer: [soa, soa, soa] }),
  ];
  for (const message of bad) expect(() => new TransferReceiver(origin).take(message)).toThrow(TransferError);
});
