import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tsigHmac } from '../../host/dns/tsig-hmac.ts';
import { ProtocolViolation } from '../../protocol-violation.ts';
import { decodeMessage } from '../decode-message.ts';
import { encodeMessage } from '../encode-message.ts';
import { queryFor, responseTo } from '../message.ts';
import { parseName } from '../name-text.ts';
import { CLASS, RCODE, TYPE } from '../registry.ts';
import { type CheckedRequest, checkRequest, ReplyVerifier, replayOf, type Seal, signRequest } from '../tsig.ts';
import { keyring, parseTsigKeys, type TsigKey } from '../tsig-key.ts';
import { appendTsig, splitTsig, TSIG_ERROR } from '../tsig-record.ts';
import { record } from './records.ts';

const [KEY, CUT] = parseTsigKeys(
  `key "Registrar.Lab" { algorithm hmac-sha256; secret "dG9wZG93biBsYWIgc2VjcmV0IGZvciB0ZXN0cyBvbmx5ISE="; };
   key k2 { algorithm hmac-sha512-256; secret c2VjcmV0c2VjcmV0c2VjcmV0; };`,
  'test.key',
) as [TsigKey, TsigKey];
const KEYS = keyring([KEY, CUT]);
const NOW = 1_795_000_000;

const hex = (text: string) => Uint8Array.fromHex(text.replace(/\s/g, ''));
const query = queryFor(
  { qname: parseName('example'), qtype: TYPE.SOA, qclass: CLASS.IN },
  { id: 7, rd: false, edns: null },
);
const reply = (line = 'example. 60 A 192.0.2.1') => encodeMessage(responseTo(query, { answer: [record(line)] }));
const signed = (key = KEY, at = NOW) => signRequest(encodeMessage(query), key, at, tsigHmac);
const check = (octets: Uint8Array, at = NOW) => checkRequest(octets, KEYS, at, tsigHmac);

function sealOf(checked: CheckedRequest): Seal {
  if (checked.kind === 'unsigned' || checked.seal === null) throw new Error('there is no seal');
  return checked.seal;
}

/** Changes what the TSIG record says, without signing again. */
function forged(octets: Uint8Array, change: (tsig: NonNullable<ReturnType<typeof splitTsig>>['tsig']) => object) {
  const { message, tsig } = splitTsig(octets)!;
  return appendTsig(message, { ...tsig, ...change(tsig) });
}

