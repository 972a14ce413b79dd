import { createSocket } from 'node:dgram';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { type Edns, type EdnsOption, ednsWith, type Message, queryFor } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { classOf, formatOpcode, formatRcode, parseType } from '#shared/dns/registry.ts';
import { encodeFrame, FrameReader } from '#shared/dns/stream.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';

/**
 * What any authoritative server of the field does (shared/checks, behaviours 1 to 40 and 46), by real sockets and real octets.
 * `npm run compare -- dns` asks NSD and BIND the same, and more.
 */

const LONG = ['a', 'b', 'c'].map((letter) => letter.repeat(60)).join('.');
const ZONES: Readonly<Record<string, string>> = {
  example: `$TTL 3600
@ SOA ns hostmaster 1 3600 900 604800 300
@ NS ns
@ MX 10 mail
ns A 192.0.2.53
mail A 192.0.2.25
www A 192.0.2.80
a.b.ent TXT deep
*.wild A 192.0.2.2
exact.wild TXT beside
one CNAME two
two CNAME www
missing CNAME nowhere
away CNAME www.other.
loop CNAME pool
pool CNAME loop
sub NS ns.sub
sub NS ns.elsewhere.
ns.sub A 192.0.2.3
safe NS ns.elsewhere.
safe DS 12345 13 2 AB
sibling NS ns.sub
tree DNAME forest
oak.forest A 192.0.2.5
far DNAME ${LONG}
odd TYPE65280 \\# 2 ABCD
${Array.from({ length: 40 }, (_, at) => `big A 198.51.100.${at}`).join('\n')}
${Array.from({ length: 90 }, (_, at) => `huge A 203.0.113.${at}`).join('\n')}
${Array.from({ length: 13 }, (_, at) => `inside NS server-${at}.inside\nserver-${at}.inside A 198.51.100.${at}`).join('\n')}
${Array.from({ length: 13 }, (_, at) => `beside NS server-${at}.inside`).join('\n')}
child NS ns.child
ns.child A 192.0.2.33
`,
  'child.example': '$TTL 3600\n@ SOA ns hostmaster 7 3600 900 604800 300\n@ NS ns\nns A 192.0.2.33\nwww A 192.0.2.34\n',
};
const SOA = 'example. 300 IN SOA ns.example. hostmaster.example. 1 3600 900 604800 300';

let host: TestHost;
let running: Running;

beforeAll(async () => {
  host = createTestHost({ name: 'behaviours', suffix: '74.1' });
  mkdirSync(join(host.dir, 'zones'));
  for (const [zone, text] of Object.entries(ZONES)) writeFileSync(join(host.dir, `zones/${zone}.zone`), text);
  running = await startOn(program, host, { ROTATE_ANSWERS: 'false' });
});

afterAll(async () => {
  await running.stop();
  await host.remove();
});

/** A query from `NAME [CLASS] TYPE`: no EDNS and no RD unless given. */
function queryOf(question: string, given: Partial<Message> = {}): Uint8Array {
  const words = question.split(' ');
  const [qname, qtype, qclass] = [parseName(words[0]!), parseType(words.at(-1)!), classOf(words.at(-2)!) ?? 1];
  const query = queryFor({ qname, qtype, qclass }, { id: 0x4711, rd: false, edns: null });
  return encodeMessage({ ...query, ...given });
}

function edns(given: Partial<Edns> = {}, options: readonly EdnsOption[] = []): Partial<Message> {
  return { edns: { ...ednsWith(options), ...given } };
}

function overUdp(octets: Uint8Array): Promise<Uint8Array> {
  const socket = createSocket('udp4');
  return new Promise<Uint8Array>((resolve, reject) => {
    socket.once('message', resolve);
    socket.once('error', reject);
    socket.send(octets, 53, host.address);
  }).finally(() => socket.close());
}

