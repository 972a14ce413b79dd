import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import { lab, until } from './kit/lab-under-test.ts';

/** Every command of the README's first five minutes, and of the pages below docs/ that say so, is run as it stands, against the lab of this form. */

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** Longest time for one command, in milliseconds. */
const COMMAND_MS_MAX = 120_000;

interface TryOut {
  readonly command: string;
  /** Part of what it prints; empty where nothing is promised. */
  readonly prints: string;
}

/** The lines of the blocks marked `sh` (both forms) or `sh <form>`. */
function tryOuts(readme: string, form: string): TryOut[] {
  const blocks = [...readme.matchAll(/^```sh( \w+)?\n(.*?)^```$/gms)];
  return blocks
    .filter(([, only]) => only === undefined || only.trim() === form)
    .flatMap(([, , text = '']) => text.trim().split('\n'))
    .map((line) => {
      const [command = '', prints = ''] = line.split('# prints ');
      return { command: command.trim(), prints: prints.trim() };
    });
}

/** The lab of the tests has other addresses than a lab that somebody started: the rest of the line is the README's. */
function inThisLab(command: string): string {
  return command
    .replaceAll('127.0.0.1', lab.published)
    .replaceAll('127.53.', `${lab.net}.`)
    .replaceAll('10.53.', `${lab.net}.`)
    .replaceAll('docker compose', `docker compose --project-name ${lab.project}`);
}

function run(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('bash', ['-c', command], { cwd: ROOT, timeout: COMMAND_MS_MAX }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr);
      else reject(new Error(`${command}\n${stdout}${stderr}`, { cause: error }));
    });
  });
}

function hasTool(command: string): Promise<boolean> {
  const tool = command.replace(/^(echo|sleep) [^|;]*[|;] /, '').split(' ')[0];
  return run(`command -v ${tool}`).then(
    () => true,
    () => false,
  );
}

const PAGES = ['README.md', 'README.ko.md', 'docs/mail-for-engineers.md', 'docs/mail-for-engineers.ko.md'];

describe.each(PAGES)('%s', (file) => {
  for (const { command, prints } of tryOuts(readFileSync(`${ROOT}${file}`, 'utf8'), lab.form)) {
    test(command, async ({ skip }) => {
      skip(!(await hasTool(command)), 'the tool is not installed here');
      // A person who is too early tries again: the message for Bob may still be on its way.
      await until(`"${command}" prints ${prints}`, async () => (await run(inThisLab(command))).includes(prints));
    });
  }
});
