import { describe, expect, test } from 'vitest';
import { type Message, queryFor, responseTo } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { CLASS, parseType, RCODE } from '#shared/dns/registry.ts';
import { record } from '#shared/dns/test/records.ts';
import { readReply } from '../../src/protocol/upstream-reply.ts';

/** What a server of `zone` means by a reply to `question`. */
function read(zone: string, question: string, reply: Partial<Message>) {
  const [qname, qtype] = question.split(' ');
  const asked = { qname: parseName(qname!), qtype: parseType(qtype!), qclass: CLASS.IN };
  const message = responseTo(queryFor(asked, { id: 1, rd: false, edns: null }), reply);
  return readReply(message, { zone: parseName(zone), ...asked });
}

const lines = (...texts: string[]) => texts.map(record);

describe('a reply', () => {
  test('with the data is an answer, in the letters of the question', () => {
    const reply = { aa: true, answer: lines('WWW.cnn.com. 60 A 192.0.2.1') };
    expect(read('cnn.com.', 'www.cnn.com. A', reply)).toMatchObject({
      kind: 'answer',
      rrset: [{ owner: ['www', 'cnn', 'com'] }],
    });
  });

  test('with an alias leads on; what the server says of the other name is not believed', () => {
    const reply = { aa: true, answer: lines('www.cnn.com. 60 CNAME bank.com.', 'bank.com. 60 A 6.6.6.6') };
    expect(read('cnn.com.', 'www.cnn.com. A', reply)).toMatchObject({
      kind: 'alias',
      target: ['bank', 'com'],
      rrset: { length: 1 },
    });
  });

  test('with servers of a zone below is a referral, with the glue that its zone may give', () => {
    const reply = {
      authority: lines('cnn.com. 60 NS ns.cnn.com.', 'cnn.com. 60 NS ns.other.net.'),
      additional: lines('ns.cnn.com. 60 A 192.0.2.1', 'ns.other.net. 60 A 6.6.6.6', 'bank.com. 60 A 6.6.6.6'),
    };
    const referral = read('com.', 'www.cnn.com. A', reply);
    expect(referral).toMatchObject({
      kind: 'referral',
      zone: ['cnn', 'com'],
      ns: { length: 2 },
      glue: [{ rdata: { address: '192.0.2.1' } }],
    });
    expect(referral.because).toBe('com says: cnn.com is served by ns.cnn.com and ns.other.net');
  });

  test('of an authority with SOA and no data is negative', () => {
    const authority = lines('cnn.com. 60 SOA ns.cnn.com. h.cnn.com. 1 1 1 1 1');
    expect(read('cnn.com.', 'x.cnn.com. A', { aa: true, authority })).toMatchObject({
      kind: 'no-data',
      soa: { ttl: 60 },
    });
    const nameError = { aa: true, rcode: RCODE.NXDOMAIN, authority };
    expect(read('cnn.com.', 'x.cnn.com. A', nameError)).toMatchObject({ kind: 'name-error', soa: { ttl: 60 } });
    expect(read('cnn.com.', 'x.cnn.com. A', { ...nameError, authority: [] })).toMatchObject({
      kind: 'name-error',
      soa: undefined,
    });
  });

  test.each<[string, string, Partial<Message>]>([
    ['refuses', 'cnn.com.', { rcode: RCODE.REFUSED }],
    ['fails', 'cnn.com.', { rcode: RCODE.SERVFAIL }],
    ['answers without authority', 'cnn.com.', { answer: lines('www.cnn.com. 60 A 6.6.6.6') }],
    ['says nothing', 'cnn.com.', {}],
    ['refers upward', 'cnn.com.', { authority: lines('. 60 NS a.root-servers.net.') }],
    ['refers to itself', 'cnn.com.', { authority: lines('cnn.com. 60 NS ns.cnn.com.') }],
    ['refers aside', 'com.', { authority: lines('bank.com. 60 NS ns.bank.com.') }],
    ['answers for another name', 'cnn.com.', { aa: false, answer: lines('bank.com. 60 A 6.6.6.6') }],
    ['says that a name does not exist without authority', 'cnn.com.', { rcode: RCODE.NXDOMAIN }],
  ])('of a server that %s is of no use', (_name, zone, reply) => {
    expect(read(zone, 'www.cnn.com. A', reply)).toMatchObject({ kind: 'lame' });
  });

  test('with records without end is cut', () => {
    const answer = Array.from({ length: 1_000 }, (_, at) => record(`www.cnn.com. 60 A 192.0.${at >> 8}.${at & 255}`));
    expect(read('cnn.com.', 'www.cnn.com. A', { aa: true, answer })).toMatchObject({
      kind: 'answer',
      rrset: { length: 100 },
    });
  });
});