/** Sends `messages` in one write and takes as many replies. */
function overTcp(messages: readonly Uint8Array[], count = messages.length): Promise<Uint8Array[]> {
  const replies: Uint8Array[] = [];
  const frames = new FrameReader();
  return new Promise((resolve, reject) => {
    const socket = connect({ host: host.address, port: 53 }, () =>
      socket.write(Buffer.concat(messages.map(encodeFrame))),
    );
    socket.on('error', reject);
    socket.on('close', () => resolve(replies));
    socket.on('data', (octets: Buffer) => {
      replies.push(...frames.push(octets));
      if (replies.length >= count) socket.end();
    });
  });
}

async function replyTo(question: string, given: Partial<Message> = {}): Promise<Message> {
  return decodeMessage(await overUdp(queryOf(question, given)));
}

/** A reply as lines: what dig shows of it. */
function linesOf(reply: Message): string[] {
  const flags = (['aa', 'tc', 'rd', 'ra', 'ad', 'cd'] as const).filter((flag) => reply[flag]);
  const section = (mark: string, records: Message['answer']) =>
    records.map((record) => `${mark} ${formatRecord(record)}`);
  return [
    [formatRcode(reply.rcode), ...flags].join(' '),
    ...section('AN', reply.answer),
    ...section('AU', reply.authority),
    ...section('AD', reply.additional),
  ];
}

const REFERRAL = [
  'NOERROR',
  'AU sub.example. 3600 IN NS ns.sub.example.',
  'AU sub.example. 3600 IN NS ns.elsewhere.',
  'AD ns.sub.example. 3600 IN A 192.0.2.3',
];
const NO_DATA = ['NOERROR aa', `AU ${SOA}`];
const NAME_ERROR = ['NXDOMAIN aa', `AU ${SOA}`];
const W63 = 'w'.repeat(63);

