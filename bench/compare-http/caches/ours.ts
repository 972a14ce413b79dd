import { createTestHost, startOn, TEST_NET } from '#shared/host/test-host.ts';
import { program } from '../../../services/proxy/src/program.ts';
import { HOST, OTHER_HOST } from '../client.ts';
import type { RunningCache } from './running-cache.ts';

/** Where the origin is to listen: in a network that our proxy may connect into. */
export const ORIGIN = { address: `${TEST_NET}.210.2`, port: 80 };

/** How long each of the caches waits for a silent origin, in milliseconds. */
export const ORIGIN_SILENCE_MS = 4_000;

/** Our proxy, in this process and with its defaults: before the origin as the others are, or as browsers are set up to use it. */
export async function startOurs(mode: 'reverse' | 'forward' = 'reverse'): Promise<RunningCache> {
  const hosts = [HOST, OTHER_HOST];
  const names = Object.fromEntries(hosts.map((name) => [name, [ORIGIN.address]]));
  const host = createTestHost({ name: 'proxy', suffix: '210.1', names });
  const sites = hosts.map((name) => `${name}=${name}:${ORIGIN.port}`).join(' ');
  const running = await startOn(program, host, {
    ORIGIN_SILENCE_MS: String(ORIGIN_SILENCE_MS),
    ...(mode === 'reverse' ? { REVERSE: sites } : {}),
  });
  const stop = async () => {
    await running.stop();
    await host.remove();
  };
  const form = mode === 'reverse' ? 'origin' : 'absolute';
  return { name: 'topdown', version: '', address: host.address, port: host.port(3128), form, stop };
}
