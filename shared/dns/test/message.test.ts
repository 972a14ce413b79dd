import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from '../../protocol-violation.ts';
import { decodeMessage } from '../decode-message.ts';
import { encodeMessage } from '../encode-message.ts';
import { ednsWith, type Message, queryFor, type ResourceRecord, responseTo } from '../message.ts';
import { parseName } from '../name-text.ts';
import { parseHex } from '../octets.ts';
import { CLASS, TYPE } from '../registry.ts';
import { record } from './records.ts';

/** Octets written with blanks between the fields and a remark after each line. */
function octets(annotated: string): Uint8Array {
  const hex = annotated.replace(/;.*$/gm, '').replace(/\s+/g, '');
  return parseHex(hex)!;
}

const QUERY = octets(`
  dead 0100                    ; id, RD
  0001 0000 0000 0000          ; one question
  03 777777 03 636e6e 03 636f6d 00   ; www.cnn.com
  0001 0001                    ; A, IN
`);

const RESPONSE = octets(`
  dead 8580                    ; id, QR AA RD RA
  0001 0002 0000 0001          ; one question, two answers, one additional record
  03 777777 03 636e6e 03 636f6d 00   ; 12: www.cnn.com
  0001 0001                    ; A, IN
  c00c 0005 0001 0000003c 0002 c010  ; www.cnn.com CNAME cnn.com
  c010 0001 0001 0000003c 0004 0a350a0b  ; cnn.com A 10.53.10.11
  00 0029 04d0 00 00 8000 0000       ; OPT: 1232 octets, version 0, DO
`);

test('DNS-48 a query and its response have one format, and one decoder reads both', () => {
  const query = decodeMessage(QUERY);
  const response = decodeMessage(RESPONSE);
  expect(query.question).toEqual(response.question);
  expect(Object.keys(query)).toEqual(Object.keys(response));
  expect([query.qr, response.qr]).toEqual([false, true]);
  expect(response.answer).toEqual([record('www.cnn.com. 60 CNAME cnn.com.'), record('cnn.com. 60 A 10.53.10.11')]);
  expect(response.edns).toEqual({ udpPayloadSize: 1232, version: 0, dnssecOk: true, options: [] });
});

test('DNS-49 the header is the first 12 octets: the question begins at offset 12', () => {
  expect(QUERY.subarray(12, 16)).toEqual(octets('03 777777'));
  const written = encodeMessage(decodeMessage(QUERY));
  expect(written).toEqual(QUERY);
});

test('DNS-55 the four counts of the header equal the entries of the four sections', () => {
  const view = new DataView(encodeMessage(decodeMessage(RESPONSE)).buffer);
  expect([4, 6, 8, 10].map((offset) => view.getUint16(offset))).toEqual([1, 2, 0, 1]);
});

test('DNS-56 the question section holds name, type and class', () => {
  expect(decodeMessage(QUERY).question).toEqual([
    { qname: parseName('www.cnn.com.'), qtype: TYPE.A, qclass: CLASS.IN },
  ]);
});

test('a written message is compressed as the reference bytes are', () => {
  expect(encodeMessage(decodeMessage(RESPONSE))).toEqual(RESPONSE);
});

