/**
 * Runs in a network of its own (private-network.ts): counts the frames on its only wire while two processes of one host
 * speak over a pipe, and while two speak over the network. Prints a `FramesReport`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { askOverTcp } from '../../kit/ask.ts';
import { startServer } from '../../kit/programs.ts';

export interface FramesReport {
  readonly overPipe: { readonly answer: string; readonly frames: number };
  readonly overNetwork: { readonly answer: string; readonly frames: number };
}

const server = await startServer('typescript', 'tcp', ['127.0.0.1', '12000']);
const report: FramesReport = {
  overPipe: await counted(askOverPipe),
  overNetwork: await counted(async () =>
    (await askOverTcp('hello', { address: '127.0.0.1', port: 12_000 })).toString(),
  ),
};
await server.stop();
process.stdout.write(JSON.stringify(report));

async function counted(ask: () => Promise<string>): Promise<{ answer: string; frames: number }> {
  const before = framesOnWire();
  const answer = await ask();
  return { answer, frames: framesOnWire() - before };
}

/** The upper-case service of one host for itself: a process at the other end of a pipe. */
async function askOverPipe(): Promise<string> {
  const upperCase = spawn('tr', ['a-z', 'A-Z'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let answer = '';
  upperCase.stdout.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  upperCase.stdin.end('hello');
  await once(upperCase, 'close');
  return answer;
}

/** Frames that the loopback interface has carried. */
function framesOnWire(): number {
  const line = readFileSync('/proc/net/dev', 'latin1')
    .split('\n')
    .find((each) => each.trim().startsWith('lo:'));
  return Number(line?.trim().split(/\s+/)[2]);
}
