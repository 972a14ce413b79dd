import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { formatOctets, formatProgress, formatSeconds, ProgressLine } from '../../src/tool/progress.ts';
import { until } from '../scenarios/world.ts';
import { someTorrent } from '../store/some-torrent.ts';

const TOOL = new URL('../../src/tool/torrent.ts', import.meta.url).pathname;
const ANNOUNCE = 'http://tracker.topdown.org:6969/announce';

let folder: string;
let running: AbortController;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topdown-tool-'));
  running = new AbortController();
});

afterEach(() => {
  running.abort();
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...argv: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: folder, signal: running.signal, killSignal: 'SIGKILL' as const };
    execFile(process.execPath, [TOOL, ...argv], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const at = (...path: string[]) => join(folder, ...path);

function makePhotos(): void {
  mkdirSync(at('photos', 'sub'), { recursive: true });
  writeFileSync(at('photos', 'a'), Buffer.alloc(300_000, 1));
  writeFileSync(at('photos', 'empty'), '');
  writeFileSync(at('photos', 'sub', 'b'), Buffer.alloc(100_000, 2));
}

test('a folder becomes a .torrent file, a magnet link, and with another peer the same folder again', async () => {
  makePhotos();
  const made = await run('create', 'photos', '--announce', ANNOUNCE, '--private', '--piece-length', '65536');
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(made.stdout).toMatch(/^photos\.torrent\n/);
  const shown = await run('info', 'photos.torrent');
  expect(shown.stdout).toContain('pieces      7 of 65536 octets, the last of 6784');
  expect(shown.stdout).toContain('private     yes');
  expect(shown.stdout).toContain('2  photos/sub/b, 100000 octets');
  const [seedAt, getAt] = [`${TEST_NET}.75.1`, `${TEST_NET}.75.2`];
  void run('seed', 'photos.torrent', '--from', seedAt);
  const magnet = (await run('magnet', 'photos.torrent', '--peer', `${seedAt}:6881`)).stdout.trim();
  const got = await run('get', magnet, '--from', getAt, '--dir', 'got', '--timeout', '90');
  expect(got).toMatchObject({ code: 0 });
  expect(got.stdout).toMatch(/^photos is complete: 390\.6 KiB from 1 peer in /);
  for (const name of ['a', 'empty', 'sub/b'])
    expect(readFileSync(at('got', 'photos', name)).equals(readFileSync(at('photos', name)))).toBe(true);
  // What was kept for a continuation is gone.
  expect(readdirSync(at('got'))).toEqual(['photos']);
});

test('what a first seed makes by MAKE_FILE needs no file to become a .torrent file', async () => {
  const made = await run('create', '--make', 'lecture.bin:4194304', '--announce', ANNOUNCE);
  expect(made).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Error') });
  // That of the lecture of www.someschool.edu.
  expect(made.stdout).toContain('info hash   dcf665c3d4e2b55cf5f8f3ccd6c746956cced3a4\n');
  expect(readdirSync(folder)).toEqual(['lecture.bin.torrent']);
});

test('the same content gives the same .torrent file, whatever the order on the disk', async () => {
  makePhotos();
  await run('create', 'photos', '--announce', ANNOUNCE, '--out', 'one.torrent');
  rmSync(at('photos'), { recursive: true });
  makePhotos();
  await run('create', 'photos', '--announce', ANNOUNCE, '--out', 'two.torrent');
  expect(readFileSync(at('one.torrent')).equals(readFileSync(at('two.torrent')))).toBe(true);
});

describe('one sentence, a code, and nothing half-written for', () => {
  test.each<[string, string[], number, string]>([
    ['no command', [], 2, 'Say what to do'],
    ['an unknown command', ['steal'], 2, 'There is no command "steal"'],
    ['an unknown option', ['info', 'x', '--fast'], 2, "Unknown option '--fast'"],
    ['a file that is not there', ['info', 'x.torrent'], 1, 'There is no file x.torrent'],
    ['a folder in the place of a .torrent file', ['info', 'photos'], 1, 'photos is a folder, no .torrent file'],
    ['a broken .torrent file', ['info', 'broken.torrent'], 1, 'broken.torrent is no torrent that can be used: '],
    ['a broken magnet link', ['info', 'magnet:?dn=x'], 1, 'The magnet link is refused: '],
    ['content that is not there', ['create', 'y', '--announce', ANNOUNCE], 1, 'There is nothing at y'],
    [
      'no content',
      ['create', 'photos/empty', '--announce', ANNOUNCE],
      1,
      'There is nothing to share: all files are empty',
    ],
    [
      'a link among the files',
      ['create', 'links', '--announce', ANNOUNCE],
      1,
      'links/link is neither a file nor a folder',
    ],
    ['an announce URL that is none', ['create', 'photos', '--announce', 'tracker'], 2, '"tracker" is no URL'],
    [
      'a piece length that is none',
      ['create', 'photos', '--piece-length', '7'],
      2,
      '--piece-length "7" is no whole number from 1024',
    ],
    [
      'a result that cannot be written',
      ['create', 'photos', '--out', 'no/x.torrent'],
      1,
      'Cannot write no/x.torrent: ',
    ],
    ['a seed without the files', ['seed', 'some.torrent', 'photos'], 1, 'is not called some, as the torrent says'],
    ['a seed with other files', ['seed', 'some.torrent', '--from', `${TEST_NET}.75.3`], 1, '0 of 1 pieces are right'],
    ['a rate that is none', ['get', 'some.torrent', '--upload', 'fast'], 2, '--upload "fast" is no rate'],
    [
      'an address of another machine',
      ['get', 'some.torrent', '--from', '192.0.2.1'],
      1,
      'Port 6881 of 192.0.2.1 cannot be used',
    ],
    [
      'nobody who has it',
      ['get', 'some.torrent', '--from', `${TEST_NET}.75.4`, '--dir', 'w', '--timeout', '1'],
      1,
      'It is not complete after 1 s',
    ],
  ])('%s', async (_, argv, code, sentence) => {
    makePhotos();
    mkdirSync(at('links'));
    symlinkSync('/etc/passwd', at('links', 'link'));
    writeFileSync(at('some.torrent'), someTorrent('some', { '': 100 }).octets);
    writeFileSync(at('some'), Buffer.alloc(100));
    writeFileSync(at('broken.torrent'), 'd8:announce');
    const before = readdirSync(folder);
    const outcome = await run(...argv);
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toContain(sentence);
    expect(outcome.stderr).not.toContain('    at ');
    expect(readdirSync(folder).filter((name) => name !== 'w')).toEqual(before);
    expect(readFileSync(at('some')).equals(Buffer.alloc(100))).toBe(true);
  });

  test('a .torrent file that is there already', async () => {
    makePhotos();
    writeFileSync(at('photos.torrent'), 'mine');
    expect(await run('create', 'photos')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is there already'),
    });
    expect(readFileSync(at('photos.torrent'), 'utf8')).toBe('mine');
  });
});

test('a download that is broken off by Ctrl-C goes on where it was', async () => {
  const torrent = someTorrent('some', { '': 3_000_000 }, { pieceLength: 65_536 });
  writeFileSync(at('some.torrent'), torrent.octets);
  writeFileSync(at('some'), torrent.content);
  void run('seed', 'some.torrent', '--from', `${TEST_NET}.75.5`);
  const get = ['get', 'some.torrent', '--dir', 'got', '--from', `${TEST_NET}.75.6`, '--peer', `${TEST_NET}.75.5:6881`];
  const first = execFile(process.execPath, [TOOL, ...get, '--download', '250K'], { cwd: folder });
  const over = new Promise<number | null>((resolve) => first.on('exit', resolve));
  let heard = '';
  first.stderr?.on('data', (text) => {
    heard += text;
  });
  await until(() => / [1-9]\d %/.test(heard), 'a part has come');
  first.kill('SIGINT');
  expect(await over).toBe(130);
  const { code, stdout } = await run(...get, '--timeout', '90');
  expect(code).toBe(0);
  expect(stdout).not.toContain('2.9 MiB from');
  expect(readFileSync(at('got', 'some')).equals(torrent.content)).toBe(true);
});

describe('progress', () => {
  test('is a bar, per cent, and as many words as fit; 100 is shown only at the end', () => {
    const words = ['1.0 MiB to come', '512.0 KiB/s'];
    expect(formatProgress({ done: 1, total: 2, words }, 200)).toBe(
      `${'█'.repeat(12)}${'░'.repeat(12)}  50 %  1.0 MiB to come  512.0 KiB/s`,
    );
    expect(formatProgress({ done: 1, total: 2, words }, 55)).toBe(
      `${'█'.repeat(12)}${'░'.repeat(12)}  50 %  1.0 MiB to come`,
    );
    expect(formatProgress({ done: 9_999, total: 10_000, words: [] }, 80)).toContain(' 99 %');
    expect(formatProgress({ done: 0, total: 0, words: [] }, 80)).toContain('   0 %');
  });

  test('off a terminal is a line for each tenth', () => {
    const lines: string[] = [];
    const line = new ProgressLine({ write: (text) => lines.push(text) });
    for (let done = 0; done <= 100; done++) line.draw({ done, total: 100, words: [] });
    line.clear();
    expect(lines).toHaveLength(11);
    expect(lines.every((text) => text.endsWith(' %\n'))).toBe(true);
  });

  test('numbers are written as people read them', () => {
    expect([0, 1023, 1536, 4 * 1024 ** 2].map(formatOctets)).toEqual(['0 octets', '1023 octets', '1.5 KiB', '4.0 MiB']);
    expect([0.25, 59.2, 95, 3_700, Number.POSITIVE_INFINITY].map(formatSeconds)).toEqual([
      '0.3 s',
      '1 min 0 s',
      '1 min 35 s',
      '1 h 1 min',
      'unknown time',
    ]);
  });
});
