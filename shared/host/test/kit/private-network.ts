import { spawnSync } from 'node:child_process';
import { runChild } from './child.ts';

/**
 * A network of its own, in which nothing else happens: a namespace of Linux with a loopback interface. There a test may
 * lose packets (by iptables) or count every frame, without any other program of this machine in the way.
 */

/** Segments are as long as on an Ethernet, and cross the wire one by one: else a loss would take 64 kB at once. */
const ETHERNET = 'mtu 1500 gso_max_size 1500 gso_max_segs 1';
const AS_ROOT = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];

/** Whether such a network can be made here, and whether packets can be lost in it. */
export const canMakeNetworks: boolean = works('ip link set lo up');
export const canLosePackets: boolean =
  canMakeNetworks && works('iptables -A INPUT -m statistic --mode nth --every 10 --packet 0 -j DROP');

/**
 * Runs a script of ours inside a new network and returns what it prints, which is JSON.
 *
 * @throws Error with what it said on standard error, when it fails
 */
export async function runInPrivateNetwork<Result>(script: URL): Promise<Result> {
  const args = inPrivateNetwork(`ip link set lo up ${ETHERNET}`, [process.execPath, script.pathname]);
  const { code, stdout, stderr } = await runChild('unshare', args);
  if (code !== 0) throw new Error(`${script.pathname} failed: ${stderr}${stdout}`);
  return JSON.parse(stdout) as Result;
}

/** The arguments by which `unshare` makes a new network, runs the shell commands `setUp` in it, and then `command`. */
export function inPrivateNetwork(setUp: string, command: readonly string[]): string[] {
  return [...AS_ROOT, '--net', '--', 'bash', '-c', `${setUp} && exec "$@"`, 'bash', ...command];
}

function works(command: string): boolean {
  return spawnSync('unshare', [...AS_ROOT, '--net', '--', 'bash', '-c', command], { stdio: 'ignore' }).status === 0;
}
