import { expect, test } from 'vitest';
import { type Message, queryFor, responseTo } from '#shared/dns/message.ts';
import { parseRdata } from '#shared/dns/rdata-text.ts';
import { CLASS, RCODE, TYPE } from '#shared/dns/registry.ts';
import { hasOneSerial, judgeServer } from '../../src/protocol/server-check.ts';

const NAME = 'networkutopia.com';
const server = { name: 'dns1.networkutopia.com', address: '10.53.3.1' };
const qname = ['NetworkUtopia', 'com'];
const query = queryFor({ qname, qtype: TYPE.SOA, qclass: CLASS.IN }, { id: 1, rd: false, edns: null });

function soa(owner: readonly string[]) {
  const rdata = parseRdata(TYPE.SOA, CLASS.IN, { words: 'a. b. 42 1 1 1 1'.split(' '), origin: [] });
  return { owner, type: TYPE.SOA, class: CLASS.IN, ttl: 60, rdata };
}

test.each<[string, Partial<Message>, string, number | null]>([
  ['the SOA record with authority', { aa: true, answer: [soa(qname)] }, 'serves', 42],
  ['the SOA record without authority, as a resolver does', { answer: [soa(qname)] }, 'noAuthority', null],
  ['a referral', { authority: [soa(['com'])] }, 'noAuthority', null],
  ['the SOA record of the zone above', { aa: true, authority: [soa(['com'])] }, 'noSoa', null],
  ['REFUSED', { rcode: RCODE.REFUSED }, 'refused', null],
  ['SERVFAIL: its copy of the zone has expired', { rcode: RCODE.SERVFAIL }, 'failed', null],
  ['NXDOMAIN', { aa: true, rcode: RCODE.NXDOMAIN }, 'failed', null],
])('a server that answers with %s', (_what, given, finding, serial) => {
  expect(judgeServer(NAME, server, responseTo(query, given))).toMatchObject({ ...server, finding, serial });
});

test('serials are compared among the servers that serve', () => {
  const of = (serial: number | null) =>
    ({ ...server, finding: serial === null ? 'silent' : 'serves', serial, detail: '' }) as const;
  expect(hasOneSerial([of(1), of(1)])).toBe(true);
  expect(hasOneSerial([of(1), of(null)])).toBe(true);
  expect(hasOneSerial([of(1), of(2)])).toBe(false);
});
