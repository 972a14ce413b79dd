import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Lab, LabOptions } from '../embedded/lab.ts';
import type * as published from '../embedded/topdown-lab.d.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A program of somebody else: it knows the package by its name only. */
const USER_PROGRAM = `
import { startLab } from 'topdown-lab';
const lab = await startLab({ net: '127.66', only: ['sockets'] });
console.log(JSON.stringify({
  addresses: await lab.resolve('www.someschool.edu'),
  sockets: lab.host('sockets').address,
}));
await lab.stop();
`;

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

test('an end-to-end suite starts the lab as a library from the installed package', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'topdown-library-'));
  try {
    installPackage(folder);
    writeFileSync(join(folder, 'suite.mjs'), USER_PROGRAM);
    const printed = execFileSync(process.execPath, ['suite.mjs'], { cwd: folder, encoding: 'utf8' });
    expect(JSON.parse(printed)).toEqual({ addresses: ['127.66.10.1'], sockets: '127.66.40.1' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the published types say what the sources say', () => {
  const asPublished = (lab: Lab): published.Lab => lab;
  const asWritten = (options: published.LabOptions): LabOptions => options;
  expect([asPublished, asWritten]).toHaveLength(2);
});
