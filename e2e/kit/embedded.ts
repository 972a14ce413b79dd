import type { TestProject } from 'vitest/node';
import { startLab } from '#infra/embedded/lab.ts';
import { serveHarness } from './harness.ts';
import type { LabPlaces } from './lab-under-test.ts';

/** The embedded lab of the journeys has a prefix of its own, so that a lab in use is not disturbed. */
const NET = '127.63';
/** Where its published ports are offered, in place of 127.0.0.1. */
const PUBLISH = '127.0.0.62';

/** Global set-up: one embedded lab for all journeys. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const lab = await startLab({ net: NET, publish: PUBLISH, logLevel: process.env.LOG_LEVEL ?? 'error' });
  const harness = await serveHarness({
    stop: (name) => lab.host(name).stop(),
    start: async (name) => {
      await lab.host(name).start();
      await lab.host(name).healthy();
    },
    crash: async (name) => {
      lab.host(name).runAs(() =>
        setImmediate(() => {
          throw new Error('a fault that a journey wanted');
        }),
      );
    },
  });
  const at = (name: string, standard: number) => ({
    address: lab.host(name).address,
    port: lab.host(name).port(standard),
  });
  const observatory = at('observatory', 80);
  const places: LabPlaces = {
    form: 'embedded',
    net: NET,
    published: PUBLISH,
    project: '',
    observatory: `http://${observatory.address}:${observatory.port}`,
    resolver: at('resolver', 53),
    resolverTls: at('resolver', 853),
    resolverHttps: at('resolver', 443),
    proxy: at('proxy', 3128),
    crepes: { submission: at('mail-crepes', 587), pop3: at('mail-crepes', 110), imap: at('mail-crepes', 143) },
    hamburger: {
      submission: at('mail-hamburger', 587),
      pop3: at('mail-hamburger', 110),
      imap: at('mail-hamburger', 143),
    },
    harness: harness.url,
  };
  project.provide('lab', places);
  return async () => {
    await harness.close();
    await lab.stop();
  };
}
