import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type DeliveryOutcome,
  outcomeOf,
  permanentFailure,
  temporaryFailure,
} from '../../src/protocol/delivery-outcome.ts';
import { formatDeliveryReport } from '../../src/protocol/delivery-report.ts';
import {
  flushQueueEntry,
  isDue,
  type Notify,
  nextDueAt,
  type QueueEntry,
  type Recipient,
  stepQueueEntry,
  waitingAt,
} from '../../src/protocol/mail-queue.ts';
import { chooseMailRoute } from '../../src/protocol/mail-route.ts';
import { formatSmtpReply, parseSmtpReply } from '../../src/protocol/smtp-reply.ts';

const SCHEDULE = { pausesMs: [5_000, 60_000], giveUpMs: 432_000_000, delayNoticeMs: 14_400_000 };
const START = 1_000_000;

function recipient(address: string, notify: readonly Notify[] | null = null): Recipient {
  const [localPart = '', domain = ''] = address.split('@');
  return {
    address,
    destination: { kind: 'elsewhere', address: { localPart, domain } },
    notify,
    orcpt: null,
    state: waitingAt(START),
  };
}

function entry(recipients: readonly Recipient[], reversePath = 'alice@crepes.fr'): QueueEntry {
  return {
    id: 'q1',
    exchange: 'mail-crepes.x1',
    reversePath,
    envid: null,
    ret: null,
    isEightBit: false,
    needsSmtpUtf8: false,
    octets: 100,
    subject: 'x',
    messageId: '<m@crepes.fr>',
    arrivedAt: START,
    recipients,
  };
}

const ACCEPTED = outcomeOf(parseSmtpReply('250 2.6.0 Queued'), 'mail.hamburger.edu', true);
const PLAIN_ACCEPTED = outcomeOf(parseSmtpReply('250 ok'), 'old.example', false);
const LATER = outcomeOf(parseSmtpReply('450 4.2.0 later'), 'mail.hamburger.edu', false);
const UNREACHABLE = temporaryFailure('4.4.1', 'no answer', true);
const NEVER = outcomeOf(parseSmtpReply('550 5.1.1 No such user here'), 'mail.hamburger.edu', false);

function step(before: QueueEntry, outcome: DeliveryOutcome, now = START + 1, address = 'bob@hamburger.edu') {
  return stepQueueEntry(before, new Map([[address, outcome]]), now, SCHEDULE);
}

test.each([
  ['accepted', ACCEPTED, null, 'delivered', []],
  ['accepted, report wanted, the next server reports', ACCEPTED, ['SUCCESS'], 'delivered', []],
  ['accepted, report wanted, the next server cannot', PLAIN_ACCEPTED, ['SUCCESS'], 'delivered', ['relayed']],
  ['put off', LATER, null, 'waiting', []],
  ['refused', NEVER, null, 'failed', ['failed']],
  ['refused, no report wanted', NEVER, ['NEVER'], 'failed', []],
  ['refused, only success wanted', NEVER, ['SUCCESS'], 'failed', []],
  ['refused, failure wanted', NEVER, ['SUCCESS', 'FAILURE'], 'failed', ['failed']],
  ['no route', permanentFailure('5.1.2', 'no such name'), null, 'failed', ['failed']],
] as const)('a recipient that waits and is %s', (_name, outcome, notify, kind, actions) => {
  const { entry: after, tellings, decisions } = step(entry([recipient('bob@hamburger.edu', notify)]), outcome);
  expect(after.recipients[0]?.state.kind).toBe(kind);
  expect(tellings.map(({ action }) => action)).toEqual(actions);
  expect(decisions[0]?.because).not.toBe('');
});

test('what is delivered or failed is not changed by a later outcome', () => {
  const delivered = step(entry([recipient('bob@hamburger.edu')]), ACCEPTED).entry;
  expect(step(delivered, NEVER)).toMatchObject({ entry: delivered, decisions: [], tellings: [] });
});