describe('octets of other programs', () => {
  test('an update of nsupdate -k (BIND 9.18) is verified', () => {
    const update = hex(
      `
      4e1e 2800 0001 0001 0001 0001        id, UPDATE, counts
      07 6578616d706c65 00 0006 0001       zone example SOA IN
      03 4e6577 c00c 00ff 00fe 00000000 0000        prereq nxdomain New.example
      c019 0001 0001 0000003c 0004 0a350101         New.example 60 A 10.53.1.1
      09 726567697374726172 03 6c6162 00 00fa 00ff 00000000 003d   registrar.lab TSIG ANY
      0b 686d61632d736861323536 00 00006affec69 012c              hmac-sha256, time, fudge 300
      0020 88f6c8007eb77e908a808bbaf694b4a119f2a5154ac16855b8c0cc1b5aafdef3
      4e1e 0000 0000                                              original id, no error`.replace(
        / {2,}[a-zA-Z][a-z].*$/gm,
        '',
      ),
    );
    expect(check(update, 0x6affec69 + 300)).toMatchObject({ kind: 'signed', timeSigned: 0x6affec69, key: KEY });
    expect(check(update, 0x6affec69 + 301)).toMatchObject({ kind: 'rejected', error: 'BADTIME' });
  });

  test('one with a MAC cut to 256 of 512 bits, too', () => {
    const update = hex(`f8262800000100000001000107 6578616d706c65 00 0006 0001 01 61 c00c 0001 00ff 00000000 0000
      02 6b32 00 00fa 00ff 00000000 003d 0b 686d61632d736861353132 00 00006affec6c 012c
      0020 510fa3336f00738ad0b9eacc87ec72fbc266975bba72a8b689095031c45fa711 f826 0000 0000`);
    expect(check(update, 0x6affec6c)).toMatchObject({ kind: 'signed', key: CUT });
  });

  test('a reply of named to a query of ours is verified', () => {
    const request = hex(`000700000001000000000001 07 6578616d706c65 00 0006 0001
      09 526567697374726172 03 4c6162 00 00fa 00ff 00000000 003d 0b 686d61632d736861323536 00 00006affec96 012c
      0020 a56b54e79987f9f0d191a0beba973cbf63d3b60e28a04ee81204ac0e303cc3f8 0007 0000 0000`);
    const answer = hex(`000784000001000100010002 07 6578616d706c65 00 0006 0001
      c00c 0006 0001 00000e10 0026 026e73 c00c 0a 686f73746d6173746572 c00c 00000001 00000e10 00000384 00093a80 0000012c
      c00c 0002 0001 00000e10 0002 c025 c025 0001 0001 00000e10 0004 c0000235
      09 726567697374726172 03 6c6162 00 00fa 00ff 00000000 003d 0b 686d61632d736861323536 00 00006affec96 012c
      0020 f0c93af1cea880cb9288e39453f5648fe66751f45d83e90ddaedb5fa74d4600d 0007 0000 0000`);
    expect(Uint8Array.from(signRequest(encodeMessage(query), KEY, 0x6affec96, tsigHmac).octets)).toEqual(request);
    const verifier = new ReplyVerifier(KEY, splitTsig(request)!.tsig.mac, tsigHmac);
    verifier.verify(answer, 0x6affec97);
    expect(verifier.isSettled).toBe(true);
  });
});

