import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const CHILD = new URL('children/append-refused.ts', import.meta.url).pathname;
const NOBODY = 65_534;

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'refused-'));
  const folders = ['', 'alice', 'alice/tmp', 'alice/new', 'alice/cur'].map((folder) => join(root, folder));
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    if (process.getuid?.() === 0) chownSync(folder, NOBODY, NOBODY);
  }
});

afterEach(() => {
  chmodSync(join(root, 'alice', 'new'), 0o700);
  rmSync(root, { recursive: true, force: true });
});

/** @param limit octets that one file may have, in units of 1024 */
function append(octets: number, limit = 'unlimited'): unknown {
  const command = `ulimit -f ${limit}; exec ${process.execPath} ${CHILD} ${root} ${octets}`;
  return JSON.parse(execFileSync('bash', ['-c', command], { encoding: 'utf8' }));
}

test('a message for which the disk has no room is told as that (452 4.3.1), and nothing of it is left', () => {
  expect(append(100_000)).toEqual({ code: null, isDiskFull: false, left: 1 });
  expect(append(100_000, '64')).toEqual({ code: 'EFBIG', isDiskFull: true, left: 1 });
});

test('a message that may not be put into the mailbox is told as a fault of ours (451 4.3.0), and nothing of it is left', () => {
  chmodSync(join(root, 'alice', 'new'), 0o500);
  expect(append(2_000)).toEqual({ code: 'EACCES', isDiskFull: false, left: 0 });
  chmodSync(join(root, 'alice', 'tmp'), 0o500);
  expect(append(2_000)).toEqual({ code: 'EACCES', isDiskFull: false, left: 0 });
});
