import { mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { formatHash } from '#shared/bittorrent/info-hash.ts';
import type { TorrentInfo } from '#shared/bittorrent/metainfo.ts';
import { config, RATE_MAX } from '../config.ts';
import { PICK_POLICIES } from '../protocol/policy.ts';
import { TokenBucket } from '../protocol/token-bucket.ts';
import { Participation } from '../server/participation.ts';
import { listenForPeers } from '../server/peer-listener.ts';
import { policyOf } from '../server/policy-of.ts';
import { parseSource, type TorrentSource } from '../server/torrent-source.ts';
import type { TorrentState } from '../state.ts';
import { fileTrouble } from './file-trouble.ts';
import { ProgressLine } from './progress.ts';
import { progressOf, summaryOf, troubleOf, wordsOf } from './share-words.ts';
import { forgetBeginning, whyNotInto } from './there-already.ts';
import { openToolHost } from './tool-host.ts';
import { readTorrentFile } from './torrent-file.ts';
import { readCommandLine, readEndpoint, readNumber, readRate, UsageError } from './usage.ts';

/** Time between two looks at the download, in milliseconds. */
const LOOK_MS = 100;
/** What is kept beside the files, until everything is there. */
const STATE_FOLDER = '.topdown';
/** The exit code of a program that SIGINT has ended. */
const INTERRUPTED = 130;
const MS_PER_S = 1000;
const PRIVILEGED_PORTS = 1024;

const COMMON = {
  from: { type: 'string' },
  dns: { type: 'string' },
  peer: { type: 'string', multiple: true, default: [] as string[] },
  port: { type: 'string', default: '6881' },
  upload: { type: 'string', default: '0' },
  download: { type: 'string', default: '0' },
} as const;

/** Gives a file or folder to others, until it is interrupted. Nothing on the disk is changed. */
export async function seed(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readCommandLine(argv, COMMON, { min: 1, max: 2 });
  const [file = '', path] = positionals;
  const { metainfo, octets } = await readTorrentFile(file);
  const folder = await folderOf(metainfo.info, path);
  return share({
    ...common(values),
    source: { kind: 'file', octets, metainfo },
    place: { folder, mode: 'read' },
    files: null,
    pick: 'rarest',
    isDone: () => false,
    timeoutMs: null,
  });
}

/** Fetches a torrent. */
export async function get(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readCommandLine(
    argv,
    {
      ...COMMON,
      dir: { type: 'string', default: '.' },
      files: { type: 'string' },
      pick: { type: 'string', default: 'rarest' },
      seed: { type: 'boolean', default: false },
      timeout: { type: 'string' },
    },
    { min: 1, max: 1 },
  );
  const pick = PICK_POLICIES.find((policy) => policy === values.pick);
  if (pick === undefined) throw new UsageError(`--pick "${values.pick}" is not one of ${PICK_POLICIES.join(', ')}`);
  const timeout = values.timeout === undefined ? null : readNumber('timeout', values.timeout, { min: 1, max: 1e6 });
  return share({
    ...common(values),
    source: await sourceOf(positionals[0] ?? ''),
    place: { folder: resolve(values.dir), mode: 'write' },
    files: values.files?.split(',').map((text) => readNumber('files', text, { min: 0, max: 1e6 })) ?? null,
    pick,
    isDone: (state) => state.complete === true && !values.seed,
    timeoutMs: timeout === null ? null : timeout * MS_PER_S,
  });
}

interface CommonValues {
  readonly from?: string | undefined;
  readonly dns?: string | undefined;
  readonly peer: readonly string[];
  readonly port: string;
  readonly upload: string;
  readonly download: string;
}

function common({ from, dns, peer, port, upload, download }: CommonValues) {
  return {
    from,
    dns,
    peers: peer.map(readEndpoint),
    port: readNumber('port', port, { min: PRIVILEGED_PORTS, max: 65_535 }),
    upload: readRate('upload', upload, RATE_MAX),
    download: readRate('download', download, RATE_MAX),
  };
}

interface Shared extends ReturnType<typeof common> {
  readonly source: TorrentSource;
  readonly place: { readonly folder: string; readonly mode: 'read' | 'write' };
  readonly files: readonly number[] | null;
  readonly pick: (typeof PICK_POLICIES)[number];
  isDone(state: TorrentState): boolean;
  readonly timeoutMs: number | null;
}

async function share(given: Shared): Promise<number> {
  refuseNobody(given);
  const stateDir = join(given.place.folder, STATE_FOLDER);
  await makeFolder(given.place);
  const { host, close } = await openToolHost({ ...given, stateDir });
  const settings = config.parse({ TORRENT_URL: '', PICK_POLICY: given.pick });
  const part = new Participation({
    host,
    config: settings,
    port: given.port,
    source: given.source,
    made: null,
    place: given.place,
    files: given.files,
    peers: given.peers,
    policy: policyOf(settings),
    limits: {
      upload: new TokenBucket(given.upload, performance.now()),
      download: new TokenBucket(given.download, performance.now()),
    },
    whyNot: (metainfo) => (given.place.mode === 'read' ? null : whyNotInto(given.place.folder, stateDir, metainfo)),
  });
  const listener = await listenForPeers(host, given.port, (infoHash) =>
    part.name === formatHash(infoHash) ? part.reception : null,
  );
  process.stderr.write(`Peers reach this one at ${host.address}:${given.port}\n`);
  try {
    part.join();
    const code = await watch(part, given);
    await part.stop('the command is over');
    // What was kept for a continuation is of no use any more.
    if (code === 0 && given.place.mode === 'write') forgetBeginning(stateDir, part.name);
    return code;
  } finally {
    await Promise.all([part.stop('the command is over'), listener.close()]);
    await close();
  }
}

/** A magnet link alone says nothing of where anybody is, and what was cut off at its first `&` is such a one. */
function refuseNobody({ source, peers }: Shared): void {
  if (source.kind !== 'magnet' || peers.length + source.link.trackers.length + source.link.peers.length > 0) return;
  throw new Error(
    'The magnet link names no tracker and no peer, so that nobody can be asked: put it in quotes (\'magnet:?...\'), because the shell cuts it at "&", or name a peer by --peer',
  );
}

/** Draws the progress until it is done, refused or interrupted. */
async function watch(part: Participation, { isDone, timeoutMs, place }: Shared): Promise<number> {
  const line = new ProgressLine(process.stderr);
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const start = performance.now();
  let trouble: string | null = null;
  try {
    for (;;) {
      const state = part.snapshot();
      // Of a file the command line has just said which.
      if (state.phase === 'refused') throw new Error(state.because?.replace(/^a file: /, ''));
      if (place.mode === 'read') refuseIncomplete(state, place.folder);
      if (isDone(state)) {
        line.clear();
        process.stdout.write(`${summaryOf(state, performance.now() - start)}\n`);
        return 0;
      }
      const now = troubleOf(state);
      if (now !== trouble && now !== null) {
        line.clear();
        process.stderr.write(`${now}\n`);
      }
      trouble = now;
      line.draw(progressOf(state));
      if (interrupted.signal.aborted) return INTERRUPTED;
      if (timeoutMs !== null && performance.now() - start > timeoutMs)
        throw new Error(`It is not complete after ${timeoutMs / MS_PER_S} s: ${wordsOf(state).join(', ')}`);
      await wait(LOOK_MS, interrupted.signal);
    }
  } finally {
    line.clear();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

/** Who seeds must have everything: in files that belong to somebody else nothing can be completed. */
function refuseIncomplete({ phase, pieces, because }: TorrentState, folder: string): void {
  if (phase === 'waiting') throw new Error(because);
  if (pieces === undefined || pieces.have === pieces.total) return;
  throw new Error(
    `What is in ${folder} is not what the torrent says: ${pieces.have} of ${pieces.total} pieces are right`,
  );
}

// ── where things are ─────────────────────────────────────────────────────────────────────────────────────────────────

async function sourceOf(text: string): Promise<TorrentSource> {
  if (/^(magnet:|http:\/\/)/i.test(text)) return parseSource(text);
  if (/^[a-z]+:\/\//i.test(text))
    throw new Error(`${text} is not fetched, only http:// URLs are: save the .torrent file first, and give its name`);
  return { kind: 'file', ...(await readTorrentFile(text)) };
}

/** The folder in which the file or folder of the torrent is: where `path` says, or here. */
async function folderOf({ name }: TorrentInfo, path: string | undefined): Promise<string> {
  const place = resolve(path ?? name);
  const there = await stat(place).catch(() => null);
  if (there === null) throw new Error(`There is nothing at ${place}: say where ${name} is`);
  if (place.endsWith(`/${name}`)) return dirname(place);
  const inside = there.isDirectory() ? await stat(join(place, name)).catch(() => null) : null;
  if (inside !== null) return place;
  throw new Error(`${place} is not called ${name}, as the torrent says, nor does it contain that`);
}

async function makeFolder({ folder, mode }: Shared['place']): Promise<void> {
  if (mode === 'read') return;
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`Cannot make the folder ${folder}: ${fileTrouble(error)}`);
  });
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