describe('what is no message is refused, with the offset and the rule', () => {
  const header = 'dead 0100 0001 0000 0000 0000';
  const cases: [name: string, hex: string, message: RegExp][] = [
    ['a header that ends too early', 'dead 01', /ends too early/],
    ['a question that is counted but not there', header, /ends too early/],
    ['a pointer to itself', `${header} c00c 0001 0001`, /does not go backward/],
    ['a pointer that goes forward', `${header} c010 0001 0001 00`, /does not go backward/],
    ['a label of the reserved kind 01', `${header} 41 00 0001 0001`, /neither 00 nor 11/],
    ['octets after the last record', `${header} 00 0001 0001 ff`, /1 octets follow/],
    ['two OPT records', `dead 0100 0000 0000 0000 0002 ${'00 0029 0200 00000000 0000'.repeat(2)}`, /two OPT/],
    [
      'an OPT whose owner is not the root',
      'dead 0100 0000 0000 0000 0001 0161 00 0029 0200 00000000 0000',
      /owner of OPT/,
    ],
    [
      'an OPT in the answer section',
      'dead 0100 0000 0001 0000 0000 00 0029 0200 00000000 0000',
      /outside of the additional/,
    ],
    [
      'an address of five octets',
      'dead 0100 0000 0001 0000 0000 00 0001 0001 00000000 0005 0102030405',
      /1 octets follow/,
    ],
    ['an address of three octets', 'dead 0100 0000 0001 0000 0000 00 0001 0001 00000000 0003 010203', /ends too early/],
  ];
  test.each(cases)('%s', (_name, hex, message) => {
    expect(() => decodeMessage(octets(hex))).toThrow(message);
    expect(() => decodeMessage(octets(hex))).toThrow(ProtocolViolation);
  });

  test('arbitrary octets are a message or a ProtocolViolation', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (bytes, withCounts) => {
        const input = withCounts ? Uint8Array.from([0, 0, 0x80, 0, 0, 1, 0, 1, 0, 1, 0, 1, ...bytes]) : bytes;
        try {
          decodeMessage(input);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolation);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('a message cut or changed anywhere is a message or a ProtocolViolation', () => {
    for (let at = 0; at < RESPONSE.length; at += 1) {
      for (const octet of [0x00, 0x3f, 0x40, 0xc0, 0xff]) {
        const changed = Uint8Array.from(RESPONSE);
        changed[at] = octet;
        for (const input of [changed, RESPONSE.subarray(0, at)]) {
          try {
            decodeMessage(input);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolViolation);
          }
        }
      }
    }
  });
});

describe('records of every kind', () => {
  const lines = [
    'a.example. 1 A 192.0.2.1',
    'a.example. 1 AAAA 2001:db8::1:0:0:1',
    'a.example. 1 AAAA ::ffff:c000:201',
    'a.example. 1 NS ns.example.',
    'a.example. 1 CNAME b.example.',
    'a.example. 1 SOA ns.example. host.example. 4294967295 3600 900 604800 300',
    'a.example. 1 PTR b.example.',
    'a.example. 1 HINFO "PDP 11" "UNIX"',
    'a.example. 1 MINFO r.example. e.example.',
    'a.example. 1 MX 10 mail.example.',
    'a.example. 1 TXT "one" "" "\\"quoted\\" \\\\ \\000\\255"',
    'a.example. 1 RP m.example. t.example.',
    'a.example. 1 AFSDB 1 h.example.',
    'a.example. 1 RT 1 h.example.',
    'a.example. 1 SRV 0 5 5060 sip.example.',
    'a.example. 1 DNAME other.example.',
    'a.example. 1 DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118',
    'a.example. 1 CAA 128 "issue" "ca.example; policy=ev"',
    'a.example. 1 TYPE65280 \\# 3 ABCDEF',
    'a.example. 1 NULL \\# 0',
  ];
  test.each(lines)('%s', (line) => {
    const query = queryFor(
      { qname: parseName('example.'), qtype: TYPE.ANY, qclass: CLASS.IN },
      { id: 1, rd: false, edns: null },
    );
    const message = responseTo(query, { answer: [record(line)] });
    expect(decodeMessage(encodeMessage(message))).toEqual(message);
  });

  test('the target of SRV is not compressed (RFC 2782), that of MX is', () => {
    const size = (line: string) =>
      encodeMessage(responseTo(anyQuery('sip.example.'), { answer: [record(line)] })).length;
    expect(size('sip.example. 1 SRV 0 5 5060 sip.example.') - size('sip.example. 1 MX 10 sip.example.')).toBe(
      4 + 13 - 2,
    );
  });

  test('octets C3 and E3 are different names: only A to Z have a case (RFC 4343)', () => {
    const message = responseTo(anyQuery('\\195.example.'), { answer: [record('\\227.example. 1 A 192.0.2.1')] });
    const decoded = decodeMessage(encodeMessage(message));
    expect(decoded.answer[0]!.owner[0]).toBe('\xe3');
    expect(decoded.question[0]!.qname[0]).toBe('\xc3');
  });

  test('an update that deletes an RRset has RDATA of no octets (RFC 2136, section 2.5.2)', () => {
    const deletion: ResourceRecord = {
      ...{ owner: parseName('www.example.'), type: TYPE.A, class: CLASS.ANY, ttl: 0 },
      rdata: { kind: 'octets', octets: new Uint8Array(0) },
    };
    const update = { ...anyQuery('example.'), opcode: 5, authority: [deletion] };
    expect(decodeMessage(encodeMessage(update))).toEqual(update);
  });

  test('a TTL with its first bit set is read as zero (RFC 2181, section 8)', () => {
    const message = responseTo(anyQuery('a.'), { answer: [{ ...record('a. 1 A 192.0.2.1'), ttl: 0x8000_0001 }] });
    expect(decodeMessage(encodeMessage(message)).answer[0]!.ttl).toBe(0);
  });
});

describe('a message that does not fit', () => {
  const many = Array.from({ length: 40 }, (_, at) => record(`big.example. 60 A 192.0.2.${at}`));
  const query = { ...anyQuery('big.example.'), edns: ednsWith() };

  test('is truncated by whole RRsets and keeps question and OPT', () => {
    const octetsSent = encodeMessage(responseTo(query, { answer: many }), 512);
    const decoded = decodeMessage(octetsSent);
    expect(octetsSent.length).toBeLessThanOrEqual(512);
    expect(decoded).toMatchObject({ tc: true, answer: [], edns: { udpPayloadSize: 1232 } });
    expect(decoded.question).toEqual(query.question);
  });

  test('drops additional records without TC, because nobody asked for them', () => {
    const response = responseTo(query, { answer: [record('big.example. 60 MX 1 m.example.')], additional: many });
    expect(decodeMessage(encodeMessage(response, 512))).toMatchObject({ tc: false, additional: [] });
  });

  test('says TC when the glue of a referral does not fit (RFC 9471, section 3.1)', () => {
    const response = responseTo(query, { authority: [record('example. 60 NS big.example.')], additional: many });
    expect(decodeMessage(encodeMessage(response, 512))).toMatchObject({ tc: true });
  });

  test('is read back whatever the limit', () => {
    for (let limit = 64; limit < 1232; limit += 7) {
      const mixed = many.flatMap((a, at) => [a, record(`n${at}.example. 5 MX 1 n${at}.mx.example.`)]);
      const sent = encodeMessage(responseTo(query, { answer: mixed }), limit);
      expect(sent.length).toBeLessThanOrEqual(limit);
      const { answer } = decodeMessage(sent);
      expect(answer).toEqual(mixed.slice(0, answer.length));
    }
  });
});

const label = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => String.fromCharCode(...bytes));
const name = fc.array(label, { maxLength: 8 });
const arbitraryRecord: fc.Arbitrary<ResourceRecord> = fc
  .tuple(name, fc.nat(0x7fff_ffff), name, fc.nat(0xffff), fc.constantFrom('NS', 'MX', 'SRV', 'TXT', 'octets'))
  .map(([owner, ttl, target, number, kind]) => {
    const base = { owner, ttl, class: CLASS.IN };
    switch (kind) {
      case 'NS':
        return { ...base, type: TYPE.NS, rdata: { kind: 'NS', target } };
      case 'MX':
        return { ...base, type: TYPE.MX, rdata: { kind: 'MX', preference: number, exchange: target } };
      case 'SRV':
        return { ...base, type: TYPE.SRV, rdata: { kind: 'SRV', priority: 1, weight: 2, port: number, target } };
      case 'TXT':
        return { ...base, type: TYPE.TXT, rdata: { kind: 'TXT', strings: target.length > 0 ? target : [''] } };
      default:
        return { ...base, type: 65280, rdata: { kind: 'octets', octets: Uint8Array.from([number & 255]) } };
    }
  });

test('any message comes back from its octets as it was', () => {
  fc.assert(
    fc.property(
      fc.record({ id: fc.nat(0xffff), aa: fc.boolean(), rd: fc.boolean(), cd: fc.boolean(), rcode: fc.nat(0xfff) }),
      fc.record({ qname: name, qtype: fc.nat(0xffff), qclass: fc.nat(0xffff) }),
      fc.tuple(fc.array(arbitraryRecord), fc.array(arbitraryRecord), fc.array(arbitraryRecord)),
      (header, question, [answer, authority, additional]) => {
        const edns = ednsWith([{ code: 10, data: Uint8Array.from([1, 2, 3]) }]);
        const query = queryFor(question, { id: header.id, rd: header.rd, edns });
        const message: Message = { ...responseTo(query, { edns, answer, authority, additional }), ...header };
        expect(decodeMessage(encodeMessage(message))).toEqual(message);
      },
    ),
  );
});

function anyQuery(qname: string): Message {
  return queryFor({ qname: parseName(qname), qtype: TYPE.ANY, qclass: CLASS.IN }, { id: 7, rd: false, edns: null });
}