const ANSWERS: readonly (readonly [behaviour: string, question: string, reply: readonly string[]])[] = [
  ['1: an address that is there', 'www.example A', ['NOERROR aa', 'AN www.example. 3600 IN A 192.0.2.80']],
  ['2: a question in mixed case', 'wWw.EXAMPLE A', ['NOERROR aa', 'AN wWw.EXAMPLE. 3600 IN A 192.0.2.80']],
  ['3: a type that the name does not have', 'www.example TXT', NO_DATA],
  ['4: a name that does not exist, its SOA with the smaller of TTL and MINIMUM', 'nope.example A', NAME_ERROR],
  ['5: an empty non-terminal has no data', 'b.ent.example A', NO_DATA],
  ['6: a name beside what is below an empty non-terminal', 'x.ent.example A', NAME_ERROR],
  [
    '7: a wildcard answers in the name asked for',
    'x.y.wild.example A',
    ['NOERROR aa', 'AN x.y.wild.example. 3600 IN A 192.0.2.2'],
  ],
  ['8: a name beside a wildcard has its own types only', 'exact.wild.example A', NO_DATA],
  ['9: a name below one beside a wildcard', 'x.exact.wild.example A', NAME_ERROR],
  ['10: a wildcard without the type', 'x.wild.example MX', NO_DATA],
  [
    '11: a chain of aliases with its target',
    'one.example A',
    [
      'NOERROR aa',
      'AN one.example. 3600 IN CNAME two.example.',
      'AN two.example. 3600 IN CNAME www.example.',
      'AN www.example. 3600 IN A 192.0.2.80',
    ],
  ],
  ['12: the alias itself', 'one.example CNAME', ['NOERROR aa', 'AN one.example. 3600 IN CNAME two.example.']],
  [
    '13: an alias of a name that does not exist',
    'missing.example A',
    ['NXDOMAIN aa', 'AN missing.example. 3600 IN CNAME nowhere.example.', `AU ${SOA}`],
  ],
  ['14: an alias out of the zone', 'away.example A', ['NOERROR aa', 'AN away.example. 3600 IN CNAME www.other.']],
  [
    '15: a loop of aliases: each link once',
    'loop.example A',
    ['NOERROR aa', 'AN loop.example. 3600 IN CNAME pool.example.', 'AN pool.example. 3600 IN CNAME loop.example.'],
  ],
  ['16: a referral with glue, without authority', 'host.sub.example A', REFERRAL],
  [
    '17: a server whose address is not here brings no glue',
    'x.safe.example A',
    ['NOERROR', 'AU safe.example. 3600 IN NS ns.elsewhere.'],
  ],
  [
    '17: the address of a server in a sibling zone goes along (RFC 9471, section 3.2)',
    'x.sibling.example A',
    ['NOERROR', 'AU sibling.example. 3600 IN NS ns.sub.example.', 'AD ns.sub.example. 3600 IN A 192.0.2.3'],
  ],
  ['18: the NS records of a cut, asked of the parent', 'sub.example NS', REFERRAL],
  [
    '19: the DS record of a cut is answered by the parent',
    'safe.example DS',
    ['NOERROR aa', 'AN safe.example. 3600 IN DS 12345 13 2 AB'],
  ],
  ['19: a cut without DS', 'sub.example DS', NO_DATA],
  ['19: the parent answers for DS also where the child is served beside it', 'child.example DS', NO_DATA],
  ['20: the name of a glue record is referred', 'ns.sub.example A', REFERRAL],
  [
    '21: a DNAME, its CNAME and the target',
    'oak.tree.example A',
    [
      'NOERROR aa',
      'AN tree.example. 3600 IN DNAME forest.example.',
      'AN oak.tree.example. 3600 IN CNAME oak.forest.example.',
      'AN oak.forest.example. 3600 IN A 192.0.2.5',
    ],
  ],
  [
    '21: the CNAME of a DNAME is all of the answer to who asks for it',
    'oak.tree.example CNAME',
    [
      'NOERROR aa',
      'AN tree.example. 3600 IN DNAME forest.example.',
      'AN oak.tree.example. 3600 IN CNAME oak.forest.example.',
    ],
  ],
  [
    '21: a DNAME that makes the name too long',
    `${W63}.far.example A`,
    ['YXDOMAIN aa', `AN far.example. 3600 IN DNAME ${LONG}.example.`],
  ],
  [
    '22: ANY gets one RRset',
    'example ANY',
    ['NOERROR aa', 'AN example. 3600 IN SOA ns.example. hostmaster.example. 1 3600 900 604800 300'],
  ],
  ['23: a name of nobody here', 'www.elsewhere A', ['REFUSED']],
  ["24: the version in class CH is nobody's business", 'version.bind CH TXT', ['REFUSED']],
  ['25: an unknown type', 'odd.example TYPE65280', ['NOERROR aa', 'AN odd.example. 3600 IN TYPE65280 \\# 2 ABCD']],
  ['39: class HS', 'www.example HS A', ['REFUSED']],
  [
    '39: class ANY, in which nobody has authority',
    'www.example ANY A',
    ['NOERROR', 'AN www.example. 3600 IN A 192.0.2.80'],
  ],
  [
    'a child zone that is served beside its parent is answered from itself',
    'www.child.example A',
    ['NOERROR aa', 'AN www.child.example. 3600 IN A 192.0.2.34'],
  ],
];

describe('what is answered', () => {
  test.each(ANSWERS)('behaviour %s: %s', async (_behaviour, question, reply) => {
    const got = await replyTo(question);
    expect(linesOf(got).sort()).toEqual([...reply].sort());
    expect(got).toMatchObject({ id: 0x4711, qr: true, edns: null });
  });

  test('behaviour 2: the question comes back octet for octet, whatever its case', async () => {
    const query = queryOf('wWw.eXaMpLe A');
    const reply = await overUdp(query);
    expect(reply.subarray(12, query.length)).toEqual(Buffer.from(query.subarray(12)));
  });

  test('behaviour 40: RD and CD are copied, RA and AD are not set', async () => {
    expect(await replyTo('www.example A', { rd: true, cd: true, ad: true, ra: true })).toMatchObject({
      ...{ rd: true, cd: true, ra: false, ad: false, aa: true },
    });
    expect(await replyTo('www.example A')).toMatchObject({ rd: false, ra: false });
    expect(await replyTo('www.elsewhere A', { rd: true })).toMatchObject({ rd: true, ra: false, aa: false });
  });
});

