/**
 * How long until all have the file, by one server and by peers: calculated, measured with the programs of the lab, and drawn.
 *
 *     npx node labs/distribution-time/main.ts            says what it can do
 */
import { parseArgs } from 'node:util';
import { isLabNet } from '#shared/lab-net.ts';
import { askForPredictions } from './ask.ts';
import { calculate, churn, draw, HELP, measure } from './commands.ts';
import { SETTING_NAMES, type SettingName } from './settings.ts';

/** Third octets of the addresses: one for each run at the same time. */
const AT_ONCE_MAX = 100;
const PEERS_MAX = 200;

const { values, positionals } = readArguments();
const [command = 'help', what] = positionals;
const options = {
  net: isLabNet(values.net) ? values.net : fail(`--net ${values.net}: give two octets of loopback, such as 127.76`),
  out: values.out,
  atOnce: count('at-once', values['at-once'], AT_ONCE_MAX),
  environment: Object.fromEntries(values.set.map(variable)),
};

// By way of "exit", so that what the hosts have written is removed.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  await run();
} catch (error) {
  fail((error as Error).message);
}

async function run(): Promise<void> {
  if (command === 'help') process.stdout.write(HELP);
  else if (command === 'calculate') calculate(setting());
  else if (command === 'measure') {
    const counts = values.peers?.split(',').map((peers) => count('peers', peers, PEERS_MAX)) ?? null;
    const repeats = count('repeat', values.repeat ?? (values.quick ? '1' : '3'), 100);
    const plan = { setting: setting(), quick: values.quick, counts, repeats };
    await measure(plan, options, await askForPredictions(plan));
  } else if (command === 'churn') await churn(count('seeds', values.seeds, 1_000), options);
  else if (command === 'draw') draw(options.out);
  else fail(`There is no command "${command}".\n\n${HELP}`);
}

function setting(): SettingName {
  const chosen = SETTING_NAMES.find((name) => name === (what ?? 'figure'));
  return chosen ?? fail(`There is no setting "${what}": give ${SETTING_NAMES.join(', ')}`);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        peers: { type: 'string' },
        repeat: { type: 'string' },
        seeds: { type: 'string', default: '20' },
        set: { type: 'string', multiple: true, default: [] },
        out: { type: 'string', default: '.lab/distribution-time' },
        net: { type: 'string', default: '127.76' },
        'at-once': { type: 'string', default: '6' },
      },
    });
  } catch (error) {
    return fail((error as Error).message);
  }
}

function count(name: string, text: string, max: number): number {
  const number = Number(text);
  return Number.isInteger(number) && number >= 1 && number <= max
    ? number
    : fail(`--${name} ${text}: give a whole number from 1 to ${max}`);
}

function variable(text: string): [string, string] {
  const [name = '', value] = text.split('=', 2);
  return value === undefined ? fail(`--set ${text}: give NAME=VALUE, such as UPLOAD_SLOTS=8`) : [name, value];
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
