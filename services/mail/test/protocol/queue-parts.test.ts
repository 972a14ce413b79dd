import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Dialogue } from '../../src/protocol/dialogue.ts';
import { DueList } from '../../src/protocol/due-list.ts';
import { ToLineFeeds } from '../../src/protocol/line-ends.ts';
import {
  flushQueueEntry,
  holdQueueEntry,
  type QueueEntry,
  type Recipient,
  releaseQueueEntry,
  waitingAt,
} from '../../src/protocol/mail-queue.ts';
import { bestFailure, greetingFailure } from '../../src/protocol/mail-route.ts';
import { QueueIds } from '../../src/protocol/queue-id.ts';
import {
  awaitsGreeting,
  connectionsWanted,
  dueRecipients,
  dueTimes,
  HERE,
  newLane,
  oneTransaction,
  waitsForAnswer,
} from '../../src/protocol/queue-lane.ts';
import { formatQueueRecord, parseQueueRecord } from '../../src/protocol/queue-record.ts';
import { silenceLimitMs, stepOf } from '../../src/protocol/silence-limits.ts';

function recipient(address: string, more: Partial<Recipient> = {}): Recipient {
  const [localPart = '', domain = ''] = address.split('@');
  const isHere = domain === 'crepes.fr';
  return {
    address,
    destination: isHere
      ? { kind: 'maildrop', account: localPart }
      : { kind: 'elsewhere', address: { localPart, domain } },
    notify: null,
    orcpt: null,
    state: waitingAt(100),
    ...more,
  };
}

function entry(...recipients: Recipient[]): QueueEntry {
  return {
    id: 'q1',
    exchange: 'h.1',
    reversePath: 'alice@crepes.fr',
    envid: null,
    ret: null,
    isEightBit: false,
    needsSmtpUtf8: false,
    octets: 10,
    subject: 'é \u2028 "x"\n',
    messageId: null,
    arrivedAt: 1_795_146_873_364,
    recipients,
  };
}

test('a record is one line with its checksum', () => {
  const line = formatQueueRecord([entry()], crc32);
  expect(line).toMatch(/^[0-9a-f]{8} \[\{"id":"q1"[^\n]*\]\n$/);
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(parseQueueRecord(line.slice(0, -1), crc32)).toEqual([entry()]);
});

test('a record in which any character is another one, or which ends anywhere, is not read', () => {
  const line = formatQueueRecord([entry(recipient('bob@hamburger.edu'))], crc32).slice(0, -1);
  for (let at = 0; at < line.length; at += 1) {
    expect(parseQueueRecord(line.slice(0, at), crc32)).toBeNull();
    const other = line[at] === '0' ? '1' : '0';
    expect(parseQueueRecord(line.slice(0, at) + other + line.slice(at + 1), crc32)).toBeNull();
  }
});

test('any text is a record or none', () => {
  fc.assert(fc.property(fc.string(), (text) => parseQueueRecord(text, crc32) === null));
  fc.assert(
    fc.property(fc.json(), (json) => {
      const line = `${crc32(json).toString(16).padStart(8, '0')} ${json}`;
      const read = parseQueueRecord(line, crc32);
      return read === null || read.every(({ id }) => typeof id === 'string');
    }),
  );
});

test('a due list gives what is due first, as a list that is sorted at every turn would', () => {
  const change = fc.record({
    key: fc.nat(20),
    dueAt: fc.nat(50),
    kind: fc.constantFrom('set', 'set', 'delete', 'take'),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const list = new DueList<number>();
      const model = new Map<number, { dueAt: number; order: number }>();
      let order = 0;
      const first = () =>
        [...model].sort(([, one], [, other]) => one.dueAt - other.dueAt || one.order - other.order)[0];
      for (const { key, dueAt, kind } of changes) {
        if (kind === 'set') {
          order += 1;
          if (model.get(key)?.dueAt !== dueAt) model.set(key, { dueAt, order });
          list.set(key, dueAt);
        } else if (kind === 'delete') {
          model.delete(key);
          list.delete(key);
        } else {
          const expected = first();
          const isDue = expected !== undefined && expected[1].dueAt <= dueAt;
          expect(list.take(dueAt)).toBe(isDue ? expected[0] : null);
          if (isDue) model.delete(expected[0]);
        }
        expect(list.size).toBe(model.size);
        expect(list.nextAt()).toBe(first()?.[1].dueAt ?? null);
      }
    }),
  );
});

