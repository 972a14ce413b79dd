import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const MAIN = new URL('../main.ts', import.meta.url).pathname;

/** Not synchronously: whoever waits for this process meanwhile is answered, however busy the machine is. */
function lab(...words: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...words], (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    child.stdin?.end();
  });
}

test('without a word it says what it can do', async () => {
  const { status, stdout } = await lab();
  expect(status).toBe(0);
  for (const command of ['calculate', 'measure', 'churn', 'draw']) expect(stdout).toContain(`main.ts ${command}`);
});

test('it calculates a setting', async () => {
  const { status, stdout } = await lab('calculate', 'downlink');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^ 1 +30\.00 +the slowest download +30\.00 +the slowest download$/m);
  expect(stdout).toMatch(/^16 +96\.00 +every copy from the server +36\.92 +all uploads together$/m);
});

test.each([
  ['an unknown command', ['fly'], 'There is no command "fly".'],
  ['an unknown setting', ['measure', 'moon'], 'There is no setting "moon": give figure, equal, downlink'],
  ['half a peer', ['measure', '--peers', '1,1.5'], '--peers 1.5: give a whole number from 1 to 200'],
  ['no peers', ['measure', '--peers', ''], '--peers : give a whole number from 1 to 200'],
  ['a variable without a value', ['measure', '--set', 'ROLE'], '--set ROLE: give NAME=VALUE'],
  ['an unknown option', ['measure', '--fast'], "Unknown option '--fast'"],
  ['a network that is none', ['churn', '--net', '127'], '--net 127: give two octets of loopback'],
  ['nobody at once', ['churn', '--at-once', '0'], '--at-once 0: give a whole number from 1 to 100'],
  ['a folder without results', ['draw', '--out', '/nowhere/at/all'], 'There are no results in /nowhere/at/all'],
])('%s is refused with a sentence', async (_, words, sentence) => {
  const { status, stderr } = await lab(...words);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain('    at ');
  expect(status).toBe(1);
});

test('a variable that peers do not take is told before anything is measured', async () => {
  const { status, stderr } = await lab('measure', '--quick', '--peers', '1', '--set', 'PICK_POLICY=best');
  expect(stderr).toContain('PICK_POLICY is refused, it is "best": give rarest, random, sequential');
  expect(status).toBe(1);
});

test('a file that is no result is refused by its name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'topdown-lab-draw-'));
  writeFileSync(join(folder, 'figure.json'), '{');
  const { status, stderr } = await lab('draw', '--out', folder);
  rmSync(folder, { recursive: true });
  expect(stderr).toContain(`${join(folder, 'figure.json')} is no result of an experiment`);
  expect(status).toBe(1);
});
