import { expect, test } from 'vitest';
import { type Message, queryFor } from '#shared/dns/message.ts';
import { isSameName, nameKey } from '#shared/dns/name.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { CLASS, OPCODE, RCODE, TYPE } from '#shared/dns/registry.ts';
import { notifyMessage } from '../../src/protocol/notify.ts';
import { type Knowledge, respond } from '../../src/protocol/respond.ts';
import { Rotation } from '../../src/protocol/rotation.ts';
import { Rights } from '../../src/protocol/update-policy.ts';
import { APEX, zoneOf } from '../zones.ts';

const PRIMARY = '192.0.2.53';
const copied = zoneOf('example.', APEX);
const own = zoneOf('own.', APEX);
const newer = zoneOf('example.', APEX.replace(' 1 3600', ' 2 3600'));
const awaited = parseName('awaited.');

const knowledge: Knowledge = {
  zones: new Map([copied, own].map((zone) => [nameKey(zone.origin), zone])),
  primaryOf: (origin) => ([copied.origin, awaited].some((zone) => isSameName(zone, origin)) ? PRIMARY : undefined),
  historyOf: () => undefined,
  rightsOf: (zone, key) => new Rights([], zone, key),
};

function notifyOf(name: string, change: Partial<Message> = {}): Message {
  const question = { qname: parseName(name), qtype: TYPE.SOA, qclass: CLASS.IN };
  return { ...queryFor(question, { id: 7, rd: false, edns: null }), opcode: OPCODE.NOTIFY, aa: true, ...change };
}

function reactionTo(query: Message, client = PRIMARY) {
  const asked = { query, fault: null, transport: 'udp', client, mayTransfer: true, key: null, sealOctets: 0 } as const;
  return respond(knowledge, new Rotation(), asked);
}

test('the primary gets its request back with QR and AA (RFC 1996, section 4.7)', () => {
  const reaction = reactionTo(notifyMessage(newer, { id: 7, edns: null }));
  expect(reaction).toMatchObject({ kind: 'notify', origin: ['example'], serial: 2 });
  expect(reaction).toMatchObject({
    response: {
      id: 7,
      qr: true,
      opcode: OPCODE.NOTIFY,
      aa: true,
      rcode: 0,
      question: [{ qtype: TYPE.SOA }],
      answer: [],
    },
    because: 'the primary of example. announces a change: it is asked at once for its serial',
  });
});

test('a serial that is here already is said to be so', () => {
  expect(reactionTo(notifyMessage(copied, { id: 7, edns: null })).because).toMatch(/serial 1, which is here already/);
});

test('a NOTIFY without a hint, one with the SOA record of another name, and one for a zone that is awaited are taken', () => {
  expect(reactionTo(notifyOf('EXAMPLE.'))).toMatchObject({ kind: 'notify', serial: null });
  const strange = notifyMessage(own, { id: 7, edns: null }).answer;
  expect(reactionTo(notifyOf('example.', { answer: strange }))).toMatchObject({ kind: 'notify', serial: null });
  expect(reactionTo(notifyOf('awaited.'))).toMatchObject({ kind: 'notify', serial: null });
});

const refused: [name: string, query: Message, client: string, rcode: number, because: RegExp][] = [
  ['of a stranger', notifyOf('example.'), '192.0.2.66', RCODE.REFUSED, /192\.0\.2\.66 is not the primary of example\./],
  ['to the primary itself', notifyOf('own.'), PRIMARY, RCODE.REFUSED, /own\. comes from a file of this server/],
  ['of a zone that is not here', notifyOf('other.'), PRIMARY, RCODE.NOTAUTH, /other\. is no zone of this server/],
  ['of a name inside the zone', notifyOf('www.example.'), PRIMARY, RCODE.NOTAUTH, /is no zone of this server/],
  [
    'of another type',
    notifyOf('example.', { question: [{ qname: ['example'], qtype: TYPE.A, qclass: CLASS.IN }] }),
    PRIMARY,
    RCODE.NOTIMP,
    /not about A/,
  ],
  [
    'of another class',
    notifyOf('example.', { question: [{ qname: ['example'], qtype: TYPE.SOA, qclass: CLASS.CH }] }),
    PRIMARY,
    RCODE.NOTAUTH,
    /class CH/,
  ],
  ['without a question', notifyOf('example.', { question: [] }), PRIMARY, RCODE.FORMERR, /0 questions/],
];
test.each(refused)('behaviour 33: a NOTIFY %s is refused', (_name, query, client, rcode, because) => {
  const reaction = reactionTo(query, client);
  expect(reaction.kind).not.toBe('notify');
  expect(reaction).toMatchObject({
    response: { rcode, opcode: OPCODE.NOTIFY, aa: false },
    because: expect.stringMatching(because),
  });
});
