import { expect, test } from 'vitest';
import { decodeMessage } from '../decode-message.ts';
import { encodeMessage } from '../encode-message.ts';
import { ednsWith, type Message, queryFor, responseTo } from '../message.ts';
import { padded } from '../padding.ts';
import { record } from './records.ts';

const PADDING = { code: 12, data: new Uint8Array(3) };
const QUESTION = { qname: ['www'], qtype: 1, qclass: 1 };
const asking = (edns: Message['edns']) => queryFor(QUESTION, { id: 1, rd: true, edns });

const records = (count: number) => Array.from({ length: count }, (_, at) => record(`www. 1 A 192.0.2.${at % 256}`));

test.each([
  [1, 468],
  [30, 936],
  [100, 1872],
])('a response with %i records has %i octets, a whole number of blocks (RFC 8467, section 4.1)', (count, octets) => {
  const query = asking(ednsWith([PADDING]));
  const response = padded(responseTo(query, { answer: records(count) }), query);
  const encoded = encodeMessage(response);

  expect(encoded.length).toBe(octets);
  const { answer, edns } = decodeMessage(encoded);
  expect(answer.length).toBe(count);
  expect(edns?.options.map(({ code }) => code)).toEqual([12]);
  expect(edns?.options[0]?.data.every((octet) => octet === 0)).toBe(true);
});

test('who does not pad gets no padding', () => {
  for (const query of [asking(null), asking(ednsWith([{ code: 10, data: new Uint8Array(8) }]))]) {
    const response = responseTo(query, { answer: records(1) });
    expect(padded(response, query)).toBe(response);
  }
});

test('a response that has no room for a whole block, or for any padding, is still complete', () => {
  const query = asking(ednsWith([PADDING]));
  for (const answer of [records(4_093), [...records(4_093), record('www. 1 TXT ""')]]) {
    const encoded = encodeMessage(padded(responseTo(query, { answer }), query));
    expect(encoded.length).toBeLessThanOrEqual(65_535);
    expect(decodeMessage(encoded)).toMatchObject({ tc: false, answer: { length: answer.length } });
  }
});