test('the pauses grow as the schedule says, and the last one repeats', () => {
  let now = START;
  let current = entry([recipient('bob@hamburger.edu')]);
  for (const pause of [5_000, 60_000, 60_000]) {
    current = step(current, LATER, now).entry;
    expect(nextDueAt(current)).toBe(now + pause);
    now = nextDueAt(current) ?? 0;
  }
});

test('after five days a message that was put off goes back: 4.4.7 (RFC 3463)', () => {
  const before = entry([recipient('bob@hamburger.edu')]);
  expect(step(before, LATER, START + SCHEDULE.giveUpMs - 1).entry.recipients[0]?.state.kind).toBe('waiting');
  const { entry: after, tellings } = step(before, LATER, START + SCHEDULE.giveUpMs);
  expect(after.recipients[0]?.state).toMatchObject({ kind: 'failed', status: '4.4.7' });
  expect(tellings).toHaveLength(1);
});

test('a delay is told once, to those who asked', () => {
  const late = START + SCHEDULE.delayNoticeMs;
  const first = step(entry([recipient('bob@hamburger.edu', ['DELAY'])]), LATER, late);
  expect(first.tellings.map(({ action }) => action)).toEqual(['delayed']);
  expect(step(first.entry, LATER, late + 1).tellings).toEqual([]);
  expect(step(entry([recipient('bob@hamburger.edu')]), LATER, late).tellings).toEqual([]);
});

test('a message with the null reverse-path is never reported on (RFC 5321, section 6.1)', () => {
  const { entry: after, tellings } = step(entry([recipient('bob@hamburger.edu')], ''), NEVER);
  expect(tellings).toEqual([]);
  expect(nextDueAt(after)).toBeNull();
});

test('each recipient has its own fate: one delivered, one put off, one refused', () => {
  const before = entry(['a@x.example', 'b@x.example', 'c@x.example'].map((address) => recipient(address)));
  const outcomes = new Map([
    ['a@x.example', ACCEPTED],
    ['b@x.example', LATER],
    ['c@x.example', NEVER],
  ]);
  const { entry: after, tellings } = stepQueueEntry(before, outcomes, START + 1, SCHEDULE);
  expect(after.recipients.map(({ state }) => state.kind)).toEqual(['delivered', 'waiting', 'failed']);
  expect(tellings).toHaveLength(1);
  expect(tellings[0]?.told.map((one) => one.recipient.address)).toEqual(['c@x.example']);
  expect(nextDueAt(after)).toBe(START + 5_001);
});

test('an unreachable recipient is due when its server answers again; one that was put off waits', () => {
  const unreachable = step(entry([recipient('bob@hamburger.edu')]), UNREACHABLE).entry.recipients[0]!;
  const putOff = step(entry([recipient('bob@hamburger.edu')]), LATER).entry.recipients[0]!;
  expect([
    isDue(unreachable, START + 2, false),
    isDue(unreachable, START + 2, true),
    isDue(putOff, START + 2, true),
  ]).toEqual([false, true, false]);
  expect(isDue(putOff, START + 5_001, false)).toBe(true);
});

test('flushing makes all that waits due, and nothing else', () => {
  const flushed = flushQueueEntry(step(entry([recipient('bob@hamburger.edu')]), LATER).entry, START + 2);
  expect(nextDueAt(flushed)).toBe(START + 2);
  const delivered = step(entry([recipient('bob@hamburger.edu')]), ACCEPTED).entry;
  expect(flushQueueEntry(delivered, START + 2)).toEqual(delivered);
});

test('MX records: rising preference, equals in any order, itself and what is no better dropped, a null MX none at all', () => {
  const records = [
    { preference: 20, exchange: 'c.example.' },
    { preference: 10, exchange: 'A.example' },
    { preference: 10, exchange: 'b.example' },
  ];
  expect(chooseMailRoute(records, [], () => 0.5)).toMatchObject({
    kind: 'hosts',
    hosts: ['a.example', 'b.example', 'c.example'],
  });
  let lot = 1;
  expect(chooseMailRoute(records, [], () => (lot -= 0.1))).toMatchObject({
    hosts: ['b.example', 'a.example', 'c.example'],
  });
  expect(chooseMailRoute(records, ['c.example'], () => 0)).toMatchObject({ hosts: ['a.example', 'b.example'] });
  expect(chooseMailRoute(records, ['b.example'], () => 0)).toMatchObject({ kind: 'none', status: '5.4.6' });
  expect(chooseMailRoute([{ preference: 0, exchange: '.' }], [], () => 0)).toMatchObject({
    kind: 'none',
    status: '5.1.10',
  });
});

