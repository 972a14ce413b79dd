import { expect, test } from 'vitest';
import { type Message, queryFor, responseTo } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { CLASS, RCODE, TYPE } from '#shared/dns/registry.ts';
import { record } from '#shared/dns/test/records.ts';
import { readWholeAnswer } from '../../src/protocol/whole-answer.ts';

/** What a server that is believed in everything means by a reply about www.old.com A. */
function read(reply: Partial<Message>) {
  const asked = { qname: parseName('www.old.com.'), qtype: TYPE.A, qclass: CLASS.IN };
  const message = responseTo(queryFor(asked, { id: 1, rd: true, edns: null }), reply);
  return readWholeAnswer(message, { zone: [], ...asked });
}

const lines = (...texts: string[]) => texts.map(record);

test('DNAME records and the aliases that follow from them come in the letters of the question', () => {
  const answer = lines(
    'OLD.com. 60 DNAME new.org.',
    'wWw.OLD.com. 60 CNAME wWw.new.org.',
    'new.org. 60 DNAME newer.net.',
    'wWw.new.org. 60 CNAME wWw.newer.net.',
    'wWw.newer.net. 60 A 192.0.2.1',
  );
  const found = read({ answer });
  if (found.kind !== 'answer') throw new Error(found.kind);
  expect(found.rrset.map(formatRecord)).toEqual([
    'old.com. 60 IN DNAME new.org.',
    'www.old.com. 60 IN CNAME www.new.org.',
    'new.org. 60 IN DNAME newer.net.',
    'www.new.org. 60 IN CNAME www.newer.net.',
    'www.newer.net. 60 IN A 192.0.2.1',
  ]);
});

test('YXDOMAIN with a DNAME record is that a name would grow too long; without one it is of no use', () => {
  const dname = lines('old.com. 60 DNAME new.org.');
  expect(read({ rcode: RCODE.YXDOMAIN, answer: dname })).toMatchObject({ kind: 'name-too-long', rrset: { length: 1 } });
  expect(read({ rcode: RCODE.YXDOMAIN }).kind).toBe('lame');
});

test('aliases that end at a name that does not exist keep their DNAME record', () => {
  const answer = lines('old.com. 60 DNAME new.org.', 'www.old.com. 60 CNAME www.new.org.');
  const authority = lines('new.org. 60 SOA a. b. 1 1 1 1 60');
  expect(read({ rcode: RCODE.NXDOMAIN, answer, authority })).toMatchObject({
    kind: 'name-error',
    aliases: { length: 2 },
  });
});
