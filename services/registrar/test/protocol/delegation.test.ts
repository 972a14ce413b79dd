import { describe, expect, test } from 'vitest';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { type Message, queryFor, responseTo } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { CLASS, OPCODE, TYPE } from '#shared/dns/registry.ts';
import { delegationIn, delegationLines, delegationOf, recordsOf } from '../../src/protocol/delegation.ts';
import { updateMessage } from '../../src/protocol/update-message.ts';
import { type InZone, planUpdate } from '../../src/protocol/update-plan.ts';

const NAME = 'networkutopia.com';
const inside = [
  { name: 'dns2.networkutopia.com', address: '10.53.3.2' },
  { name: 'dns1.networkutopia.com', address: '10.53.3.1' },
];
const outside = { name: 'dns1.amazon.com', address: '10.53.3.1' };
const mine = delegationOf(NAME, inside);
const next = delegationOf(NAME, [inside[0]!, outside]);
const foreign = delegationOf(NAME, [outside, { name: 'ns.elsewhere.org', address: '10.53.9.9' }]);

test('a delegation has NS records for all servers, and glue for those in the domain itself (RFC 9499, section 7)', () => {
  expect(delegationLines(NAME, next)).toEqual([
    'networkutopia.com. 172800 IN NS dns1.amazon.com.',
    'networkutopia.com. 172800 IN NS dns2.networkutopia.com.',
    'dns2.networkutopia.com. 172800 IN A 10.53.3.2',
  ]);
  expect(delegationLines(NAME, null)).toEqual([]);
  // A name that only ends in the same letters is another domain.
  expect(delegationOf(NAME, [{ name: 'ns.mynetworkutopia.com', address: '10.53.3.1' }]).glue).toEqual([]);
});

test('a referral is read whatever its order and its case, and what is beside it is left out', () => {
  const question = { qname: parseName(NAME), qtype: TYPE.NS, qclass: CLASS.IN };
  const query = queryFor(question, { id: 1, rd: false, edns: null });
  const records = recordsOf('NetworkUtopia.com', mine).toReversed();
  const stray = recordsOf('other.com', foreign);
  const referral = responseTo(query, {
    authority: [...stray, ...records.filter(({ type }) => type === TYPE.NS)],
    additional: records.filter(({ type }) => type === TYPE.A),
  });
  expect(delegationIn(decodeMessage(encodeMessage(referral)), NAME)).toEqual(mine);
  expect(delegationIn(responseTo(query, { authority: stray }), NAME)).toBeNull();
});

describe('the plan', () => {
  const at = (delegation: typeof mine): InZone => ({ kind: 'delegated', delegation });
  const absent: InZone = { kind: 'absent' };

  test.each<[string, InZone, typeof mine | null, (typeof mine)[], string]>([
    ['nothing there, wanted', absent, mine, [], 'update'],
    ['nothing there although we had entered it', absent, mine, [mine], 'update'],
    ['nothing there, given up', absent, null, [mine], 'nothing'],
    ['ours and wanted', at(mine), mine, [mine], 'nothing'],
    ['ours of before', at(mine), next, [mine], 'update'],
    ['ours in doubt, the newer', at(next), next, [mine, next], 'nothing'],
    ['ours in doubt, the older', at(mine), next, [mine, next], 'update'],
    ['ours, given up', at(mine), null, [mine], 'update'],
    ['what is wanted, but we never put it there', at(mine), mine, [], 'conflict'],
    ['of somebody else', at(foreign), mine, [mine], 'conflict'],
    ['of somebody else, given up', at(foreign), null, [mine], 'conflict'],
    ['of the registry itself', { kind: 'reserved' }, mine, [], 'conflict'],
  ])('%s', (_what, inZone, wanted, ours, kind) => {
    expect(planUpdate(inZone, wanted, ours)).toMatchObject({ kind, because: expect.stringMatching(/\w/) });
  });

  test('glue that was changed by hand under our servers is mended', () => {
    const byHand = { ...mine, glue: [] };
    expect(planUpdate(at(byHand), mine, [mine])).toMatchObject({ kind: 'update', seen: byHand });
  });
});

describe('the UPDATE message (RFC 2136, section 2)', () => {
  const sections = (message: Message) => ({
    zone: message.question,
    prerequisites: message.answer.map(formatRecord),
    updates: message.authority.map(formatRecord),
  });
  const zone = [{ qname: ['com'], qtype: TYPE.SOA, qclass: CLASS.IN }];

  test('creates where the name is not in use', () => {
    const message = updateMessage({ name: NAME, seen: null, wanted: mine }, 7);
    expect([message.id, message.opcode, message.qr]).toEqual([7, OPCODE.UPDATE, false]);
    expect(sections(message)).toEqual({
      zone,
      prerequisites: ['networkutopia.com. 0 NONE ANY \\# 0'],
      updates: delegationLines(NAME, mine),
    });
  });

  test('replaces what was seen, and nothing else', () => {
    expect(sections(updateMessage({ name: NAME, seen: mine, wanted: next }, 7))).toEqual({
      zone,
      prerequisites: delegationLines(NAME, mine).map((line) => line.replace('172800', '0')),
      updates: [
        'networkutopia.com. 0 ANY NS \\# 0',
        'dns1.networkutopia.com. 0 ANY A \\# 0',
        'dns2.networkutopia.com. 0 ANY A \\# 0',
        ...delegationLines(NAME, next),
      ],
    });
  });

  test('removes what was seen', () => {
    const { updates } = sections(updateMessage({ name: NAME, seen: next, wanted: null }, 7));
    expect(updates).toEqual(['networkutopia.com. 0 ANY NS \\# 0', 'dns2.networkutopia.com. 0 ANY A \\# 0']);
  });

  test('goes and comes over the wire as it is: deletions have no data (RFC 2136, section 2.5.2)', () => {
    const message = updateMessage({ name: NAME, seen: mine, wanted: next }, 7);
    expect(decodeMessage(encodeMessage(message))).toEqual(message);
  });
});
