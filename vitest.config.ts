import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A journey may wait for a whole retry of the mail queue or a whole swarm, in milliseconds; on a quiet machine half a minute. */
const JOURNEY_MS_MAX = 300_000;
/** How long it waits for what a page is to show. */
const IS_SHOWN_MS_MAX = 100_000;

/**
 * What a unit test and its set-up may take, and how long a test waits for what is to become true, in milliseconds. Generous on
 * purpose: a test ends when what it waits for is there; these bounds are for what never comes, and a busy machine is slow.
 */
const UNIT_TEST_MS_MAX = 120_000;
const UNIT_SET_UP_MS_MAX = 120_000;
const BECOMES_TRUE_MS_MAX = 30_000;

const journeys = (form: 'embedded' | 'containers', setUpMsMax: number) => ({
  extends: true as const,
  test: {
    name: form,
    include: ['e2e/*.test.ts'],
    globalSetup: `e2e/kit/${form}.ts`,
    testTimeout: JOURNEY_MS_MAX,
    hookTimeout: setUpMsMax,
    expect: { poll: { timeout: IS_SHOWN_MS_MAX } },
    // All journeys share one lab and its clock: one after the other, in the order of their numbers (InOrder).
    fileParallelism: false,
  },
});

/**
 * The journeys in the order of their numbers, on every machine: vitest's own order is that of sizes, or of how long each took the
 * last time, and a lab whose clock is two days ahead is another one.
 */
class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const [units, ofLabs] = [files.filter(isUnit), files.filter((file) => !isUnit(file))];
    const inOrder = (one: TestSpecification, other: TestSpecification) =>
      one.project.name.localeCompare(other.project.name) || one.moduleId.localeCompare(other.moduleId);
    return [...(await super.sort(units)), ...ofLabs.toSorted(inOrder)];
  }
}

function isUnit({ project }: TestSpecification): boolean {
  return project.name === 'unit';
}

export default defineConfig({
  test: {
    sequence: { sequencer: InOrder },
    expect: { poll: { timeout: BECOMES_TRUE_MS_MAX } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{services,shared,infra,labs}/**/test/**/*.test.ts'],
          alias: { 'fast-check': fileURLToPath(new URL('infra/test/fast-check.ts', import.meta.url)) },
          testTimeout: UNIT_TEST_MS_MAX,
          hookTimeout: UNIT_SET_UP_MS_MAX,
        },
      },
      journeys('embedded', 300_000),
      journeys('containers', 600_000),
    ],
  },
});
