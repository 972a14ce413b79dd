import { afterEach, beforeEach, expect, test } from 'vitest';
import { ZodError } from 'zod';
import { createTestHost, type TestHost } from '#shared/host/test-host.ts';
import type { FaultStage } from '../../src/protocol/fault-stages.ts';
import { MAGIC_RECIPIENTS } from '../../src/protocol/magic-recipients.ts';
import { faultActions } from '../../src/server/fault-actions.ts';
import { faultInput, faultRule } from '../../src/server/fault-input.ts';
import { FAULT_RULES_MAX, FaultRefused, Faults } from '../../src/server/faults.ts';

const REPLY = { code: 451, text: 'not now' };

let host: TestHost;
let faults: Faults;

beforeEach(() => {
  host = createTestHost({ name: 'mail', suffix: '27.1' });
  faults = new Faults(host, MAGIC_RECIPIENTS, ['hamburger.edu', 'foo.com']);
});

afterEach(async () => {
  faults.stop();
  await host.remove();
});

function set(input: object): void {
  faults.set(faultRule(faultInput.parse({ name: 'rule', stage: 'smtp-rcpt', ...input }), host.clock.now()));
}

const toBob = { client: '127.0.0.1', sender: 'alice@crepes.fr', recipients: ['bob@hamburger.edu'] };

test('without a rule nothing happens, and only the stages of the magic recipients are asked', async () => {
  const busy = (['smtp-connect', 'smtp-rcpt', 'smtp-message', 'smtp-stored', 'relay'] as FaultStage[]).filter(
    (stage) => !faults.isIdleAt(stage),
  );
  expect(busy).toEqual(['smtp-rcpt', 'smtp-message', 'smtp-stored']);
  expect(await faults.meet('smtp-rcpt', toBob)).toBeNull();
  expect(new Faults(host, new Map(), []).isIdleAt('smtp-rcpt')).toBe(true);
});

test('a rule answers in place of the server, is reported by its name, and is listed with its hits', async () => {
  set({ reply: REPLY, times: 1, match: { recipient: 'bob@*' } });
  const outcome = await faults.meet('smtp-rcpt', toBob, { exchange: 'mail.x1' });
  expect(outcome).toEqual({ kind: 'reply', reply: { code: 451, status: '4.0.0', text: 'not now' }, rule: 'rule' });
  expect(await faults.meet('smtp-rcpt', toBob)).toBeNull();
  await expect.poll(() => host.reported.length).toBe(1);
  expect(host.reported[0]).toMatchObject({
    kind: 'mail.fault',
    exchange: 'mail.x1',
    summary: 'fault rule at smtp-rcpt: 451 4.0.0 not now',
    message: { rule: 'rule', stage: 'smtp-rcpt', recipients: ['bob@hamburger.edu'] },
    because: 'the rule "rule" was set for this stage',
  });
  expect(faults.list).toMatchObject([{ hits: 1, isSpent: true }]);
});

test('a rule ends when lab time has passed', async () => {
  set({ reply: REPLY, forSeconds: 60 });
  host.clock.advance(59_000);
  expect(await faults.meet('smtp-rcpt', toBob)).not.toBeNull();
  host.clock.advance(2_000);
  expect(await faults.meet('smtp-rcpt', toBob)).toBeNull();
});

test('a delay alone goes on afterwards; a delay before a drop drops afterwards', async () => {
  set({ delayMs: 20 });
  const begun = performance.now();
  expect(await faults.meet('smtp-rcpt', toBob)).toBeNull();
  expect(performance.now() - begun).toBeGreaterThan(15);
  set({ delayMs: 1, drop: true });
  expect(await faults.meet('smtp-rcpt', toBob)).toEqual({ kind: 'drop', afterOctets: 0, rule: 'rule' });
});

test('a client that goes away, and a server that stops, end the waiting at once', async () => {
  set({ delayMs: 600_000 });
  const gone = new AbortController();
  const first = faults.meet('smtp-rcpt', toBob, { gone: gone.signal });
  const second = faults.meet('smtp-rcpt', toBob);
  gone.abort();
  expect(await first).toMatchObject({ kind: 'drop' });
  faults.stop();
  expect(await second).toMatchObject({ kind: 'drop' });
  expect(await faults.meet('smtp-rcpt', toBob)).toMatchObject({ kind: 'drop' });
});

