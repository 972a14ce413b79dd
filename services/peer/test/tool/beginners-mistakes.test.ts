import { execFile, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { until } from '../scenarios/world.ts';
import { someTorrent } from '../store/some-torrent.ts';

/** What goes wrong at somebody's first torrent: a sentence that helps, and nothing lost. */

const TOOL = new URL('../../src/tool/torrent.ts', import.meta.url).pathname;
const SEED_AT = `${TEST_NET}.76.1`;
const GET_AT = `${TEST_NET}.76.2`;
/** A tracker where there is none. */
const NOWHERE = `http://${TEST_NET}.76.9:6969/announce`;
/** Two pieces and a bit. */
const torrent = someTorrent('film', { '': 150_000 }, { pieceLength: 65_536 });

let folder: string;
let running: AbortController;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topdown-mistakes-'));
  running = new AbortController();
  writeFileSync(at('film.torrent'), torrent.octets);
  writeFileSync(at('film'), torrent.content);
});

afterEach(() => {
  running.abort();
  rmSync(folder, { recursive: true, force: true });
});

const at = (...path: string[]) => join(folder, ...path);

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...argv: string[]): Promise<Outcome> {
  return start(process.execPath, [TOOL, ...argv]);
}

function start(file: string, argv: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: folder, signal: running.signal, killSignal: 'SIGKILL' as const };
    execFile(file, argv, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** Somebody has the film, and can be reached until the test is over. */
function seed(): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, signal: running.signal, killSignal: 'SIGKILL' as const };
    const child = execFile(process.execPath, [TOOL, 'seed', 'film.torrent', '--from', SEED_AT], options, () => {});
    child.on('error', reject);
    child.stderr?.once('data', () => resolve());
  });
}

/** Runs it until it has told `sentence`, and then interrupts it as Ctrl-C does; the exit code, and what it has told. */
async function interruptAt(sentence: RegExp, ...argv: string[]): Promise<{ code: unknown; said: string }> {
  const options = { cwd: folder, signal: running.signal, killSignal: 'SIGKILL' as const };
  const child = execFile(process.execPath, [TOOL, ...argv], options, () => {});
  const over = new Promise((resolve) => child.on('exit', resolve));
  let said = '';
  child.stderr?.on('data', (text) => {
    said += text;
  });
  await until(() => sentence.test(said), 'it is told');
  child.kill('SIGINT');
  return { code: await over, said };
}

/** Fetches the film from the one who has it. */
function get(...argv: string[]): Promise<Outcome> {
  const from = ['--from', GET_AT, '--peer', `${SEED_AT}:6881`, '--timeout', '90'];
  return run('get', 'film.torrent', '--dir', 'got', ...from, ...argv);
}

describe('a file of that name that is there already', () => {
  test.each<[string, Uint8Array]>([
    ['of another length', Buffer.from('my own notes')],
    ['of the same length', Buffer.alloc(150_000, 7)],
    ['that is longer', Buffer.alloc(200_000, 7)],
  ])('%s is another one: it is kept', async (_, own) => {
    mkdirSync(at('got'));
    writeFileSync(at('got', 'film'), own);
    const { code, stdout, stderr } = await get();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(
      'film is there already, and it is another file: move it away, or fetch into another folder',
    );
    expect(readFileSync(at('got', 'film')).equals(own)).toBe(true);
    expect(readdirSync(at('got'))).toEqual(['film']);
  });

  test('and has a piece of the torrent is gone on with, wherever that came from', async () => {
    await seed();
    mkdirSync(at('got'));
    writeFileSync(at('got', 'film'), torrent.content);
    truncateSync(at('got', 'film'), 70_000);
    const { code, stdout } = await get();
    expect(code).toBe(0);
    expect(stdout).toContain('film is complete: 82.5 KiB from 1 peer');
    expect(readFileSync(at('got', 'film')).equals(torrent.content)).toBe(true);
  });

  test('and has everything is complete at once', async () => {
    expect(await run('get', 'film.torrent', '--from', GET_AT)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('film is complete: 0 octets from 0 peers'),
    });
    expect(readdirSync(folder).toSorted()).toEqual(['film', 'film.torrent']);
  });
});

test('of two downloads into one folder the first that ends leaves what the other needs to go on', async () => {
  const other = someTorrent('other', { '': 10_000 });
  writeFileSync(at('other.torrent'), other.octets);
  // It says so when it has looked at the disk, and waits for somebody who has it.
  const unfinished = await interruptAt(/names no tracker/, 'get', 'other.torrent', '--dir', 'got', '--from', GET_AT);
  expect(unfinished.code).toBe(130);
  await seed();
  expect(await get()).toMatchObject({ code: 0 });
  const records = readdirSync(at('got', '.topdown', 'torrents'));
  expect(records.length).toBeGreaterThan(0);
  expect(records.every((name) => name.startsWith(Buffer.from(other.metainfo.infoHash).toString('hex')))).toBe(true);
});

