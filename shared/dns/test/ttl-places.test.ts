import { expect, test } from 'vitest';
import { decodeMessage } from '../decode-message.ts';
import { encodeMessage } from '../encode-message.ts';
import { ednsWith, queryFor, responseTo } from '../message.ts';
import { ttlPlaces } from '../ttl-places.ts';
import { record } from './records.ts';

test('the places of the TTLs are those of all records in their order, compressed names and OPT notwithstanding', () => {
  const question = { qname: ['www', 'example'], qtype: 1, qclass: 1 };
  const octets = encodeMessage(
    responseTo(queryFor(question, { id: 1, rd: true, edns: ednsWith() }), {
      answer: ['www.example. 11 CNAME a.example.', 'a.example. 12 A 192.0.2.1'].map(record),
      authority: [record('example. 13 SOA ns.example. host.example. 1 2 3 4 5')],
      additional: [record('. 14 TXT "x"')],
    }),
  );
  const places = ttlPlaces(octets);
  const view = new DataView(octets.buffer, octets.byteOffset);
  expect(places.map((place) => view.getUint32(place))).toEqual([11, 12, 13, 14]);
  for (const [at, place] of places.entries()) view.setUint32(place, 100 + at);
  const { answer, authority, additional } = decodeMessage(octets);
  expect([...answer, ...authority, ...additional].map(({ ttl }) => ttl)).toEqual([100, 101, 102, 103]);
});

test('a message without records has none', () => {
  const question = { qname: [], qtype: 2, qclass: 1 };
  expect(ttlPlaces(encodeMessage(queryFor(question, { id: 1, rd: true, edns: ednsWith() })))).toEqual([]);
});
