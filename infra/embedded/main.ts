/** npm start: the whole lab in this process. See `npm start -- --help`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sayWhatIsWrong } from '#shared/host/start-error.ts';
import { EMBEDDED_NET, type Lab, ROOT, startLab } from './lab.ts';
import { addressTable, groupLine, HELP, thingsToTry } from './screen.ts';

const language = /^ko/.test(process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '') ? 'ko' : 'en';

function readArguments() {
  return parseArgs({
    options: {
      only: { type: 'string' },
      map: { type: 'string', default: join(ROOT, 'docker-compose.yml') },
      net: { type: 'string', default: process.env.LAB_NET ?? EMBEDDED_NET },
      state: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      publish: { type: 'boolean', default: true },
      lang: { type: 'string', default: language },
      help: { type: 'boolean', default: false },
    },
    allowNegative: true,
  }).values;
}

async function main(): Promise<void> {
  const given = readArguments();
  const tongue = given.lang === 'ko' ? 'ko' : 'en';
  if (given.help) {
    process.stdout.write(HELP[tongue]);
    return;
  }
  const lab = await startLab({
    map: given.map,
    net: given.net,
    stateDir: given.state ?? join(ROOT, '.lab', given.net),
    fresh: given.fresh,
    ...(given.publish ? { publish: process.env.LAB_PUBLISH ?? '127.0.0.1' } : {}),
    ...(given.only === undefined ? {} : { only: given.only.split(',') }),
    logLevel: process.env.LOG_LEVEL ?? 'error',
    onGroup: (group, hosts, elapsedMs) => process.stdout.write(groupLine(group, hosts, elapsedMs)),
  });
  process.stdout.write(addressTable(lab, tongue));
  process.stdout.write(thingsToTry(lab, tongue, given.publish));
  stopAtSignal(lab);
}

/** Ctrl-C stops all hosts and ends with exit code 0; a second Ctrl-C does not wait. */
function stopAtSignal(lab: Lab): void {
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(130);
    stopping = true;
    lab.stop().then(
      () => process.exit(0),
      (error: Error) => {
        process.stderr.write(`${error.message}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${sayWhatIsWrong(error)}\n`);
  process.exit(1);
});
