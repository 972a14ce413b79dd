import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatImapFault, formatPop3Fault } from '../../src/protocol/fault-reply.ts';
import {
  type ArmedFault,
  armFault,
  type FaultFacts,
  type FaultRule,
  faultInRule,
  isSpent,
  meetFaults,
} from '../../src/protocol/fault-rules.ts';
import { FAULT_STAGE_NAMES, FAULT_STAGES } from '../../src/protocol/fault-stages.ts';
import { GREYLIST_MS, type Greylist, stepGreylist } from '../../src/protocol/greylist.ts';
import { MAGIC_RECIPIENTS, magicNamesOf, withMagicNames } from '../../src/protocol/magic-recipients.ts';
import { destinationsOf } from '../../src/protocol/mail-directory.ts';
import { matchesWildcard } from '../../src/protocol/wildcard.ts';

const NOW = 1_000_000;
const REPLY = { code: 451, status: '4.3.0', text: 'no' };

function rule(change: Partial<FaultRule> = {}): FaultRule {
  return {
    name: 'one',
    stage: 'smtp-rcpt',
    match: {},
    effect: { delayMs: 0, does: { kind: 'reply', reply: REPLY } },
    probability: 1,
    seed: 1,
    times: null,
    until: null,
    ...change,
  };
}

/** How often each rule struck in `times` meetings. */
function strikes(rules: readonly FaultRule[], times: number, facts: FaultFacts = {}): (string | null)[] {
  let armed: readonly ArmedFault[] = rules.map(armFault);
  return Array.from({ length: times }, () => {
    const met = meetFaults(armed, 'smtp-rcpt', facts, NOW);
    armed = met.armed;
    return met.hit?.name ?? null;
  });
}

test('a rule strikes at its own stage only', () => {
  for (const stage of FAULT_STAGE_NAMES) {
    const { hit } = meetFaults([armFault(rule())], stage, {}, NOW);
    expect(hit?.name ?? null).toBe(stage === 'smtp-rcpt' ? 'one' : null);
  }
});

test.each<[string, FaultRule['match'], FaultFacts, boolean]>([
  ['no pattern', {}, {}, true],
  ['a recipient', { recipient: 'bob@*' }, { recipients: ['bob@hamburger.edu'] }, true],
  ['one of several recipients', { recipient: 'bob@*' }, { recipients: ['dave@x', 'bob@hamburger.edu'] }, true],
  ['another recipient', { recipient: 'bob@*' }, { recipients: ['dave@hamburger.edu'] }, false],
  ['letters in another case', { recipient: 'BOB@Hamburger.EDU' }, { recipients: ['bob@hamburger.edu'] }, true],
  ['a client', { client: '127.53.20.*' }, { client: '127.53.20.1' }, true],
  ['an account nobody logged in as', { account: '*' }, { account: null }, false],
  ['the null reverse-path', { sender: '' }, { sender: '' }, true],
  ['every pattern', { sender: 'a*', recipient: 'b*' }, { sender: 'alice@x', recipients: ['bob@x'] }, true],
  [
    'one pattern that does not match',
    { sender: 'z*', recipient: 'b*' },
    { sender: 'alice@x', recipients: ['bob@x'] },
    false,
  ],
])('a rule with %s is matched as it says', (_what, match, facts, struck) => {
  expect(strikes([rule({ match })], 1, facts)).toEqual([struck ? 'one' : null]);
});

test('the first rule that matches strikes, and only it counts the hit', () => {
  const both = [rule(), rule({ name: 'two' })];
  expect(strikes(both, 3)).toEqual(['one', 'one', 'one']);
  expect(strikes([rule({ times: 1 }), rule({ name: 'two' })], 3)).toEqual(['one', 'two', 'two']);
});

test('a rule strikes as many times as it says, and is spent then', () => {
  expect(strikes([rule({ times: 2 })], 4)).toEqual(['one', 'one', null, null]);
  expect(isSpent({ ...armFault(rule({ times: 2 })), hits: 2 }, NOW)).toBe(true);
});

test('a rule ends at its lab time', () => {
  const armed = [armFault(rule({ until: NOW + 5 }))];
  expect(meetFaults(armed, 'smtp-rcpt', {}, NOW + 4).hit).not.toBeNull();
  expect(meetFaults(armed, 'smtp-rcpt', {}, NOW + 5).hit).toBeNull();
});

test('lots fall as often as the probability says, and the same way for the same seed', () => {
  const drawn = strikes([rule({ probability: 0.25 })], 4_000);
  const hits = drawn.filter((name) => name !== null).length;
  expect(hits).toBeGreaterThan(900);
  expect(hits).toBeLessThan(1_100);
  expect(strikes([rule({ probability: 0.25 })], 4_000)).toEqual(drawn);
  expect(strikes([rule({ probability: 0.25, seed: 2 })], 4_000)).not.toEqual(drawn);
  expect(strikes([rule({ probability: 0 })], 100).every((name) => name === null)).toBe(true);
  expect(strikes([rule({ probability: 1 })], 100).every((name) => name === 'one')).toBe(true);
});

test('conversations that a rule does not concern take none of its lots', () => {
  const half = rule({ probability: 0.5, match: { recipient: 'bob@*' } });
  const alone = strikes([half], 20, { recipients: ['bob@x'] });
  let armed: readonly ArmedFault[] = [armFault(half)];
  const among = Array.from({ length: 40 }, (_, index) => {
    const met = meetFaults(armed, 'smtp-rcpt', { recipients: [index % 2 === 0 ? 'bob@x' : 'dave@x'] }, NOW);
    armed = met.armed;
    return met.hit?.name ?? null;
  });
  expect(among.filter((_, index) => index % 2 === 0)).toEqual(alone);
});

