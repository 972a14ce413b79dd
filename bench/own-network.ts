import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { canMakeNetworks, inPrivateNetwork } from '#shared/host/test/kit/private-network.ts';

/** Set for the process inside. */
const INSIDE = 'TOPDOWN_BENCH_INSIDE';

/**
 * Runs this same command once more in a network of its own, where there is nothing but loopback: a firewall of this machine
 * follows every connection and forgets to let new ones in when there were hundreds of thousands. Where no network can be made,
 * `work` runs here.
 */
export async function inOwnNetwork(work: () => Promise<void>): Promise<void> {
  if (process.env[INSIDE] !== undefined || !canMakeNetworks) return work();
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const inside = spawn('unshare', inPrivateNetwork('ip link set lo up', command), {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  // What is typed at the terminal reaches both; what is sent to this process alone does not.
  process.once('SIGTERM', () => inside.kill('SIGTERM'));
  const [code] = (await once(inside, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}