test('a list whose keys change their times all day does not grow', () => {
  const list = new DueList<string>();
  for (let turn = 0; turn < 10_000; turn += 1) list.set('one', turn);
  expect([list.size, list.nextAt(), list.countDue(9_999, 5)]).toEqual([1, 9_999, 1]);
  expect(list.take(9_998)).toBeNull();
  expect(list.take(9_999)).toBe('one');
});

test('an entry waits in a lane for each destination; while it is held in none', () => {
  const mixed = entry(
    recipient('claire@crepes.fr', { state: waitingAt(5) }),
    recipient('bob@hamburger.edu', { state: waitingAt(9) }),
    recipient('dave@hamburger.edu', { state: waitingAt(7) }),
    recipient('gone@other.example', { state: { kind: 'failed', at: 1, status: '5.1.1', reply: '550 no' } }),
  );
  expect([...dueTimes(mixed)]).toEqual([
    [HERE, 5],
    ['hamburger.edu', 7],
  ]);
  expect(dueRecipients(mixed, 'hamburger.edu', 8, false).map(({ address }) => address)).toEqual(['dave@hamburger.edu']);
  const held = holdQueueEntry(mixed, 50);
  expect([...dueTimes(held)]).toEqual([]);
  expect(holdQueueEntry(held, 60).heldAt).toBe(50);
  expect(releaseQueueEntry(held)).toEqual(mixed);
  expect([...dueTimes(flushQueueEntry(held, 3)).values()]).toEqual([3, 3]);
});

test.each([
  ['nothing waits', { waiting: 0, busy: 1, slow: 1 }, 0],
  ['one message waits', { waiting: 1, busy: 0, slow: 0 }, 1],
  ['one waits behind another', { waiting: 1, busy: 1, slow: 0 }, 1],
  ['ten wait', { waiting: 10, busy: 0, slow: 0 }, 1],
  ['eleven wait', { waiting: 11, busy: 0, slow: 0 }, 2],
  ['many wait', { waiting: 500, busy: 8, slow: 0 }, 8],
  ['one waits behind a slow one', { waiting: 1, busy: 1, slow: 1 }, 2],
  ['one waits behind slow ones everywhere', { waiting: 1, busy: 8, slow: 8 }, 8],
  ['many wait and no server has answered', { waiting: 500, busy: 0, slow: 0, isAnswering: false }, 1],
] as const)('connections to a domain when %s', (_when, { waiting, busy, slow, ...more }, wanted) => {
  const ids = Array.from({ length: busy }, (_, at) => String(at));
  const lane = { ...newLane('hamburger.edu'), isAnswering: true, ...more, busy: new Set(ids), slow };
  expect(connectionsWanted(lane, waiting, 8)).toBe(wanted);
});

test.each([
  ['is being opened', { connections: 1, isAnswering: false }, true],
  ['was greeted and is busy with others', { connections: 1, isAnswering: true }, false],
  ['does not exist yet', { connections: 0, isAnswering: false }, false],
] as const)('what is due and not held awaits a greeting when a connection %s', (_when, state, awaits) => {
  const lane = { ...newLane('hamburger.edu'), ...state };
  const bobs = entry(recipient('bob@hamburger.edu'));
  expect(awaitsGreeting(bobs, lane, 100)).toBe(awaits);
  expect(awaitsGreeting(bobs, lane, 99)).toBe(false);
  expect(awaitsGreeting(holdQueueEntry(bobs, 50), lane, 100)).toBe(false);
  expect(awaitsGreeting(entry(recipient('a@x.example')), lane, 100)).toBe(false);
});

test('a transaction carries recipients who share their DSN parameters, no more than are allowed', () => {
  const all = [
    recipient('a@x.example', { notify: ['NEVER'] }),
    recipient('b@x.example'),
    recipient('c@x.example', { notify: ['NEVER'] }),
    recipient('d@x.example', { notify: ['NEVER'], orcpt: 'rfc822;d@x' }),
    recipient('e@x.example', { notify: ['NEVER'] }),
  ];
  expect(oneTransaction(all, 2).map(({ address }) => address)).toEqual(['a@x.example', 'c@x.example']);
  expect(oneTransaction(all.slice(3), 9).map(({ address }) => address)).toEqual(['d@x.example']);
});