test.each<[string, Partial<FaultRule>, RegExp | null]>([
  ['a recipient at the greeting', { stage: 'smtp-connect', match: { recipient: '*' } }, /no recipient is known yet/],
  ['a drop where no connection is', { stage: 'delivery', effect: drop(0) }, /no connection to drop/],
  ['octets where none flow', { stage: 'smtp-rcpt', effect: drop(100) }, /no octets flow/],
  ['octets of mail data', { stage: 'smtp-data', effect: drop(100) }, null],
  ['nothing that happens', { effect: { delayMs: 0, does: { kind: 'go-on' } } }, /does nothing/],
  ['only a delay', { effect: { delayMs: 5, does: { kind: 'go-on' } } }, null],
])('a rule with %s is judged', (_what, change, sentence) => {
  const fault = faultInRule(rule(change));
  if (sentence === null) expect(fault).toBeNull();
  else expect(fault).toMatch(sentence);
});

function drop(afterOctets: number): FaultRule['effect'] {
  return { delayMs: 0, does: { kind: 'drop', afterOctets } };
}

test('every stage can be matched by what it knows', () => {
  for (const stage of FAULT_STAGE_NAMES) {
    for (const subject of FAULT_STAGES[stage].knows) {
      expect(faultInRule(rule({ stage, match: { [subject]: '*' } }))).toBeNull();
    }
  }
});

test('a pattern matches as a regular expression of the same meaning does', () => {
  const piece = fc.constantFrom('a', 'b', '*', 'ab', 'B');
  const patterns = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  const texts = fc.array(fc.constantFrom('a', 'b', 'A'), { maxLength: 10 }).map((letters) => letters.join(''));
  fc.assert(
    fc.property(patterns, texts, (pattern, text) => {
      expect(matchesWildcard(pattern, text)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test(text));
    }),
  );
});

test('a pattern of many stars does not take forever (H)', () => {
  expect(matchesWildcard(`${'*a'.repeat(150)}b`, 'a'.repeat(10_000))).toBe(false);
});

test('in POP3 and IMAP a fault is said with the response code of its class', () => {
  expect(formatPop3Fault(REPLY)).toBe('-ERR [SYS/TEMP] no');
  expect(formatPop3Fault({ ...REPLY, code: 550 })).toBe('-ERR [SYS/PERM] no');
  expect(formatImapFault(REPLY)).toBe('NO [UNAVAILABLE] no');
  expect(formatImapFault({ ...REPLY, code: 550 })).toBe('NO [CONTACTADMIN] no');
});

test('a greylisted triplet is put off until its pause is over, and others are not helped by it', () => {
  const bob = ['10.53.20.1', 'alice@crepes.fr', 'greylist@hamburger.edu'];
  const first = stepGreylist(new Map(), bob, NOW);
  expect(first.waitsMs).toBe(GREYLIST_MS);
  expect(stepGreylist(first.seen, bob, NOW + 4_000).waitsMs).toBe(GREYLIST_MS - 4_000);
  expect(stepGreylist(first.seen, bob, NOW + GREYLIST_MS).waitsMs).toBe(0);
  expect(stepGreylist(first.seen, ['10.53.20.1', 'claire@crepes.fr', bob[2]!], NOW + GREYLIST_MS).waitsMs).toBe(
    GREYLIST_MS,
  );
});

test('a greylist forgets the oldest triplets and stays bounded', () => {
  let seen: Greylist = new Map();
  for (let index = 0; index < 1_500; index += 1) seen = stepGreylist(seen, [String(index)], NOW).seen;
  expect(seen.size).toBe(1_000);
  expect(stepGreylist(seen, ['0'], NOW + GREYLIST_MS).waitsMs).toBe(GREYLIST_MS);
  expect(stepGreylist(seen, ['1499'], NOW + GREYLIST_MS).waitsMs).toBe(0);
});

const DIRECTORY = {
  domains: ['crepes.fr'],
  accounts: new Map([
    ['claire', { name: 'claire', password: 'x', fullName: '' }],
    ['slow', { name: 'slow', password: 'x', fullName: '' }],
  ]),
  aliases: new Map([
    ['postmaster', ['claire']],
    ['451', ['slow']],
  ]),
};

test('a name that an account or an alias has is never magic', () => {
  const magic = magicNamesOf(DIRECTORY);
  expect(magic.has('slow')).toBe(false);
  expect(magic.has('451')).toBe(false);
  expect(magic.has('451-data')).toBe(true);
  expect(destinationsOf('451', withMagicNames(DIRECTORY, magic))).toEqual([{ kind: 'maildrop', account: 'slow' }]);
});

test('mail for a magic name that is taken in the end is the postmaster’s', () => {
  const directory = withMagicNames(DIRECTORY, magicNamesOf(DIRECTORY));
  expect(destinationsOf('greylist', directory)).toEqual([{ kind: 'maildrop', account: 'claire' }]);
  expect(destinationsOf('nobody', directory)).toEqual([]);
});

test('every magic code answers with its own code and an enhanced one of its class', () => {
  const codes = [...MAGIC_RECIPIENTS].filter(([name]) => /^\d{3}$/.test(name));
  expect(codes.length).toBeGreaterThanOrEqual(18);
  for (const [name, { effect }] of codes) {
    expect(effect).toMatchObject({ kind: 'reply', reply: { code: Number(name) } });
    expect(effect.kind === 'reply' && effect.reply.status?.[0]).toBe(name[0]);
  }
});
