import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Mailbox } from '../../src/store/mailbox.ts';
import { MailboxKit, message } from './mailbox-kit.ts';

let kit: MailboxKit;
let mailbox: Mailbox;

const letter = (subject: string) =>
  `From: Bob <bob@hamburger.edu>\r\nSubject: ${subject}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>\r\n`;

beforeEach(async () => {
  kit = new MailboxKit();
  mailbox = kit.open();
  await mailbox.add(['a', 'b', 'c'].map((subject) => ({ message: message(letter(subject)) })));
});

afterEach(() => kit.remove());

const index = () => join(kit.dir, 'topdown-index');
const subjects = async (uids: number[]) => (await mailbox.facts(uids)).map((facts) => facts?.subject ?? null);

/** What the files say now is another thing than what was kept: so it shows which of the two is told. */
function garbleFiles(): void {
  for (const folder of ['new', 'cur']) {
    for (const file of readdirSync(join(kit.dir, folder))) {
      const path = join(kit.dir, folder, file);
      writeFileSync(path, readFileSync(path, 'latin1').replace(/Subject: ./, 'Subject: Z'));
    }
  }
}

test('facts are told in the order that was asked for, with null for what is gone', async () => {
  expect(await subjects([3, 9, 1])).toEqual(['c', null, 'a']);
  const [facts] = await mailbox.facts([2], 'structure');
  expect(facts?.envelope).toBe(
    '(NIL "b" (("Bob" NIL "bob" "hamburger.edu")) (("Bob" NIL "bob" "hamburger.edu")) (("Bob" NIL "bob" "hamburger.edu")) NIL NIL NIL NIL NIL)',
  );
  expect(facts?.body).toBe('("text" "html" ("charset" "utf-8") NIL NIL "7bit" 5 1)');
  expect(facts?.bodyStructure).toBe('("text" "html" ("charset" "utf-8") NIL NIL "7bit" 5 1 NIL NIL NIL NIL)');
  expect([facts?.octets, facts?.arrivedAt, facts?.subject]).toEqual([letter('b').length, kit.now, 'b']);
});

test('what was worked out once is not read from the messages again, also after a restart', async () => {
  await mailbox.facts([1, 2, 3], 'structure');
  garbleFiles();
  expect(await subjects([1, 2, 3])).toEqual(['a', 'b', 'c']);
  mailbox = kit.open();
  await mailbox.claimRecent();
  expect(await subjects([1, 2, 3])).toEqual(['a', 'b', 'c']);
  const size = statSync(index()).size;
  expect((await mailbox.facts([2], 'structure'))[0]?.body).toContain('"html"');
  expect(statSync(index()).size).toBe(size);
});

test('an index that was cut at any place keeps its whole records, and the rest is worked out again', async () => {
  await mailbox.facts([1, 2, 3]);
  const whole = readFileSync(index());
  garbleFiles();
  for (let at = 0; at < whole.length; at += 13) {
    writeFileSync(index(), whole.subarray(0, at));
    mailbox = kit.open();
    const told = (await subjects([1, 2, 3])).join('');
    expect('abc'.startsWith(told.replaceAll('Z', '')), told).toBe(true);
    expect(told.slice(told.indexOf('Z'))).toMatch(/^Z*$/);
  }
  expect(await subjects([1, 2, 3])).toEqual(['a', 'b', 'Z']);
});

test('an index in which an octet was changed is not believed behind that place, and mended', async () => {
  await mailbox.facts([1, 2, 3]);
  const whole = readFileSync(index());
  garbleFiles();
  for (let at = 0; at < whole.length; at += 37) {
    const changed = Buffer.from(whole);
    changed[at] = changed[at]! ^ 0x20;
    writeFileSync(index(), changed);
    mailbox = kit.open();
    expect((await subjects([1, 2, 3])).join('')).toMatch(/^(ZZZ|aZZ|abZ)$/);
    mailbox = kit.open();
    expect((await subjects([1, 2, 3])).join('')).toMatch(/^(ZZZ|aZZ|abZ)$/);
  }
});

test('an index that is damaged, cut or taken away while it is in use is worked out again', async () => {
  await mailbox.facts([1, 2]);
  for (const harm of [
    () => truncateSync(index(), 40),
    () => writeFileSync(index(), 'x'.repeat(9_000)),
    () => rmSync(index()),
  ]) {
    harm();
    expect(await subjects([1, 2, 3])).toEqual(['a', 'b', 'c']);
  }
  mailbox = kit.open();
  expect(await subjects([1, 2, 3])).toEqual(['a', 'b', 'c']);
});

test('an index that cannot be written anew without what is gone goes on as it is', async () => {
  const long = `References: ${'<x@y> '.repeat(5_000)}\r\n`;
  await mailbox.add(Array.from({ length: 80 }, () => ({ message: message(long + letter('long')) })));
  const all = Array.from({ length: 83 }, (_, at) => at + 1);
  await subjects(all);
  await mailbox.expunge(all.slice(3));
  mkdirSync(`${index()}.new`);
  const before = statSync(index()).size;
  mailbox = kit.open();
  expect(await subjects([1, 2, 3])).toEqual(['a', 'b', 'c']);
  expect(statSync(index()).size).toBe(before);
  rmdirSync(`${index()}.new`);
  mailbox = kit.open();
  garbleFiles();
  expect(await subjects([1, 2, 3])).toEqual(['a', 'b', 'c']);
  expect(statSync(index()).size).toBeLessThan(before / 10);
});

test('an index of another version is thrown away', async () => {
  await mailbox.facts([1]);
  garbleFiles();
  writeFileSync(
    index(),
    readFileSync(index(), 'latin1').replace(/^topdown-facts [\d.]+/, 'topdown-facts 1.0'),
    'latin1',
  );
  mailbox = kit.open();
  expect(await subjects([1])).toEqual(['Z']);
});

test('a message that another program has renamed meanwhile is found; one that it has removed is gone', async () => {
  await mailbox.claimRecent();
  const [first = '', second = ''] = readdirSync(join(kit.dir, 'cur')).sort();
  renameSync(join(kit.dir, 'cur', first), join(kit.dir, 'cur', `${first}RS`));
  rmSync(join(kit.dir, 'cur', second));
  expect(await subjects([1, 2, 3])).toEqual(['a', null, 'c']);
});

test('header fields that are too long are not kept, and the rest is', async () => {
  await mailbox.add([{ message: message(`To: ${'a@b, '.repeat(15_000)}c@d\r\nSubject: x\r\n\r\n`) }]);
  const [facts] = await mailbox.facts([4]);
  expect(facts?.header).toBeNull();
  expect(facts?.envelope.startsWith('(NIL "x"')).toBe(true);
  expect(facts?.octets).toBeGreaterThan(75_000);
});

test('the index goes along when a mailbox is renamed, and says nothing of messages that are gone', async () => {
  await mailbox.facts([1, 2, 3]);
  await mailbox.expunge([1, 3]);
  expect(await subjects([1, 2, 3])).toEqual([null, 'b', null]);
  await mailbox.relocate(async () => {
    renameSync(kit.dir, `${kit.dir}2`);
    return `${kit.dir}2`;
  });
  expect(await subjects([2])).toEqual(['b']);
  expect(await Promise.all([subjects([2]), subjects([2]), mailbox.facts([2], 'structure')])).toHaveLength(3);
  appendFileSync(`${kit.dir}2/topdown-index`, '');
});
