import { hash } from 'node:crypto';
import { lstat, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { decodeMetainfo, PIECE_LENGTH_MAX, PIECE_LENGTH_MIN } from '#shared/bittorrent/metainfo.ts';
import { encodeMetainfo } from '#shared/bittorrent/metainfo-encoding.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { MADE_OCTETS_MAX, madeFile, parseMadeFile } from '../store/made-file.ts';
import { fileTrouble } from './file-trouble.ts';
import { formatOctets, ProgressLine } from './progress.ts';
import { describeTorrent } from './show.ts';
import { readCommandLine, readNumber, UsageError } from './usage.ts';

/** The piece length of the course notes, 256 KiB. Longer pieces for long files: so many pieces that the list stays short. */
const PIECE_LENGTH = 256 * 1024;
const PIECES_MAX = 2_000;

interface Content {
  readonly name: string;
  readonly files: readonly { readonly path: readonly string[]; readonly length: number }[];
  /** All octets, one file behind the other, in parts of any length. */
  octets(): AsyncIterable<Uint8Array>;
}

/** Makes a .torrent file. */
export async function create(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readCommandLine(
    argv,
    {
      announce: { type: 'string', multiple: true, default: [] as string[] },
      out: { type: 'string' },
      make: { type: 'string' },
      'piece-length': { type: 'string' },
      private: { type: 'boolean', default: false },
      'web-seed': { type: 'string', multiple: true, default: [] as string[] },
      comment: { type: 'string' },
    },
    { min: 0, max: 1 },
  );
  const content = await contentOf(positionals[0], values.make);
  const length = content.files.reduce((sum, file) => sum + file.length, 0);
  if (length === 0) throw new Error('There is nothing to share: all files are empty');
  const pieceLength = pieceLengthOf(values['piece-length'], length);
  const octets = encodeMetainfo({
    trackers: values.announce.map((tier) => tier.split(',').map(readUrl)),
    webSeeds: values['web-seed'].map(readUrl),
    name: content.name,
    files: content.files,
    pieceLength,
    pieceHashes: await hashPieces(content, length, pieceLength),
    isPrivate: values.private,
    comment: values.comment ?? null,
  });
  const metainfo = decodeAgain(octets);
  const out = values.out ?? `${content.name}.torrent`;
  await writeWhole(out, octets, values.out !== undefined);
  process.stdout.write(`${out}\n${describeTorrent(metainfo)}`);
  return 0;
}

function pieceLengthOf(given: string | undefined, length: number): number {
  if (given !== undefined) return readNumber('piece-length', given, { min: PIECE_LENGTH_MIN, max: PIECE_LENGTH_MAX });
  let pieceLength = PIECE_LENGTH;
  while (length / pieceLength > PIECES_MAX && pieceLength < PIECE_LENGTH_MAX) pieceLength *= 2;
  return pieceLength;
}

function readUrl(text: string): string {
  if (URL.canParse(text)) return text;
  throw new UsageError(`"${text}" is no URL: give one such as http://tracker.topdown.org:6969/announce`);
}

/** What was made must be readable by everybody: a name may be too long, or two may meet. */
function decodeAgain(octets: Uint8Array) {
  try {
    return decodeMetainfo(octets, (part) => hash('sha1', part, 'buffer'));
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    throw new Error(`These files cannot be shared: ${error.message}`);
  }
}

/** The file appears when it is whole, and one that is there is kept unless it was named. */
async function writeWhole(path: string, octets: Uint8Array, mayReplace: boolean): Promise<void> {
  if (!mayReplace && (await lstat(path).catch(() => null)) !== null)
    throw new Error(`${path} is there already: remove it, or name another by --out`);
  const unfinished = `${path}.${process.pid}.new`;
  try {
    await writeFile(unfinished, octets, { flag: 'wx' });
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new Error(`Cannot write ${path}: ${fileTrouble(error as NodeJS.ErrnoException)}`);
  }
}

// ── what is to be shared ─────────────────────────────────────────────────────────────────────────────────────────────

async function contentOf(path: string | undefined, made: string | undefined): Promise<Content> {
  if (made !== undefined && path !== undefined) throw new UsageError(`Give either ${path} or --make, not both`);
  if (made !== undefined) return madeContent(made);
  if (path === undefined) throw new UsageError('Say what to share: a file or a folder');
  const there = await lstat(path).catch(() => null);
  if (there === null) throw new Error(`There is nothing at ${path}`);
  const name = basename(resolve(path));
  if (there.isFile()) return fileContent(name, [{ path: [name], place: path, length: there.size }]);
  if (!there.isDirectory()) throw new Error(`${path} is neither a file nor a folder`);
  const files: PlacedFile[] = [];
  for await (const file of filesIn(path, [name])) files.push(file);
  if (files.length === 0) throw new Error(`There is no file in ${path}`);
  return fileContent(name, files);
}

interface PlacedFile {
  readonly path: readonly string[];
  readonly place: string;
  readonly length: number;
}

/** Files in the order of their names, so that the same folder gives the same torrent everywhere. */
async function* filesIn(folder: string, path: readonly string[]): AsyncGenerator<PlacedFile> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const place = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(place, [...path, entry.name]);
    else if (entry.isFile()) yield { path: [...path, entry.name], place, length: (await lstat(place)).size };
    else throw new Error(`${place} is neither a file nor a folder: a link or device cannot be shared`);
  }
}

function fileContent(name: string, files: readonly PlacedFile[]): Content {
  return {
    name,
    files,
    async *octets() {
      for (const { place, length } of files) yield* readExactly(place, length);
    },
  };
}

/** @throws Error when the file changes its length while it is read: its hashes would be of nothing */
async function* readExactly(place: string, length: number): AsyncGenerator<Uint8Array> {
  const file = await open(place, 'r');
  try {
    let done = 0;
    for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      done += chunk.length;
      yield chunk;
    }
    if (done !== length) throw new Error(`${place} has changed while it was read: begin again`);
  } finally {
    await file.close();
  }
}

function madeContent(text: string): Content {
  const made = parseMadeFile(text);
  if (made === null) throw new UsageError(`--make "${text}" is not NAME:OCTETS with at most ${MADE_OCTETS_MAX} octets`);
  const { name, length } = made;
  return {
    name,
    files: [{ path: [name], length }],
    async *octets() {
      yield madeFile(made);
    },
  };
}

async function hashPieces(content: Content, length: number, pieceLength: number): Promise<Uint8Array> {
  const hashes: Uint8Array[] = [];
  const piece = new Uint8Array(pieceLength);
  const line = new ProgressLine(process.stderr);
  let filled = 0;
  let done = 0;
  for await (const octets of content.octets()) {
    for (let at = 0; at < octets.length; ) {
      const part = octets.subarray(at, at + pieceLength - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < pieceLength) continue;
      hashes.push(hash('sha1', piece, 'buffer'));
      filled = 0;
    }
    done += octets.length;
    if (process.stderr.isTTY)
      line.draw({ done, total: length, words: [`${formatOctets(done)} of ${formatOctets(length)} hashed`] });
  }
  if (filled > 0) hashes.push(hash('sha1', piece.subarray(0, filled), 'buffer'));
  line.clear();
  return Buffer.concat(hashes);
}
