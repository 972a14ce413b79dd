/**
 * npm test: unit tests, then the journeys against the embedded lab, then the same journeys against containers where a Docker
 * engine answers. One vitest run after the other, since each brings up a whole lab. The last line counts all of them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Why the journeys in containers cannot run here, or null. */
function whyNoContainers(): string | null {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 });
    execFileSync('docker', ['compose', 'version'], { stdio: 'ignore', timeout: 10_000 });
    return null;
  } catch {
    return 'no Docker engine with Compose answers here';
  }
}

function runProject(project: string, folder: string): Counts {
  const file = join(folder, `${project}.json`);
  const run = spawnSync(
    process.execPath,
    [VITEST, 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    { cwd: ROOT, stdio: 'inherit', env: { ...process.env, TESTCONTAINERS_RYUK_DISABLED: 'true' } },
  );
  const counts = readCounts(file);
  // A file that cannot be loaded, or an error outside of every test, fails without a test that counts.
  if (run.status !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

function readCounts(file: string): Counts {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
    return {
      passed: result.numPassedTests ?? 0,
      failed: result.numFailedTests ?? 0,
      skipped: (result.numPendingTests ?? 0) + (result.numTodoTests ?? 0),
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const folder = mkdtempSync(join(tmpdir(), 'topdown-test-'));
const noContainers = whyNoContainers();
const projects = ['unit', 'embedded', ...(noContainers === null ? ['containers'] : [])];
const all = projects.map((project) => runProject(project, folder));
rmSync(folder, { recursive: true, force: true });

const sum = (which: keyof Counts) => all.reduce((total, counts) => total + counts[which], 0);
if (noContainers !== null) process.stdout.write(`\nNOT RUN: the journeys in containers, since ${noContainers}.\n`);
process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped\n`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