test.each([
  ['250 2.1.0 Ok', { code: 250, status: '2.1.0', text: 'Ok' }],
  ['550-5.7.1 two\r\n550 5.7.1 lines', { code: 550, status: '5.7.1', text: 'two lines' }],
  ['354 go', { code: 354, status: null, text: 'go' }],
  ['421', { code: 421, status: null, text: '' }],
  ['nonsense', { code: 0, status: null, text: 'nonsense' }],
])('the reply %j is read (RFC 5321, section 4.2)', (octets, reply) => {
  expect(parseSmtpReply(octets)).toEqual(reply);
});

test('any octets are a reply of some kind, without control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (octets) => {
      expect(formatSmtpReply(parseSmtpReply(octets))).not.toMatch(/[\x00-\x1f]/);
    }),
  );
});

const CONTEXT = {
  mailHost: 'mail.crepes.fr',
  from: 'MAILER-DAEMON@crepes.fr',
  id: 'q2',
  exchange: 'mail-crepes.x2',
  at: 1_795_146_873_000,
  boundary: '=_b',
  willRetryUntil: 0,
  isInternationalized: false,
  isEightBit: false,
};

test('a report has the form of RFC 6522 and RFC 3464', () => {
  const { entry: after, tellings } = step({ ...entry([recipient('bob@hamburger.edu')]), envid: 'env\r\nX: 1' }, NEVER);
  const { beginning, end } = formatDeliveryReport(after, tellings[0]!, CONTEXT, true);
  expect(beginning).toContain(
    'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="=_b"\r\n\r\n',
  );
  expect(beginning).toContain(
    '\r\nOriginal-Envelope-Id: env??X: 1\r\nReporting-MTA: dns; mail.crepes.fr\r\nArrival-Date: Thu, 1 Jan 1970 00:16:40 +0000\r\n\r\n' +
      'Final-Recipient: rfc822; bob@hamburger.edu\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mail.hamburger.edu\r\n' +
      'Diagnostic-Code: smtp; 550 5.1.1 No such user here\r\n',
  );
  expect(beginning).toMatch(/Content-Type: message\/rfc822\r\nContent-Description: Undelivered message\r\n\r\n$/);
  expect(end).toBe('\r\n--=_b--\r\n');
});

test.each([
  ['failed', 'Undelivered message'],
  ['delayed', 'Delayed message'],
  ['delivered', 'Delivered message'],
  ['relayed', 'Relayed message'],
] as const)('what a report of a message that was %s returns is called "%s"', (action, name) => {
  const told = [{ recipient: recipient('bob@hamburger.edu'), outcome: ACCEPTED }];
  const { beginning } = formatDeliveryReport(entry([]), { action, told }, CONTEXT, false);
  expect(beginning).toMatch(new RegExp(`\\r\\nContent-Description: ${name} headers\\r\\n\\r\\n$`));
});

test('a reply of any length makes no line longer than 998 characters (RFC 5322, section 2.1.1)', () => {
  const refused = parseSmtpReply(`550 5.1.1 ${'No such user here. '.repeat(60)}`);
  const outcomes = new Map([
    ['bob@hamburger.edu', { kind: 'permanent', reply: refused, by: 'mail.hamburger.edu' } as const],
  ]);
  const { entry: after, tellings } = stepQueueEntry(entry([recipient('bob@hamburger.edu')]), outcomes, START, SCHEDULE);
  const { beginning } = formatDeliveryReport(after, tellings[0]!, CONTEXT, true);
  expect(beginning).toContain('550 5.1.1 No such user here. No such');
  expect(Math.max(...beginning.split('\r\n').map((line) => line.length))).toBeLessThan(998);
});
