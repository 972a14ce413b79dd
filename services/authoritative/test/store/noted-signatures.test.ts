import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { REMEMBERED_MAX, Replays } from '../../src/protocol/replays.ts';
import { NotedSignatures } from '../../src/store/noted-signatures.ts';

const NOW = 1_795_000_000;
const signature = (mac: string, timeSigned: number, fudge = 300) => ({ key: ['a b', 'Key'], mac, timeSigned, fudge });

let folder: string;
const path = () => join(folder, 'journal', 'example.signatures');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topdown-signatures-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function loaded(): NotedSignatures {
  const noted = new NotedSignatures(path());
  noted.load();
  return noted;
}

test('no file is written where no signature is good any more', async () => {
  await loaded().note([signature('aa', NOW - 301)], NOW);
  expect([existsSync(path()), loaded().all]).toEqual([false, []]);
});

test('signatures are noted beside those before them, until they are good no longer', async () => {
  await loaded().note([signature('aa', NOW - 300), signature('bb', NOW - 500, 600)], NOW);
  await loaded().note([signature('cc', NOW)], NOW + 1);
  expect(loaded().all).toEqual([signature('bb', NOW - 500, 600), signature('cc', NOW)]);
  await loaded().note([], NOW + 301);
  expect([loaded().all, readFileSync(path(), 'utf8')]).toEqual([[], '']);
});

test('of more than are remembered the newest are noted, and nothing as old as the others is believed after that', async () => {
  const many = Array.from({ length: REMEMBERED_MAX + 50 }, (_, at) => signature(`${at}`, NOW + Math.floor(at / 10)));
  await loaded().note(many.toReversed(), NOW);
  const { all } = loaded();
  expect([all.length, all[0]?.mac.length]).toEqual([REMEMBERED_MAX + 1, 2]);
  const replays = new Replays<string>();
  for (const one of all) replays.remember(one, null, null, NOW);
  for (const one of many) expect(replays.recall(one, 'client').kind).toBe('replay');
  expect(replays.recall(signature('new', NOW + 10), 'client').kind).toBe('new');
});