test('a magic recipient answers as its name says, at RCPT or after the dot', async () => {
  const at = (stage: FaultStage, recipient: string) => faults.meet(stage, { ...toBob, recipients: [recipient] });
  expect(await at('smtp-rcpt', 'TempError@hamburger.edu')).toMatchObject({ reply: { code: 451, status: '4.3.0' } });
  expect(await at('smtp-rcpt', '552@foo.com')).toMatchObject({ reply: { code: 552, status: '5.2.2' } });
  expect(await at('smtp-rcpt', '552-data@foo.com')).toBeNull();
  expect(await at('smtp-message', '552-data@foo.com')).toMatchObject({ reply: { code: 552 } });
  expect(await at('smtp-rcpt', 'drop@foo.com')).toMatchObject({ kind: 'drop' });
  expect(await at('smtp-stored', 'drop-stored@foo.com')).toMatchObject({ kind: 'drop' });
  expect(await at('smtp-rcpt', 'bob@hamburger.edu')).toBeNull();
});

test('a magic name is magic at the domains of this server only: elsewhere the other server answers', async () => {
  const at = (recipient: string) => faults.meet('smtp-rcpt', { ...toBob, recipients: [recipient] });
  expect(await at('permerror@nowhere.example')).toBeNull();
  expect(await at('permerror@sub.foo.com')).toBeNull();
  expect(await at('permerror@FOO.com')).toMatchObject({ reply: { code: 550 } });
});

test('greylist@ is put off at first, and taken when it is tried again later', async () => {
  const facts = { ...toBob, recipients: ['greylist@hamburger.edu'] };
  expect(await faults.meet('smtp-rcpt', facts)).toMatchObject({ reply: { code: 451, status: '4.7.1' } });
  host.clock.advance(5_000);
  expect(await faults.meet('smtp-rcpt', facts)).toMatchObject({ reply: { code: 451 } });
  host.clock.advance(5_000);
  expect(await faults.meet('smtp-rcpt', facts)).toBeNull();
});

test('a rule of the same name takes the place of the first, and begins anew', async () => {
  set({ name: 'a', reply: REPLY });
  set({ name: 'b', reply: REPLY });
  await faults.meet('smtp-rcpt', toBob);
  set({ name: 'a', reply: { code: 550 } });
  expect(faults.list.map(({ rule, hits }) => [rule.name, hits])).toEqual([
    ['a', 0],
    ['b', 0],
  ]);
  expect(faults.remove('a')).toBe(true);
  expect(faults.remove('a')).toBe(false);
  expect(faults.clear()).toBe(1);
});

test('there are no more rules than the limit says; spent ones make room', async () => {
  for (let index = 0; index < FAULT_RULES_MAX; index += 1) set({ name: `r${index}`, reply: REPLY, times: 1 });
  expect(() => set({ name: 'one-more', reply: REPLY })).toThrow(FaultRefused);
  await faults.meet('smtp-rcpt', toBob);
  set({ name: 'one-more', reply: REPLY });
  expect(faults.list).toHaveLength(FAULT_RULES_MAX);
});

test.each([
  ['an unknown stage', { stage: 'smtp-ehlo', reply: REPLY }],
  ['a code that is no failure', { reply: { code: 250 } }],
  ['an enhanced code of another class', { reply: { code: 451, status: '5.0.0' } }],
  ['a line end in the text', { reply: { code: 451, text: 'a\r\n250 ok' } }],
  ['both reply and drop', { reply: REPLY, drop: true }],
  ['a name with a blank', { name: 'a b', reply: REPLY }],
  ['a strange key', { replies: REPLY }],
])('a rule with %s is refused', (_what, input) => {
  expect(() => set(input)).toThrow(ZodError);
});

test('faults are set, listed and removed as actions of the control API', async () => {
  const actions = faultActions(faults, host.clock);
  await actions.fault!.run({ name: 'busy', stage: 'pop3-login', reply: REPLY });
  expect(await actions.faults!.run({})).toMatchObject({ faults: [{ name: 'busy', stage: 'pop3-login', hits: 0 }] });
  expect(await actions['remove-fault']!.run({ name: 'busy' })).toEqual({ removed: 1 });
  expect(await actions.faults!.run({})).toEqual({ faults: [] });
});
