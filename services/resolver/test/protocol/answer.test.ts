import { expect, test } from 'vitest';
import { extendedErrorsOf } from '#shared/dns/extended-error.ts';
import { ednsWith, type Message, queryFor } from '#shared/dns/message.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { CLASS, RCODE, TYPE } from '#shared/dns/registry.ts';
import { record } from '#shared/dns/test/records.ts';
import { refusalOfClient, refusalToRecurse, responseOf } from '../../src/protocol/answer.ts';
import { Cache } from '../../src/protocol/cache.ts';
import { type Resolution, servfail } from '../../src/protocol/resolution.ts';

const question = { qname: ['cnn', 'com'], qtype: TYPE.A, qclass: CLASS.IN };
const query = (edns: Message['edns'] = ednsWith(), given: Partial<Message> = {}): Message => ({
  ...queryFor(question, { id: 1, rd: true, edns }),
  ...given,
});
const cache = new Cache({ bytes: 100_000, ttlSMax: 86_400, negativeTtlSMax: 3_600, staleSMax: 0 });
const found: Resolution = {
  ...{ rcode: RCODE.NOERROR, authority: [], errors: [], because: '' },
  answer: [1, 2, 3].map((last) => record(`cnn.com. 60 A 192.0.2.${last}`)),
};
const answerOf = (turn: number) => responseOf(query(), found, turn, cache, 0).answer.map(formatRecord);

test('R17: each answer begins with the next record of the set', () => {
  const firsts = [0, 1, 2, 3].map((turn) => answerOf(turn)[0]!.slice(-1));
  expect(firsts).toEqual(['1', '2', '3', '1']);
  expect(answerOf(1).toSorted()).toEqual(answerOf(0).toSorted());
});

test('a resolver that does not validate never sets AD, and gives DO and CD back (RFC 4035, section 3.2)', () => {
  const asked = query({ ...ednsWith(), dnssecOk: true }, { ad: true, cd: true });
  expect(responseOf(asked, found, 0, cache, 0)).toMatchObject({ ad: false, cd: true, edns: { dnssecOk: true } });
});

test('extended errors go to who understands EDNS, and to nobody else (RFC 8914, section 3)', () => {
  const failed = servfail('no server', [{ infoCode: 22, extraText: 'no server' }]);
  expect(extendedErrorsOf(responseOf(query(), failed, 0, cache, 0))).toEqual([
    { infoCode: 22, extraText: 'no server' },
  ]);
  expect(responseOf(query(null), failed, 0, cache, 0).edns).toBeNull();
});

test('strangers are refused as prohibited, and what is not cached as not authoritative where RD is 0', () => {
  const codes = (response: Message | undefined) => extendedErrorsOf(response!).map(({ infoCode }) => infoCode);
  expect(codes(refusalOfClient(query(), null, false)?.response)).toEqual([18]);
  expect(codes(refusalToRecurse(query(ednsWith(), { rd: false })).response)).toEqual([20]);
  expect(refusalOfClient(query(), null, true)).toBeNull();
});
