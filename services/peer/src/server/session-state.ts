import { formatHash, formatPeerId } from '#shared/bittorrent/info-hash.ts';
import { formatMagnet } from '#shared/bittorrent/magnet-link.ts';
import { lengthOfPiece, type TorrentInfo } from '#shared/bittorrent/metainfo.ts';
import type { PieceSet } from '#shared/bittorrent/piece-set.ts';
import type { SwarmPolicy } from '../protocol/policy.ts';
import type { FileState, SharingState } from '../state.ts';
import type { TorrentSession } from './torrent-session.ts';

/** Files that are listed one by one. */
const FILES_LISTED_MAX = 1_000;

/** What `GET /state` shows of a torrent that is shared. */
export function sharingState(
  { options, swarm, ledger, reception, trouble, isComplete, isDone }: TorrentSession,
  known: { sha256: string | null; policy: SwarmPolicy },
): SharingState & { trouble: string | null } {
  const { metainfo, verified, store, peerId, limits } = options;
  const { info, infoHash, isPrivate } = metainfo;
  const totals = ledger.totals();
  return {
    role: isComplete ? 'seed' : 'leecher',
    name: info.name,
    infoHash: formatHash(infoHash),
    isPrivate,
    magnet: formatMagnet({
      infoHash,
      displayName: info.name,
      trackers: metainfo.trackers.flat(),
      peers: [],
      webSeeds: metainfo.webSeeds,
    }),
    peerId: formatPeerId(peerId),
    pieces: {
      have: verified.have.size,
      wanted: store.wantedPieces.size,
      total: info.pieceCount,
      length: info.pieceLength,
    },
    length: info.length,
    left: leftOf(info, verified.have, store.wantedPieces),
    complete: isDone,
    sha256: known.sha256,
    ...totals,
    wasted: swarm.downloads.wastedBytes,
    copiesSent: Math.round((totals.uploaded / info.length) * 1000) / 1000,
    trouble,
    files: filesState(info, verified.have, store.wanted),
    ...ledger.snapshot(swarm, performance.now()),
    closed: reception.closed.items,
    refused: reception.refused.items,
    addressesKnown: reception.book.size,
    banned: reception.book.banned,
    tracker: null,
    webSeeds: swarm.downloads.webSeeds.snapshot(performance.now()),
    limits: { uploadBytesPerS: limits.upload.bytesPerS, downloadBytesPerS: limits.download.bytesPerS },
    policy: known.policy,
    resumed: { trusted: verified.trusted, read: verified.read },
  };
}

/** Octets that are still missing, of the pieces that are wanted. */
export function leftOf(info: TorrentInfo, have: PieceSet, wanted?: PieceSet): number {
  let left = 0;
  for (let index = 0; index < info.pieceCount; index++) {
    if (!have.has(index) && (wanted?.has(index) ?? true)) left += lengthOfPiece(info, index);
  }
  return left;
}

function filesState(info: TorrentInfo, have: PieceSet, wanted: readonly boolean[]): FileState[] {
  const states: FileState[] = [];
  let start = 0;
  for (const [nth, { path, length, isPadding }] of info.files.entries()) {
    if (states.length >= FILES_LISTED_MAX) break;
    if (!isPadding) {
      const isWanted = wanted[nth] ?? true;
      states.push({ path: path.join('/'), length, isWanted, have: octetsOf(info, have, start, start + length) });
    }
    start += length;
  }
  return states;
}

/** How many of the octets from `start` to `end` are in pieces of `have`. */
function octetsOf(info: TorrentInfo, have: PieceSet, start: number, end: number): number {
  let octets = 0;
  for (let index = Math.floor(start / info.pieceLength); index * info.pieceLength < end; index++) {
    if (!have.has(index)) continue;
    const from = Math.max(start, index * info.pieceLength);
    octets += Math.max(0, Math.min(end, index * info.pieceLength + lengthOfPiece(info, index)) - from);
  }
  return octets;
}
