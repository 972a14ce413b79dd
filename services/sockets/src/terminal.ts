import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { formatStep, type SocketStep, STEP_HEADING } from './protocol/socket-step.ts';

/** What the command line of a client or of a server that runs alone says: `[HOST [PORT]] [--steps] [--wait-ms N]`. */
export interface CommandLine {
  readonly host: string;
  readonly port: number;
  /** How long to wait for an answer, in milliseconds. */
  readonly waitMs: number;
  /** Prints a step where `--steps` asks for it. */
  tell(step: SocketStep): void;
}

/** The port of the upper-case servers in the lab. */
const PORT = 12_000;
const WAIT_MS = 5_000;
const WAIT_MS_MAX = 600_000;

/** Reads the arguments of this process; ends it with one sentence where they make no sense. */
export function readCommandLine(otherwise: { host: string }): CommandLine {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { steps: { type: 'boolean', default: false }, 'wait-ms': { type: 'string', default: String(WAIT_MS) } },
    });
    return {
      host: positionals[0] ?? otherwise.host,
      port: wholeNumber(positionals[1] ?? String(PORT), 'the port', 65_535),
      waitMs: wholeNumber(values['wait-ms'], '--wait-ms', WAIT_MS_MAX),
      tell: values.steps ? stepView() : () => {},
    };
  } catch (error) {
    return fail((error as Error).message);
  }
}

/** Ends this process with a sentence that says why. */
export function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** One line from the keyboard. The question goes to standard error: standard output has the answer alone. */
export async function readSentence(): Promise<string> {
  const terminal = createInterface({
    input: process.stdin,
    output: process.stderr,
    prompt: 'Sentence in lower case: ',
  });
  terminal.prompt();
  for await (const line of terminal) {
    if (line !== '') return line;
    terminal.prompt();
  }
  return fail('There is no sentence to send');
}

function wholeNumber(text: string, what: string, max: number): number {
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= max) return Number(text);
  throw new Error(`${what} is "${text}": give a whole number from 1 to ${max}`);
}

/** Prints the two columns on standard error, one line for each step as it happens. */
function stepView(): (step: SocketStep) => void {
  process.stderr.write(`${STEP_HEADING}\n`);
  return (step) => process.stderr.write(`${formatStep(step)}\n`);
}
