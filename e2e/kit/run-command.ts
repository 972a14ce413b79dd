import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { lab } from './lab-under-test.ts';

const execute = promisify(execFile);
/** Longest time for one command, in milliseconds, less than a journey may take; and the most that it may print, in octets. */
const COMMAND_MS_MAX = 80_000;
const OUTPUT_OCTETS_MAX = 8_388_608;

/** The container of the host `client`, and what runs a command there with something to read. */
export const CLIENT = `${lab.project}-client-1`;
export const ON_CLIENT = ['docker', 'exec', '--interactive', CLIENT] as const;

/**
 * Runs a command on this machine and gives what it prints; `input` is what it reads.
 *
 * @throws Error with what the command said, also as text in its `stderr`, when it fails
 */
export async function runCommand([file = '', ...words]: readonly string[], input: string | Buffer): Promise<Buffer> {
  const running = execute(file, words, {
    timeout: COMMAND_MS_MAX,
    maxBuffer: OUTPUT_OCTETS_MAX,
    encoding: 'buffer',
  });
  // A command that reads nothing may be done before this.
  running.child.stdin?.on('error', () => {});
  running.child.stdin?.end(input);
  try {
    return (await running).stdout;
  } catch (error) {
    throw Object.assign(error as Error, { stderr: String((error as { stderr?: Buffer }).stderr ?? '') });
  }
}
