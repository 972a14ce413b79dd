import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changeLetters, keywordsIn, toFlags, toLetters } from '../../../src/protocol/imap/flags.ts';
import { SequenceView, type ViewChange } from '../../../src/protocol/imap/sequence-view.ts';
import { type ImapState, refusalOf, stepImap } from '../../../src/protocol/imap/session-state.ts';

const FRESH: ImapState = { kind: 'not-authenticated', badCommands: 0 };
const KNOWN: ImapState = { kind: 'authenticated', account: 'alice', badCommands: 0 };
const OPEN: ImapState = { kind: 'selected', account: 'alice', mailbox: 'INBOX', badCommands: 0 };
const OVER: ImapState = { kind: 'logout' };

// RFC 3501, section 6: every command in every state, the refused cells too.
const TABLE: [string, boolean, boolean, boolean][] = [
  ['CAPABILITY', true, true, true],
  ['NOOP', true, true, true],
  ['LOGOUT', true, true, true],
  ['LOGIN', true, false, false],
  ['AUTHENTICATE', true, false, false],
  ['SELECT', false, true, true],
  ['EXAMINE', false, true, true],
  ['CREATE', false, true, true],
  ['DELETE', false, true, true],
  ['RENAME', false, true, true],
  ['SUBSCRIBE', false, true, true],
  ['UNSUBSCRIBE', false, true, true],
  ['LIST', false, true, true],
  ['LSUB', false, true, true],
  ['STATUS', false, true, true],
  ['APPEND', false, true, true],
  ['NAMESPACE', false, true, true],
  ['IDLE', false, true, true],
  ['CHECK', false, false, true],
  ['CLOSE', false, false, true],
  ['UNSELECT', false, false, true],
  ['EXPUNGE', false, false, true],
  ['SEARCH', false, false, true],
  ['FETCH', false, false, true],
  ['STORE', false, false, true],
  ['COPY', false, false, true],
  ['UID', false, false, true],
  ['ID', true, true, true],
  ['STARTTLS', true, false, false],
  ['ENABLE', false, true, true],
  ['MOVE', false, false, true],
  ['NOSUCH', false, false, false],
];

test.each(TABLE)('%s: not authenticated %s, authenticated %s, selected %s', (command, fresh, known, open) => {
  expect([FRESH, KNOWN, OPEN, OVER].map((state) => refusalOf(state, command) === null)).toEqual([
    fresh,
    known,
    open,
    false,
  ]);
});

test.each([
  [FRESH, { kind: 'authenticated', account: 'alice' }, KNOWN],
  [FRESH, { kind: 'selected', mailbox: 'x' }, FRESH],
  [FRESH, { kind: 'unselected' }, FRESH],
  [FRESH, { kind: 'logout' }, OVER],
  [FRESH, { kind: 'bad-command' }, { ...FRESH, badCommands: 1 }],
  [{ ...FRESH, badCommands: 2 }, { kind: 'bad-command' }, OVER],
  [KNOWN, { kind: 'authenticated', account: 'bob' }, KNOWN],
  [KNOWN, { kind: 'selected', mailbox: 'INBOX' }, OPEN],
  [KNOWN, { kind: 'unselected' }, KNOWN],
  [KNOWN, { kind: 'bad-command' }, { ...KNOWN, badCommands: 1 }],
  [OPEN, { kind: 'selected', mailbox: 'x' }, { ...OPEN, mailbox: 'x' }],
  [OPEN, { kind: 'unselected' }, KNOWN],
  [OPEN, { kind: 'authenticated', account: 'bob' }, OPEN],
  [{ ...OPEN, badCommands: 19 }, { kind: 'bad-command' }, OVER],
  [OPEN, { kind: 'logout' }, OVER],
  [OVER, { kind: 'authenticated', account: 'alice' }, OVER],
] as const)('%j, %j: %j', (state, input, expected) => {
  expect(stepImap(state, input)).toEqual(expected);
});

describe('the view of a session', () => {
  test('expunges wait until they may be told, and numbers stay meanwhile', () => {
    const view = new SequenceView([10, 20, 30, 40]);
    view.note({ kind: 'expunged', uid: 20 });
    view.note({ kind: 'expunged', uid: 30 });
    view.note({ kind: 'arrived', uid: 50 });
    expect(view.update(false)).toEqual([{ kind: 'exists', count: 5 }]);
    expect(view.numberOf(40)).toBe(4);
    expect(view.update(true)).toEqual([
      { kind: 'expunge', number: 3, uid: 30 },
      { kind: 'expunge', number: 2, uid: 20 },
    ]);
    expect(view.uids).toEqual([10, 40, 50]);
    expect(view.update(true)).toEqual([]);
  });

  test('what came and went before the client was told is not told', () => {
    const view = new SequenceView([]);
    view.note({ kind: 'arrived', uid: 1 });
    view.note({ kind: 'flagged', uid: 1 });
    view.note({ kind: 'expunged', uid: 1 });
    expect(view.update(true)).toEqual([]);
  });

  test('flags are told once, and not of a message that is gone', () => {
    const view = new SequenceView([1, 2]);
    for (const uid of [1, 2]) view.note({ kind: 'flagged', uid });
    view.note({ kind: 'expunged', uid: 2 });
    expect(view.update(false)).toEqual([{ kind: 'flags', number: 1, uid: 1 }]);
    expect(view.update(false)).toEqual([]);
  });

  test('a client that does what it is told has the same list, whatever happens', () => {
    const change = fc.oneof(
      fc.record({ kind: fc.constantFrom('arrived', 'expunged', 'flagged'), uid: fc.integer({ min: 1, max: 30 }) }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const view = new SequenceView([]);
        const client: number[] = [];
        const mailbox = new Set<number>();
        let uidNext = 1;
        const tell = (mayExpunge: boolean) => {
          const before = client.length;
          for (const update of view.update(mayExpunge)) {
            if (update.kind === 'expunge') client.splice(update.number - 1, 1);
            if (update.kind === 'exists')
              while (client.length < update.count) client.push(view.uidOf(client.length + 1) ?? 0);
          }
          if (!mayExpunge) expect(client.length).toBeGreaterThanOrEqual(before);
          expect(client).toEqual(view.uids);
        };
        for (const one of changes) {
          if (typeof one === 'boolean') {
            tell(one);
            continue;
          }
          const uid = one.kind === 'arrived' ? uidNext++ : one.uid;
          if (one.kind === 'arrived') mailbox.add(uid);
          else if (!mailbox.has(uid)) continue;
          if (one.kind === 'expunged') mailbox.delete(uid);
          view.note({ kind: one.kind, uid } as ViewChange);
        }
        tell(true);
        expect(client).toEqual([...mailbox]);
      }),
    );
  });
});

test('flags have letters, keywords the letters of their places', () => {
  const keywords = ['$Forwarded', 'Work'];
  expect(toLetters(['\\Seen', '\\FLAGGED', 'work', 'unknown'], keywords)).toBe('FSb');
  expect(toFlags('FPSbz', keywords)).toEqual(['\\Flagged', '\\Seen', 'Work']);
  expect(changeLetters('PSa', 'replace', 'F', keywords)).toBe('FP');
  expect(changeLetters('S', 'add', 'F', keywords)).toBe('FS');
  expect(changeLetters('FS', 'remove', 'S', keywords)).toBe('F');
  expect(keywordsIn(['\\Seen', 'Work'])).toEqual(['Work']);
  expect(() => keywordsIn(['\\Recent'])).toThrow('Cannot set the flag');
});