describe('who is not found', () => {
  test.each<[string, string[], string]>([
    [
      'because the shell has cut the magnet link at "&"',
      ['get', `magnet:?xt=urn:btih:${'ab'.repeat(20)}`],
      "names no tracker and no peer, so that nobody can be asked: put it in quotes ('magnet:?...')",
    ],
    ['because the magnet link is cut in its hash', ['get', 'magnet:?xt=urn:btih:abab'], 'is no info hash: 40 hex'],
    ['because the torrent is on a web server with https', ['get', 'https://x/y.torrent'], 'only http:// URLs are'],
    [
      'because there is no such file in it',
      ['get', 'film.torrent', '--files', '9'],
      'There is no file 9: the torrent has 1',
    ],
    ['because the folder is a file', ['get', 'film.torrent', '--dir', 'film'], 'there is a file of that name'],
  ])('%s is told at once', async (_, argv, sentence) => {
    const before = readdirSync(folder);
    const outcome = await run(...argv, '--from', GET_AT);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toContain(sentence);
    expect(outcome.stderr).not.toContain('    at ');
    expect(readdirSync(folder)).toEqual(before);
  });

  test.each<[string, string[][], RegExp]>([
    ['no tracker can be reached', [[NOWHERE]], /^The tracker \S+ does not help \(connect ECONNREFUSED .*asked again/m],
    ['there is no tracker', [], /^The torrent names no tracker over http or udp: only those are found who dial/m],
  ])('because %s is told while it goes on', async (_, trackers, sentence) => {
    const lonely = someTorrent('lonely', { '': 1000 }, { trackers });
    writeFileSync(at('lonely.torrent'), lonely.octets);
    const { code, said } = await interruptAt(sentence, 'get', 'lonely.torrent', '--dir', 'got', '--from', GET_AT);
    expect(code).toBe(130);
    expect(said).not.toContain('    at ');
  });
});

/** A disk of half a MiB, of which only what runs in the script knows; not every machine lets us make one. */
const mayMount =
  spawnSync('unshare', ['--map-root-user', '--mount', 'sh', '-c', 'mount -t tmpfs -o size=64k none /mnt']).status === 0;

describe.runIf(mayMount)('a disk that is full', () => {
  /** Runs the lines of a shell in a folder whose folder "small" is a disk of that many KiB. */
  function onSmallDisk(kib: number, lines: string): Promise<Outcome> {
    mkdirSync(at('small'));
    const script = `set -eu; mount -t tmpfs -o size=${kib}k none small; ${lines}`;
    const tool = ['--', process.execPath, TOOL];
    return start('unshare', ['--map-root-user', '--mount', 'sh', '-c', script, ...tool]);
  }

  test('is one sentence; what has come is kept, and with more room the download goes on by itself', async () => {
    await seed();
    const outcome = await onSmallDisk(
      100,
      `"$@" get film.torrent --dir small --from ${GET_AT} --peer ${SEED_AT}:6881 --timeout 90 2>said & get=$!
      until grep -q 'is full: make room' said; do kill -0 $get; sleep 0.1; done
      mount -o remount,size=1m small
      wait $get; cmp small/film film; ls -A small`,
    );
    const said = readFileSync(at('said'), 'utf8');
    expect(said.match(/The disk of .*small is full: make room; .*/g)).toHaveLength(1);
    expect(said).not.toContain('    at ');
    expect(outcome).toMatchObject({ code: 0, stdout: expect.stringMatching(/^film is complete: .*\nfilm\n$/) });
  });

  test('has no half of a .torrent file', async () => {
    const create = '"$@" create film --out small/x.torrent';
    const outcome = await onSmallDisk(4, `head -c 4096 film >small/full; ${create} || ls -A small >&2`);
    expect(outcome.stderr).toBe('Cannot write small/x.torrent: the disk is full\nfull\n');
  });
});

test('a path and a file that is made are two things to share: neither is', async () => {
  const outcome = await run('create', 'film', '--make', 'other:5', '--out', 'x.torrent');
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr).toContain('Give either film or --make, not both');
  expect(existsSync(at('x.torrent'))).toBe(false);
});

test('the words of the command line are told when one is wrong, and what is there stays as it was', async () => {
  const before = readdirSync(folder);
  const told = await run('get');
  expect(told.code).toBe(2);
  for (const command of ['create', 'info', 'magnet', 'seed', 'get']) expect(told.stderr).toContain(`  ${command} `);
  expect(readdirSync(folder)).toEqual(before);
  expect(existsSync(at('.topdown'))).toBe(false);
  expect((await run('info', at('film.torrent'))).stdout).toContain('film');
});
