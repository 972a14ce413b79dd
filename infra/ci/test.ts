/**
 * npm test: unit tests, then the journeys against the embedded lab, then the same journeys against containers where a Docker
 * engine answers. One vitest run after the other, since each brings up a whole lab. The last lines name what failed and count
 * all of them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');

interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed, a line each: the last lines are what is read of a long output. */
  failures: string[];
}

/** What is read of the JSON of vitest. */
interface Result {
  readonly numPassedTests?: number;
  readonly numFailedTests?: number;
  readonly numPendingTests?: number;
  readonly numTodoTests?: number;
  readonly testResults?: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
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

function runProject(project: string, folder: string): Outcome {
  const file = join(folder, `${project}.json`);
  const run = spawnSync(
    process.execPath,
    [VITEST, 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    { cwd: ROOT, stdio: 'inherit', env: { ...process.env, TESTCONTAINERS_RYUK_DISABLED: 'true' } },
  );
  const outcome = readOutcome(file, project);
  // An error outside of every test fails without a test that counts.
  if (run.status !== 0 && outcome.failed === 0) {
    outcome.failed = 1;
    if (outcome.failures.length === 0) outcome.failures.push(`${project}: an error outside of the tests, told above`);
  }
  return outcome;
}

function readOutcome(file: string, project: string): Outcome {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8')) as Result;
    return {
      passed: result.numPassedTests ?? 0,
      failed: result.numFailedTests ?? 0,
      skipped: (result.numPendingTests ?? 0) + (result.numTodoTests ?? 0),
      failures: (result.testResults ?? []).flatMap((tests) => failuresOf(tests, project)),
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0, failures: [`${project}: the run ended without a result`] };
  }
}

function failuresOf(file: NonNullable<Result['testResults']>[number], project: string): string[] {
  const path = relative(ROOT, file.name);
  const failed = file.assertionResults.filter(({ status }) => status === 'failed');
  // A file that cannot be loaded, or whose beforeAll throws, fails without one of its tests.
  if (failed.length === 0 && file.status === 'failed') return [`${project}: ${path}: ${firstLine(file.message)}`];
  return failed.map(
    ({ fullName, failureMessages }) => `${project}: ${path} > ${fullName}: ${firstLine(failureMessages?.[0])}`,
  );
}

const firstLine = (text = '') => text.split('\n', 1)[0] ?? '';

const folder = mkdtempSync(join(tmpdir(), 'topdown-test-'));
const noContainers = whyNoContainers();
const projects = ['unit', 'embedded', ...(noContainers === null ? ['containers'] : [])];
const all = projects.map((project) => runProject(project, folder));
rmSync(folder, { recursive: true, force: true });

const sum = (which: 'passed' | 'failed' | 'skipped') => all.reduce((total, outcome) => total + outcome[which], 0);
if (noContainers !== null) process.stdout.write(`\nNOT RUN: the journeys in containers, since ${noContainers}.\n`);
for (const failure of all.flatMap(({ failures }) => failures)) process.stdout.write(`\nFAILED ${failure}`);
process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped\n`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
