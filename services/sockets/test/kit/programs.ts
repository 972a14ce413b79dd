import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Child, type Ended, runChild } from '#shared/host/test/kit/child.ts';

/** The programs of section 2.7 in both languages, each to be run in a process of its own. */

export type Language = 'python' | 'typescript';
export type Transport = 'udp' | 'tcp';

export const LANGUAGES: readonly Language[] = ['python', 'typescript'];
export const TRANSPORTS: readonly Transport[] = ['udp', 'tcp'];

/** Whether Python 3 is here; what needs it is skipped elsewhere. */
export const hasPython: boolean = spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0;

/** Whether `language` can be run here. */
export function canRun(language: Language): boolean {
  return language === 'typescript' || hasPython;
}

/** The path of a file of this program. */
export function fileOf(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** Command and first arguments of a client. */
export function clientCommand(language: Language, transport: Transport): [string, string[]] {
  return language === 'python'
    ? ['python3', [fileOf(`python/${transport}_client.py`)]]
    : [process.execPath, [fileOf(`src/client/${transport}-client.ts`)]];
}

/** Command and first arguments of a server. */
export function serverCommand(language: Language, transport: Transport): [string, string[]] {
  return language === 'python'
    ? ['python3', [fileOf(`python/${transport}_server.py`)]]
    : [process.execPath, [fileOf('src/server/alone.ts'), transport]];
}

/** Starts a server; resolves when it is ready. */
export async function startServer(language: Language, transport: Transport, args: readonly string[]): Promise<Child> {
  const [command, first] = serverCommand(language, transport);
  const server = new Child(command, [...first, ...args]);
  await server.says('is ready');
  return server;
}

/** Runs a client to its end with one line on its standard input. */
export function runClient(
  language: Language,
  transport: Transport,
  args: readonly string[],
  sentence: string,
): Promise<Ended> {
  const [command, first] = clientCommand(language, transport);
  return runChild(command, [...first, ...args], `${sentence}\n`);
}

/** The answer that a client printed, without the question that Python's `input` prints before it. */
export function answerOf({ stdout }: Ended): string {
  return stdout.replace('Sentence in lower case: ', '').trimEnd();
}
