import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import type { Lab, LabOptions } from '../embedded/lab.ts';
import type * as published from '../embedded/topdown-lab.d.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A program of somebody else: it knows the package by its name only. */
const USER_PROGRAM = `
import { startLab } from 'topdown-lab';
const lab = await startLab({ net: '${TEST_NET}', only: ['sockets'] });
console.log(JSON.stringify({
  addresses: await lab.resolve('www.someschool.edu'),
  sockets: lab.host('sockets').address,
}));
await lab.stop();
`;

/** The suite of an application that sends mail when somebody signs up. */
const MAIL_PROGRAM = `
import { startLab, LabMailError } from 'topdown-lab';
const lab = await startLab({ net: '${TEST_NET}', only: ['mail'] });
const crepes = lab.mail('crepes.fr');
const hamburger = lab.mail('hamburger.edu');
await crepes.send({ from: 'noreply@shop.example', to: 'alice@crepes.fr', subject: 'Confirm', text: 'Your code is 482913' });
const confirm = await crepes.waitForMessage({ to: 'alice@crepes.fr', subject: 'confirm' });
const twice = await crepes.waitForMessage({ subject: 'confirm', timeoutMs: 50 }).catch((error) => error);
await hamburger.setFault({ name: 'busy', stage: 'smtp-rcpt', reply: { code: 451 }, times: 1 });
await crepes.send({ from: 'alice@crepes.fr', to: ['bob@hamburger.edu'], text: 'hello', attachments: [{ filename: 'a.txt', content: 'menu' }] });
const message = hamburger.waitForMessage({ account: 'bob', timeoutMs: 60_000 });
while ((await hamburger.faults())[0].hits === 0) await new Promise((resolve) => setTimeout(resolve, 5));
lab.advanceClock(60_000);
const { id, attachments } = await message;
const sinceNow = await crepes.messages({ folder: '*', since: await crepes.place() });
await crepes.reset();
let unknown = '';
try {
  lab.mail('example.org');
} catch (error) {
  unknown = error.message;
}
console.log(JSON.stringify({
  code: confirm.codes[0].code,
  twice: twice instanceof LabMailError && twice.status,
  part: Buffer.from(await hamburger.part(id, attachments[0].section)).toString(),
  sinceNow: sinceNow.length,
  left: (await crepes.messages({ folder: '*' })).length,
  queue: await crepes.queue(),
  unknown,
}));
await lab.stop();
`;

/** A suite in TypeScript, with the strictest reading of what the package says of itself. */
const TYPED_SUITE = `
import { type Lab, type LabHost, LabMail, LabMailError, type Message, type Report, startLab } from 'topdown-lab';
export async function suite(): Promise<string> {
  const lab: Lab = await startLab({ net: '127.66', only: ['mail'], stateDir: '/tmp/never', fresh: true });
  const host: LabHost = lab.host('peer-1');
  const { complete } = await host.state<{ complete: boolean }>();
  const kinds: string[] = [];
  const end = lab.reports.subscribe((report: Report) => kinds.push(report.kind));
  const message: Message = await lab.mail('crepes.fr').waitForMessage({ subject: 'confirm' });
  const other = new LabMail('http://127.0.0.1:1825');
  const failure = await other.queue().catch((error: unknown) => error);
  end();
  return String(complete) + message.codes[0]?.code + (failure instanceof LabMailError ? failure.status : '');
}
`;
const TYPED_SUITE_CONFIG = {
  compilerOptions: { module: 'nodenext', target: 'esnext', strict: true, noEmit: true, skipLibCheck: false, types: [] },
  files: ['suite.ts'],
};

/** The program that a manual page shows. */
function exampleOf(page: string): string {
  return /^```js\n(.*?)^```$/ms.exec(readFileSync(join(ROOT, page), 'utf8'))?.[1] ?? '';
}

/** What npm would install, in a folder of its own: the packed files, and the dependencies that this checkout has. */
function installPackage(folder: string): void {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: ROOT,
      encoding: 'utf8',
    }),
  ) as [{ filename: string }];
  const target = join(folder, 'node_modules', 'topdown-lab');
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed.filename), '--strip-components=1', '-C', target]);
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: object };
  for (const name of Object.keys(dependencies)) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), link);
  }
}

function typeErrorsIn(folder: string): string {
  const checked = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' });
  return checked.stdout + checked.stderr;
}

test('an end-to-end suite starts the lab as a library from the installed package', { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'topdown-library-'));
  try {
    installPackage(folder);
    writeFileSync(join(folder, 'suite.mjs'), USER_PROGRAM);
    const printed = execFileSync(process.execPath, ['suite.mjs'], { cwd: folder, encoding: 'utf8' });
    expect(JSON.parse(printed)).toEqual({ addresses: [`${TEST_NET}.10.1`], sockets: `${TEST_NET}.40.1` });
    writeFileSync(
      join(folder, 'page.mjs'),
      exampleOf('docs/mail-for-engineers.md').replace(/net: '127\.\d+'/, `net: '${TEST_NET}'`),
    );
    expect(execFileSync(process.execPath, ['page.mjs'], { cwd: folder, encoding: 'utf8' })).toBe('482913\n');
    writeFileSync(join(folder, 'mail.mjs'), MAIL_PROGRAM);
    const mail = JSON.parse(execFileSync(process.execPath, ['mail.mjs'], { cwd: folder, encoding: 'utf8' }));
    expect(mail).toMatchObject({ code: '482913', twice: 404, part: 'menu', sinceNow: 0, left: 0, queue: [] });
    writeFileSync(join(folder, 'suite.ts'), TYPED_SUITE);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TYPED_SUITE_CONFIG));
    expect(typeErrorsIn(folder)).toBe('');
    expect(mail.unknown).toMatch(/^There is no mail domain "example\.org" in this lab: crepes\.fr, hamburger\.edu/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the manual page about mail shows the same program in both languages', () => {
  expect(exampleOf('docs/mail-for-engineers.ko.md')).toBe(exampleOf('docs/mail-for-engineers.md'));
});

test('the published types say what the sources say', () => {
  const asPublished = (lab: Lab): published.Lab => lab;
  const asWritten = (options: published.LabOptions): LabOptions => options;
  expect([asPublished, asWritten]).toHaveLength(2);
});
