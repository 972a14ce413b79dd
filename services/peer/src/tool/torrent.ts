/**
 * Makes and shows .torrent files:
 *
 *     node services/peer/src/tool/torrent.ts create --announce URL --make lecture.bin:4194304 --out lecture.torrent
 *     node services/peer/src/tool/torrent.ts create --announce URL --file PATH --out FILE [--piece-length OCTETS]
 *     node services/peer/src/tool/torrent.ts info FILE
 */
import { hash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { formatHash } from '#shared/bittorrent/info-hash.ts';
import { decodeMetainfo, encodeMetainfo } from '#shared/bittorrent/metainfo.ts';
import { madeFile } from '../store/made-file.ts';

/** The piece length of the course notes, 256 KiB. */
const PIECE_LENGTH = 256 * 1024;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    announce: { type: 'string' },
    file: { type: 'string' },
    make: { type: 'string' },
    out: { type: 'string' },
    'piece-length': { type: 'string', default: String(PIECE_LENGTH) },
  },
});

const [command, path] = positionals;
if (command === 'create' && values.announce !== undefined && values.out !== undefined)
  create(values.announce, values.out);
else if (command === 'info' && path !== undefined) show(path);
else fail('Say "create --announce URL (--make NAME:OCTETS | --file PATH) --out FILE" or "info FILE"');

function create(announce: string, out: string): void {
  const { name, octets } = content();
  const pieceLength = Number(values['piece-length']);
  if (!(pieceLength > 0)) fail('Give --piece-length in octets, such as 262144');
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < octets.length; at += pieceLength)
    hashes.push(hash('sha1', octets.subarray(at, at + pieceLength), 'buffer'));
  const pieceHashes = Buffer.concat(hashes);
  writeFileSync(out, encodeMetainfo({ announce, name, length: octets.length, pieceLength, pieceHashes }));
  show(out);
}

function content(): { name: string; octets: Uint8Array } {
  const [name, length] = (values.make ?? '').split(':');
  if (name !== undefined && Number(length) > 0) return { name, octets: madeFile({ name, length: Number(length) }) };
  if (values.file !== undefined) return { name: basename(values.file), octets: readFileSync(values.file) };
  return fail('Say what to share: --make NAME:OCTETS or --file PATH');
}

function show(file: string): void {
  const { announce, info, infoHash } = decodeMetainfo(readFileSync(file), (octets) => hash('sha1', octets, 'buffer'));
  const lines = [
    `announce      ${announce ?? '(none)'}`,
    `info hash     ${formatHash(infoHash)}`,
    `name          ${info.name}`,
    `pieces        ${info.pieceCount} of ${info.pieceLength} octets`,
    ...info.files.map((one) => `file          ${one.path.join('/')}, ${one.length} octets`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
