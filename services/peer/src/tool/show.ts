import { formatHash } from '#shared/bittorrent/info-hash.ts';
import { formatMagnet, parseMagnet } from '#shared/bittorrent/magnet-link.ts';
import type { Metainfo } from '#shared/bittorrent/metainfo.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { type Endpoint, formatEndpoint } from '#shared/report.ts';
import { formatOctets } from './progress.ts';
import { readTorrentFile } from './torrent-file.ts';
import { readCommandLine, readEndpoint } from './usage.ts';

/** Files that are listed one by one. */
const FILES_SHOWN_MAX = 200;

/** Shows what is in a .torrent file or a magnet link. */
export async function info(argv: readonly string[]): Promise<number> {
  const { positionals } = readCommandLine(argv, {}, { min: 1, max: 1 });
  const [source = ''] = positionals;
  if (/^magnet:/i.test(source)) process.stdout.write(describeMagnet(source));
  else process.stdout.write(describeTorrent((await readTorrentFile(source)).metainfo));
  return 0;
}

/** Shows the magnet link of a .torrent file. */
export async function magnet(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readCommandLine(
    argv,
    { peer: { type: 'string', multiple: true, default: [] as string[] } },
    { min: 1, max: 1 },
  );
  const { metainfo } = await readTorrentFile(positionals[0] ?? '');
  process.stdout.write(`${magnetOf(metainfo, values.peer.map(readEndpoint))}\n`);
  return 0;
}

/** Lines of words and values. */
export function describeTorrent(metainfo: Metainfo): string {
  const { info, infoHash, trackers, webSeeds, isPrivate } = metainfo;
  const last = info.length - (info.pieceCount - 1) * info.pieceLength;
  const files = info.files.filter((file) => !file.isPadding);
  return table([
    ['name', info.name],
    ['info hash', formatHash(infoHash)],
    ['size', `${info.length} octets (${formatOctets(info.length)})`],
    [
      'pieces',
      `${info.pieceCount} of ${info.pieceLength} octets${last === info.pieceLength ? '' : `, the last of ${last}`}`,
    ],
    ...trackers.map((tier, nth): Row => [nth === 0 ? 'trackers' : '', tier.join(', ')]),
    ...(trackers.length === 0 ? [['trackers', '(none)'] as const] : []),
    ...webSeeds.map((url, nth): Row => [nth === 0 ? 'web seeds' : '', url]),
    ...(isPrivate ? [['private', 'yes: only its trackers tell of peers'] as const] : []),
    ...files
      .slice(0, FILES_SHOWN_MAX)
      .map(({ path, length }, nth): Row => [nth === 0 ? 'files' : '', `${nth}  ${path.join('/')}, ${length} octets`]),
    ...(files.length > FILES_SHOWN_MAX ? [['', `and ${files.length - FILES_SHOWN_MAX} more`] as const] : []),
    ['magnet', magnetOf(metainfo, [])],
  ]);
}

function describeMagnet(text: string): string {
  try {
    const link = parseMagnet(text);
    return table([
      ['name', link.displayName ?? '(not told)'],
      ['info hash', formatHash(link.infoHash)],
      ...link.trackers.map((url, nth): Row => [nth === 0 ? 'trackers' : '', url]),
      ...link.peers.map((peer, nth): Row => [nth === 0 ? 'peers' : '', formatEndpoint(peer)]),
      ...link.webSeeds.map((url, nth): Row => [nth === 0 ? 'web seeds' : '', url]),
    ]);
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    throw new Error(`The magnet link is refused: ${error.message}`);
  }
}

function magnetOf({ infoHash, info, trackers, webSeeds }: Metainfo, peers: readonly Endpoint[]): string {
  return formatMagnet({ infoHash, displayName: info.name, trackers: trackers.flat(), peers, webSeeds });
}

type Row = readonly [word: string, value: string];

function table(rows: readonly Row[]): string {
  return rows.map(([word, value]) => `${word.padEnd(12)}${value}\n`).join('');
}
