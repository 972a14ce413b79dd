import { describe, expect, test } from 'vitest';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { queryFor, responseTo } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { CLASS, RCODE, TYPE } from '#shared/dns/registry.ts';
import { transferMessages } from '../../src/protocol/transfer.ts';
import { TransferError, TransferReceiver } from '../../src/protocol/transfer-receiver.ts';
import { recordsOf } from '../../src/protocol/zone.ts';
import { record } from '../records.ts';
import { APEX, zoneOf } from '../zones.ts';

const origin = parseName('example.');
const query = queryFor({ qname: origin, qtype: TYPE.AXFR, qclass: CLASS.IN }, { id: 1, rd: false, edns: null });
const hosts = Array.from({ length: 950 }, (_, at) => `h${at} A 192.0.2.${at % 256}`).join('\n');
const zone = zoneOf('example.', `${APEX}${hosts}\n`);

function recordsOfWhole(receiver: TransferReceiver) {
  const received = receiver.finish();
  return received.kind === 'whole' ? [...recordsOf(received.zone)] : [];
}

test('a big zone goes in several messages, the SOA record first and last (RFC 5936)', () => {
  const messages = [...transferMessages(query, { zone, differences: null })];
  expect(messages.length).toBe(10);
  const receiver = new TransferReceiver(origin, 'a transfer');
  const ends = messages.map((message) => receiver.take(decodeMessage(encodeMessage(message))));
  expect(ends).toEqual([...new Array(9).fill(false), true]);
  expect(recordsOfWhole(receiver)).toEqual([...recordsOf(zone)]);
});

test('a transfer that is refused, empty, headless or has a tail is an error', () => {
  const [first] = [...transferMessages(query, { zone, differences: null })];
  const soa = first!.answer[0]!;
  const bad = [
    responseTo(query, { rcode: RCODE.REFUSED }),
    responseTo(query, {}),
    responseTo(query, { answer: first!.answer.slice(1) }),
    responseTo(query, { answer: [soa, soa, soa] }),
  ];
  for (const message of bad)
    expect(() => new TransferReceiver(origin, 'a transfer').take(message)).toThrow(TransferError);
});

/** The messages of an answer to IXFR, so many records in each. */
function reply(lines: readonly string[], each = lines.length) {
  const records = lines.map((line) => record(line));
  const count = Math.ceil(records.length / each);
  return Array.from({ length: count }, (_, at) =>
    responseTo(query, { answer: records.slice(at * each, (at + 1) * each) }),
  );
}

const soa = (serial: number) => `@ 3600 SOA ns hostmaster ${serial} 3600 900 604800 300`;

describe('behaviour 45: an answer to IXFR', () => {
  const differences = [
    soa(4),
    ...[soa(2), 'a 60 A 192.0.2.1', soa(3), 'b 60 A 192.0.2.1'],
    ...[soa(3), soa(4), 'c 60 A 192.0.2.1', 'd 60 A 192.0.2.1'],
    soa(4),
  ];

  test.each([1, 2, 3, 4, 100])('is a sequence of differences, cut into messages of %i records', (each) => {
    const receiver = new TransferReceiver(origin, 'a transfer', 2);
    const messages = reply(differences, each);
    const ends = messages.map((message) => receiver.take(message));
    expect(ends).toEqual(messages.map((_, at) => at === messages.length - 1));
    expect(receiver.finish()).toMatchObject({
      kind: 'differences',
      differences: [
        {
          from: 2,
          to: 3,
          deleted: [{ type: TYPE.SOA }, { type: TYPE.A }],
          added: [{ type: TYPE.SOA }, { type: TYPE.A }],
        },
        {
          from: 3,
          to: 4,
          deleted: [{ type: TYPE.SOA }],
          added: [{ type: TYPE.SOA }, { type: TYPE.A }, { type: TYPE.A }],
        },
      ],
    });
  });

  test.each([1, 100])('is the whole zone, cut into messages of %i records', (each) => {
    const receiver = new TransferReceiver(origin, 'a transfer', 2);
    const messages = reply([soa(4), '@ 60 NS ns', 'a 60 A 192.0.2.1', soa(4)], each);
    expect(messages.map((message) => receiver.take(message)).at(-1)).toBe(true);
    expect(recordsOfWhole(receiver).length).toBe(3);
  });

  test('with a record that cannot be in the zone is refused when that comes, and one without servers at the end', () => {
    const [first, second] = reply([soa(4), 'a 60 CNAME b', 'a 60 A 192.0.2.1', soa(4)], 2);
    const receiver = new TransferReceiver(origin, 'the transfer', 2);
    expect(receiver.take(first!)).toBe(false);
    expect(() => receiver.take(second!)).toThrow(/^the transfer:3: a\.example\. has a CNAME record and also A/);
    const headless = new TransferReceiver(origin, 'the transfer', 2);
    expect(headless.take(reply([soa(4), 'a 60 A 192.0.2.1', soa(4)])[0]!)).toBe(true);
    expect(() => headless.finish()).toThrow('no NS record');
  });

  test('is one SOA record where nothing is newer', () => {
    const receiver = new TransferReceiver(origin, 'a transfer', 4);
    expect(receiver.take(reply([soa(4)])[0]!)).toBe(true);
    expect(receiver.finish()).toEqual({ kind: 'unchanged' });
  });

  test('with a tail, or refused, is an error', () => {
    expect(() =>
      new TransferReceiver(origin, 'a transfer', 2).take(reply([...differences, 'e 60 A 192.0.2.1'])[0]!),
    ).toThrow(TransferError);
    expect(() =>
      new TransferReceiver(origin, 'a transfer', 2).take(responseTo(query, { rcode: RCODE.NOTIMP })),
    ).toThrow('NOTIMP');
  });
});

test('records that are long go in messages that may be sent: none is cut off', () => {
  const long = `"${'x'.repeat(250)}" `.repeat(100);
  const texts = Array.from({ length: 12 }, (_, at) => `t${at} TXT ${long}`).join('\n');
  const big = zoneOf('example.', `${APEX}${texts}\n`);
  const messages = [...transferMessages(query, { zone: big, differences: null })];
  for (const message of messages) expect(decodeMessage(encodeMessage(message))).toMatchObject({ tc: false });
  expect(messages.flatMap(({ answer }) => answer).length).toBe(16);
});