describe('sizes', () => {
  const whole = 12 + 17 + 40 * 16;

  test('behaviour 26: more than 512 octets without EDNS: TC, whole RRsets only, and no OPT', async () => {
    const octets = await overUdp(queryOf('big.example A'));
    expect(octets.length).toBeLessThanOrEqual(512);
    expect(decodeMessage(octets)).toMatchObject({ tc: true, aa: true, answer: [], edns: null });
  });

  test('behaviour 27: a payload size of 512: TC and OPT', async () => {
    const octets = await overUdp(queryOf('big.example A', edns({ udpPayloadSize: 512 })));
    expect(octets.length).toBeLessThanOrEqual(512);
    expect(decodeMessage(octets)).toMatchObject({ tc: true, answer: [], edns: { version: 0, options: [] } });
  });

  test.each([0, 100, 511])('behaviour 27: a payload size of %i counts as 512', async (udpPayloadSize) => {
    expect(await replyTo('big.example A', edns({ udpPayloadSize }))).toMatchObject({ tc: true, answer: [] });
    expect((await replyTo('www.example A', edns({ udpPayloadSize }))).answer.length).toBe(1);
  });

  test.each([700, 1232, 4096, 65_535])('behaviour 28: a payload size of %i: all of it', async (udpPayloadSize) => {
    const octets = await overUdp(queryOf('big.example A', edns({ udpPayloadSize })));
    expect(octets.length).toBe(whole + 11);
    expect(decodeMessage(octets)).toMatchObject({ tc: false, edns: { udpPayloadSize: 1232 } });
    expect(decodeMessage(octets).answer.length).toBe(40);
  });

  test('behaviour 28: never more than 1232 octets over UDP, whatever the asker takes', async () => {
    const octets = await overUdp(queryOf('huge.example A', edns({ udpPayloadSize: 65_535 })));
    expect(octets.length).toBeLessThanOrEqual(1232);
    expect(decodeMessage(octets)).toMatchObject({ tc: true, answer: [], edns: { version: 0 } });
  });

  test('behaviour 16: a referral that has no room for the glue of servers inside is truncated (RFC 9471, section 3.1)', async () => {
    const reply = await replyTo('x.inside.example A');
    expect(reply).toMatchObject({ tc: true, aa: false });
    expect(reply.authority.length).toBe(13);
  });

  test('behaviour 17: one that has no room for other addresses is not (RFC 9471, section 3.2)', async () => {
    const reply = await replyTo('x.beside.example A');
    expect(reply).toMatchObject({ tc: false, aa: false });
    expect(reply.authority.length).toBe(13);
    expect(reply.additional.length).toBeGreaterThan(0);
    expect(reply.additional.length).toBeLessThan(13);
  });

  test('behaviour 29: over TCP all of it, with and without EDNS', async () => {
    const [plain, small] = await overTcp([
      queryOf('huge.example A'),
      queryOf('huge.example A', edns({ udpPayloadSize: 512 })),
    ]);
    for (const reply of [plain!, small!].map(decodeMessage)) {
      expect(reply.tc).toBe(false);
      expect(reply.answer.length).toBe(90);
    }
  });
});

describe('EDNS', () => {
  test.each(['www.example A', 'nope.example A', 'www.elsewhere A'])(
    'behaviour 30: version 1: BADVERS, nothing else, and our version: %s',
    async (question) => {
      const reply = await replyTo(question, edns({ version: 1, dnssecOk: true }));
      expect(linesOf(reply)).toEqual(['BADVERS']);
      expect(reply.edns).toMatchObject({ version: 0, options: [] });
    },
  );

  test('behaviour 31: an option that is not known is ignored, and does not come back', async () => {
    const option = { code: 65_001, data: Uint8Array.from([1, 2, 3]) };
    const reply = await replyTo('www.example A', edns({}, [option]));
    expect(linesOf(reply)).toEqual(['NOERROR aa', 'AN www.example. 3600 IN A 192.0.2.80']);
    expect(reply.edns).toEqual({ udpPayloadSize: 1232, version: 0, dnssecOk: false, options: [] });
  });

  test('behaviour 31: DO comes back as it went (RFC 3225, section 3), and no EDNS brings no EDNS', async () => {
    expect((await replyTo('www.example A', edns({ dnssecOk: true }))).edns).toMatchObject({ dnssecOk: true });
    expect((await replyTo('www.example A')).edns).toBeNull();
  });
});

