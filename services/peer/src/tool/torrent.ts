/**
 * Torrents from the command line: makes them, shows them, and takes part in them.
 *
 *     npm run torrent -- create PATH --announce URL [--out FILE]       a .torrent file of a file or folder
 *     npm run torrent -- info FILE                                     what is in a .torrent file or magnet link
 *     npm run torrent -- magnet FILE                                   the magnet link of a .torrent file
 *     npm run torrent -- seed FILE [PATH]                              gives a file or folder to others, until Ctrl-C
 *     npm run torrent -- get FILE|URL|MAGNET [--dir DIR]               fetches it, with a progress bar
 *
 * Exit codes: 0 done, 1 it cannot be done, 2 the command line is wrong, 130 broken off by Ctrl-C.
 */
import { UsageError } from './usage.ts';

const USAGE = `create PATH|--make NAME:OCTETS --announce URL [--announce URL ...] [--out FILE]
         [--piece-length OCTETS] [--private] [--web-seed URL] [--comment TEXT]
  info   FILE|MAGNET
  magnet FILE [--peer ADDRESS:PORT]
  seed   FILE [PATH]
  get    FILE|URL|MAGNET [--dir DIR] [--files 0,2] [--pick rarest|random|sequential] [--seed]
         [--timeout SECONDS]
seed and get take also [--upload RATE] [--download RATE] [--peer ADDRESS:PORT] [--from ADDRESS] [--port PORT] [--dns ADDRESS]
RATE is in octets per second, with K or M for KiB or MiB: 512K`;

/** Each command is loaded when it is asked for. */
const COMMANDS: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = {
  create: async (argv) => (await import('./create.ts')).create(argv),
  info: async (argv) => (await import('./show.ts')).info(argv),
  magnet: async (argv) => (await import('./show.ts')).magnet(argv),
  seed: async (argv) => (await import('./share.ts')).seed(argv),
  get: async (argv) => (await import('./share.ts')).get(argv),
};

const [name = '', ...argv] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
try {
  if (command === undefined) throw new UsageError(name === '' ? 'Say what to do' : `There is no command "${name}"`);
  process.exitCode = await command(argv);
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(`${(error as Error).message}${isUsage ? `\n\n  ${USAGE}` : ''}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
