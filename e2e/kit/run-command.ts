import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { lab } from './lab-under-test.ts';

const execute = promisify(execFile);
/** Longest time for one command, in milliseconds, less than a journey may take. */
const COMMAND_MS_MAX = 280_000;
/** The most that it may print. */
const OUTPUT_OCTETS_MAX = 8_388_608;
/**
 * Longest time for a client of others on the workstation, in seconds: less than one command may take. It is no measure of ours: a
 * busy machine needs several times what a quiet one needs, and Transmission, which says only every 10 s that it is interested,
 * takes 13 to 24 s.
 */
export const CLIENT_S_MAX = 270;

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