describe('a request', () => {
  test('of any algorithm is verified, and its reply by who sent it', () => {
    for (const algorithm of ['hmac-sha1', 'hmac-sha224', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512']) {
      const [key] = parseTsigKeys(`key k { algorithm ${algorithm}; secret AAAA; };`, 'k') as [TsigKey];
      const { octets, mac } = signRequest(encodeMessage(query), key, NOW, tsigHmac);
      const checked = checkRequest(octets, keyring([key]), NOW, tsigHmac);
      expect(checked.kind).toBe('signed');
      const answer = sealOf(checked).close(reply(), NOW);
      expect(answer.length).toBe(reply().length + sealOf(checked).octets);
      new ReplyVerifier(key, mac, tsigHmac).verify(answer, NOW);
    }
  });

  test('without TSIG is unsigned, and a message survives signing and splitting', () => {
    expect(check(encodeMessage(query))).toEqual({ kind: 'unsigned' });
    expect(splitTsig(signed().octets)!.message).toEqual(encodeMessage(query));
    expect(decodeMessage(signed().octets).additional).toMatchObject([{ type: TYPE.TSIG, class: CLASS.ANY, ttl: 0 }]);
  });

  test('that a forwarder gave another id is verified with its own (RFC 8945, section 5.2)', () => {
    const { octets } = signed();
    octets[0] = 0x99;
    expect(check(octets).kind).toBe('signed');
  });

  test('behaviour 43: of an unknown key, or one of another algorithm, is BADKEY, answered without a signature', () => {
    for (const key of [{ ...KEY, name: ['nobody'] }, { ...KEY, algorithm: 'hmac-sha1', macOctets: 20 } as TsigKey]) {
      const { octets, mac } = signed(key);
      const checked = check(octets);
      expect(checked).toMatchObject({ kind: 'rejected', rcode: RCODE.NOTAUTH, error: 'BADKEY' });
      const answer = sealOf(checked).close(reply(), NOW);
      expect(splitTsig(answer)!.tsig).toMatchObject({ error: TSIG_ERROR.BADKEY, mac: new Uint8Array(0) });
      expect(() => new ReplyVerifier(key, mac, tsigHmac).verify(answer, NOW)).toThrow('the server answers BADKEY');
    }
  });

  test('behaviour 43: with one octet changed, anywhere, is never believed', () => {
    fc.assert(
      fc.property(fc.nat(signed().octets.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const octets = signed().octets.slice();
        octets[at]! ^= mask;
        const checked = check(octets);
        // The id may change on the way, and class and case of the key's name are not what is signed.
        const { message } = splitTsig(signed().octets)!;
        const isFolded = at >= message.length && mask === 0x20;
        const isTtl = at >= message.length + 19 && at < message.length + 23;
        if (at > 1 && !isFolded && !isTtl) expect(checked.kind).not.toBe('signed');
      }),
      { numRuns: 500 },
    );
  });

  test('behaviour 43: by another secret is BADSIG', () => {
    const { octets, mac } = signed({ ...KEY, secret: Uint8Array.of(1) });
    const checked = check(octets);
    expect(checked).toMatchObject({ kind: 'rejected', rcode: RCODE.NOTAUTH, error: 'BADSIG' });
    const answer = sealOf(checked).close(reply(), NOW);
    expect(splitTsig(answer)!.tsig).toMatchObject({ error: TSIG_ERROR.BADSIG, mac: new Uint8Array(0) });
    expect(() => new ReplyVerifier(KEY, mac, tsigHmac).verify(answer, NOW)).toThrow('the server answers BADSIG');
  });

  test("behaviour 43: of another time is BADTIME: the answer is signed, has the time of the client, and the server's beside it", () => {
    const { octets, mac } = signed(KEY, NOW - 1_000);
    const checked = check(octets);
    expect(checked).toMatchObject({ kind: 'rejected', rcode: RCODE.NOTAUTH, error: 'BADTIME' });
    const answer = sealOf(checked).close(reply(), NOW);
    expect(splitTsig(answer)!.tsig).toMatchObject({
      ...{ error: TSIG_ERROR.BADTIME, timeSigned: NOW - 1_000 },
      otherData: Uint8Array.of(0, 0, NOW >>> 24, (NOW >> 16) & 255, (NOW >> 8) & 255, NOW & 255),
    });
    const verifier = new ReplyVerifier(KEY, mac, tsigHmac);
    expect(() => verifier.verify(answer, NOW - 1_000)).toThrow('the server answers BADTIME');
    expect(check(signed(KEY, NOW + 1_000).octets)).toMatchObject({ error: 'BADTIME' });
  });

  test('that comes a second time is answered BADTIME, signed', () => {
    const { octets, mac } = signed();
    const replay = replayOf(octets, KEY, tsigHmac, 'it came before');
    expect(replay).toMatchObject({ kind: 'rejected', error: 'BADTIME', because: 'BADTIME: it came before' });
    const answer = sealOf(replay).close(reply(), NOW);
    expect(() => new ReplyVerifier(KEY, mac, tsigHmac).verify(answer, NOW)).toThrow('the server answers BADTIME');
  });

  test('with a MAC shorter than its key wants is BADTRUNC; shorter than half or longer than whole, FORMERR', () => {
    const cut = (length: number) => forged(signed().octets, ({ mac }) => ({ mac: mac.subarray(0, length) }));
    expect(check(cut(16))).toMatchObject({ kind: 'rejected', rcode: RCODE.NOTAUTH, error: 'BADTRUNC' });
    expect(splitTsig(sealOf(check(cut(16))).close(reply(), NOW))!.tsig).toMatchObject({ error: TSIG_ERROR.BADTRUNC });
    expect(check(cut(15))).toMatchObject({ kind: 'rejected', rcode: RCODE.FORMERR, seal: null });
    expect(check(cut(0))).toMatchObject({ rcode: RCODE.FORMERR });
    expect(check(forged(signed().octets, () => ({ mac: new Uint8Array(33) })))).toMatchObject({ rcode: RCODE.FORMERR });
  });

  test('whose TSIG is not the last record, or not of class ANY, is a FORMERR', () => {
    const twice = appendTsig(signed().octets, splitTsig(signed().octets)!.tsig);
    expect(check(twice)).toMatchObject({ rcode: RCODE.FORMERR, because: expect.stringContaining('not the last') });
    const octets = signed().octets;
    octets[splitTsig(octets)!.message.length + 15 + 3] = 1;
    expect(check(octets)).toMatchObject({ rcode: RCODE.FORMERR, because: expect.stringContaining('not ANY') });
  });

  test('made of any octets is split, or refused with ProtocolViolation', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(200), (tail, keep) => {
        const octets = Uint8Array.from([...signed().octets.subarray(0, keep), ...tail]);
        try {
          splitTsig(octets);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolation);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a reply of several messages', () => {
  const messages = Array.from({ length: 120 }, (_, at) => reply(`h${at}.example. 60 A 192.0.2.${at}`));
  const start = () => {
    const { octets, mac } = signed();
    return { seal: sealOf(check(octets)), verifier: new ReplyVerifier(KEY, mac, tsigHmac) };
  };

  test('is signed message by message, each over the one before', () => {
    const { seal, verifier } = start();
    for (const message of messages) verifier.verify(seal.close(message, NOW), NOW);
    expect(verifier.isSettled).toBe(true);
  });

  test('is refused where a message is missing, doubled, or in another place', () => {
    const { seal, verifier } = start();
    const [first, second, third] = messages.map((message) => seal.close(message, NOW));
    verifier.verify(first!, NOW);
    expect(() => verifier.verify(third!, NOW)).toThrow('the signature of the reply is wrong');
    expect(() => verifier.verify(first!, NOW)).toThrow('the signature of the reply is wrong');
    verifier.verify(second!, NOW);
  });

  // Older servers sign every hundredth message only.
  test('may have 99 messages between two signatures, whose octets the next one covers; not a hundred', () => {
    const withGap = (gap: number, tampered: boolean) => {
      const { octets, mac } = signed();
      const { message, tsig } = splitTsig(sealOf(check(octets)).close(messages[0]!, NOW))!;
      const verifier = new ReplyVerifier(KEY, mac, tsigHmac);
      verifier.verify(appendTsig(message, tsig), NOW);
      const between = messages.slice(1, 1 + gap).map((octets) => octets.slice());
      const last = messages.at(-1)!;
      const timers = splitTsig(octets)!.tsig;
      const time = Uint8Array.of(0, 0, NOW >>> 24, (NOW >> 16) & 255, (NOW >> 8) & 255, NOW & 255, 1, 44);
      const parts = [Uint8Array.of(0, 32), tsig.mac, ...between, last, time];
      const signature = tsigHmac('hmac-sha256', KEY.secret, Uint8Array.from(parts.flatMap((part) => [...part])));
      if (tampered) between[3]![between[3]!.length - 1]! ^= 1;
      for (const one of between) verifier.verify(one, NOW);
      expect(verifier.isSettled).toBe(gap === 0);
      verifier.verify(appendTsig(last, { ...timers, mac: signature }), NOW);
      return verifier.isSettled;
    };
    expect(withGap(99, false)).toBe(true);
    expect(() => withGap(100, false)).toThrow('more than 99 messages are not signed');
    expect(() => withGap(99, true)).toThrow('the signature of the reply is wrong');
  });

  test('must begin with a signature, by the same key, of about this time', () => {
    expect(() => start().verifier.verify(reply(), NOW)).toThrow('the reply is not signed');
    const { octets } = signed(CUT);
    expect(() => start().verifier.verify(sealOf(check(octets)).close(reply(), NOW), NOW)).toThrow(
      'by another key, k2.',
    );
    const { seal, verifier } = start();
    expect(() => verifier.verify(seal.close(reply(), NOW), NOW + 301)).toThrow('signed at another time');
  });
});