describe('what is not answered', () => {
  test.each([1, 2, 3, 6, 7, 15])(
    'behaviours 32 and 36: opcode %i is NOTIMP, and its octets are not repeated',
    async (opcode) => {
      const reply = await replyTo('www.example A', { opcode });
      expect([formatOpcode(reply.opcode), linesOf(reply), reply.question]).toEqual([
        formatOpcode(opcode),
        ['NOTIMP'],
        [],
      ]);
    },
  );

  test('behaviour 32: what follows the header of an unknown opcode is not looked at', async () => {
    const octets = Uint8Array.from([...queryOf('www.example A', { opcode: 3 }), 0xff, 0xff]);
    expect(linesOf(decodeMessage(await overUdp(octets)))).toEqual(['NOTIMP']);
  });

  test('behaviour 34: a transfer over UDP is refused, of a zone that is not here NOTAUTH', async () => {
    expect(linesOf(await replyTo('example AXFR'))).toEqual(['REFUSED']);
    expect(linesOf(await replyTo('elsewhere AXFR'))).toEqual(['NOTAUTH']);
  });

  test('behaviour 35: a transfer over TCP begins and ends with the SOA record, and has all records once', async () => {
    const [octets] = await overTcp([queryOf('child.example AXFR')]);
    const lines = decodeMessage(octets!).answer.map(formatRecord);
    const soa = 'child.example. 3600 IN SOA ns.child.example. hostmaster.child.example. 7 3600 900 604800 300';
    expect([lines[0], lines.at(-1)]).toEqual([soa, soa]);
    expect(lines.slice(1, -1).sort()).toEqual([
      'child.example. 3600 IN NS ns.child.example.',
      'ns.child.example. 3600 IN A 192.0.2.33',
      'www.child.example. 3600 IN A 192.0.2.34',
    ]);
  });

  test('behaviour 36: the inverse query of old, an answer without a question, is NOTIMP', async () => {
    const [header, answer] = ['471108000000000100000000', '00000100010000000000 04c0000201'.replace(' ', '')];
    expect(linesOf(decodeMessage(await overUdp(Buffer.from(header + answer, 'hex'))))).toEqual(['NOTIMP']);
  });

  test.each([0, 2, 3])('behaviour 37: %i questions are FORMERR (RFC 9619)', async (count) => {
    const { question } = decodeMessage(queryOf('www.example A'));
    const reply = await replyTo('www.example A', { question: Array.from({ length: count }, () => question[0]!) });
    expect([linesOf(reply), reply.question]).toEqual([['FORMERR'], []]);
  });

  test('behaviour 38: a question for OPT is FORMERR, for other types of messages NOTIMP', async () => {
    expect(linesOf(await replyTo('www.example OPT'))).toEqual(['FORMERR']);
    expect(linesOf(await replyTo('www.example TSIG'))).toEqual(['NOTIMP']);
    expect(linesOf(await replyTo('www.example MAILB'))).toEqual(['NOTIMP']);
  });
});

test('behaviour 46: queries sent together over one connection are all answered, matched by their ids (RFC 7766)', async () => {
  const names = Array.from({ length: 200 }, (_, at) => `x${at}.wild.example A`);
  const queries = names.map((question, id) => queryOf(question, { id: 1000 + id }));
  const replies = (await overTcp(queries)).map(decodeMessage);
  expect(new Set(replies.map(({ id }) => id)).size).toBe(200);
  for (const { id, answer } of replies) expect(answer[0]?.owner[0]).toBe(`x${id - 1000}`);
});
