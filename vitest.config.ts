import { defineConfig } from 'vitest/config';

/** A journey may wait for a whole retry of the mail queue or a whole swarm, in milliseconds. */
const JOURNEY_MS_MAX = 90_000;

const journeys = (form: 'embedded' | 'containers', setUpMsMax: number) => ({
  extends: true as const,
  test: {
    name: form,
    include: ['e2e/*.test.ts'],
    globalSetup: `e2e/kit/${form}.ts`,
    testTimeout: JOURNEY_MS_MAX,
    hookTimeout: setUpMsMax,
    // All journeys share one lab and its clock: one after the other.
    fileParallelism: false,
  },
});

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{services,shared,infra,labs}/**/test/**/*.test.ts'],
          testTimeout: 10_000,
          hookTimeout: 30_000,
        },
      },
      journeys('embedded', 60_000),
      journeys('containers', 600_000),
    ],
  },
});