test('only what no server could be reached for waits for a server that answers', () => {
  const state = { ...waitingAt(100), isUnreachable: true } as const;
  expect(waitsForAnswer(entry(recipient('a@x.example', { state })), 'x.example')).toBe(true);
  expect(waitsForAnswer(entry(recipient('a@x.example', { state })), 'y.example')).toBe(false);
  expect(waitsForAnswer(entry(recipient('a@x.example')), 'x.example')).toBe(false);
});

test.each([
  ['MAIL FROM:<a@b>', 300_000],
  ['RCPT TO:<a@b>', 300_000],
  ['DATA', 120_000],
  ['EHLO x', 300_000],
])('an answer to %s is waited for %i ms (RFC 5321, section 4.5.3.2)', (command, limitMs) => {
  expect(silenceLimitMs(stepOf(command), 600_000)).toBe(limitMs);
  expect(silenceLimitMs(stepOf(command), 1_000)).toBe(1_000);
});

test('what a server says instead of a greeting: 521 and 554 are final, other replies and silence are not', () => {
  const greet = (code: number) => greetingFailure('mx', { code, status: null, text: 'x' }, 'mx says x', false);
  expect([421, 450, 500, 521, 554].map((code) => greet(code).kind)).toEqual([
    'temporary',
    'temporary',
    'temporary',
    'permanent',
    'permanent',
  ]);
  expect(greetingFailure('mx', null, 'silent', false)).toMatchObject({ kind: 'temporary', isUnreachable: true });
  expect(greetingFailure('mx', null, 'bad certificate', true)).toMatchObject({ reply: { status: '4.7.5' } });
  expect(bestFailure([greet(554), greet(421)])?.kind).toBe('temporary');
  expect(bestFailure([greet(554), greet(521)])?.reply.code).toBe(554);
  expect(bestFailure([])).toBeNull();
});

test('ids rise and are never given twice, also in one millisecond and by two hosts', () => {
  const [one, other] = [new QueueIds(Uint8Array.of(1, 2)), new QueueIds(Uint8Array.of(1, 3))];
  const given = Array.from({ length: 2_000 }, (_, index) => one.next(1_795_146_873_364 + Math.floor(index / 500)));
  expect([...given].sort()).toEqual(given);
  expect(new Set([...given, other.next(1_795_146_873_364)]).size).toBe(2_001);
});

test('a dialogue keeps how the connection was opened, and of a transaction without end the first and the last lines', () => {
  const dialogue = new Dialogue();
  dialogue.add('S', '220-hello\r\n220 there');
  dialogue.beginTransaction();
  for (let line = 0; line < 1_000; line += 1) dialogue.add('C', `line ${line} ${'x'.repeat(1_000)}`);
  const { lines } = dialogue;
  expect(lines.slice(0, 2)).toEqual([
    { by: 'S', text: '220-hello' },
    { by: 'S', text: '220 there' },
  ]);
  expect(lines).toHaveLength(62);
  expect(lines[2]?.text).toMatch(/^line 0 /);
  expect(lines.at(-1)?.text).toMatch(/^line 999 /);
  dialogue.beginTransaction();
  expect(dialogue.lines).toHaveLength(2);
});

test('line ends are the same wherever the octets are cut, and the way to LF and back loses nothing without a bare LF', () => {
  const text = fc
    .array(fc.constantFrom('\r\n', '\r', 'a', '.', '\r\r\n', 'line'), { maxLength: 40 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.nat(40), fc.nat(40), (whole, one, other) => {
      const octets = Uint8Array.from(whole, (letter) => letter.charCodeAt(0));
      const cuts = [0, Math.min(one, other), Math.max(one, other), octets.length];
      const converter = new ToLineFeeds();
      const pieces = [0, 1, 2].map((index) => converter.convert(octets.slice(cuts[index], cuts[index + 1])));
      const text = [...pieces, converter.end()].map((piece) => String.fromCharCode(...piece)).join('');
      expect(text).toBe(whole.replaceAll('\r\n', '\n'));
    }),
  );
});
