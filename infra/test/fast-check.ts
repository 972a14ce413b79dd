import { createRequire } from 'node:module';

/** The drawing that every run has, so that a change of ours is what makes a property fail. `FC_SEED` draws others. */
const SEED = 20_261_121;

const { default: fc } = createRequire(import.meta.url)('fast-check') as typeof import('fast-check');
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.FC_SEED ?? SEED) });

/** What tests import as fast-check (vitest.config.ts). */
export default fc;
