import type { Metainfo } from '#shared/bittorrent/metainfo.ts';
import type { TorrentState, TorrentSummary } from '../state.ts';
import type { MadeFile } from '../store/made-file.ts';
import type { MetadataSession } from './metadata-session.ts';
import type { TorrentSession } from './torrent-session.ts';
import { formatSource, type TorrentSource } from './torrent-source.ts';
import type { TrackerClient } from './tracker-client.ts';

/** How far a peer's part in a torrent is. */
export type Phase =
  | { readonly kind: 'fetching'; readonly tries: number; readonly trouble: string | null }
  | { readonly kind: 'metadata'; readonly session: MetadataSession }
  | { readonly kind: 'verifying'; readonly pieces: number }
  | { readonly kind: 'waiting'; readonly because: string }
  | { readonly kind: 'sharing'; readonly session: TorrentSession }
  | { readonly kind: 'refused'; readonly because: string }
  | { readonly kind: 'left'; readonly because: string; readonly last: object };

/** What is told to a tracker as `left` while it is not known how much there is: not nothing, which would make us a seed. */
const LEFT_UNKNOWN = 16 * 1024;

interface Known {
  /** The info hash, or what is known in its place. */
  readonly torrent: string;
  readonly metainfo: Metainfo | null;
  readonly trouble: string | null;
}

/** What `GET /state` shows of a torrent. */
export function torrentState(
  phase: Phase,
  { torrent, metainfo, trouble, source, tracker }: Known & { source: string; tracker: TrackerClient | null },
): TorrentState {
  const common = { torrent, source, phase: phase.kind };
  switch (phase.kind) {
    case 'sharing':
      return { ...common, ...phase.session.snapshot(), trouble, tracker: tracker?.snapshot() ?? null };
    case 'verifying': {
      const verified = { pieces: phase.pieces, total: metainfo?.info.pieceCount ?? 0 };
      return { ...common, name: metainfo?.info.name ?? '', verified };
    }
    case 'left':
      return { ...phase.last, ...common, because: phase.because };
    case 'metadata':
      return { ...common, metadata: phase.session.progress, trouble, tracker: tracker?.snapshot() ?? null };
    case 'fetching':
      return { ...common, tries: phase.tries, trouble: phase.trouble };
    case 'waiting':
    case 'refused':
      return { ...common, because: phase.because };
  }
}

/** A line for each torrent. */
export function torrentSummary(phase: Phase, { torrent, metainfo, trouble }: Known): TorrentSummary {
  const session = phase.kind === 'sharing' ? phase.session : null;
  return {
    torrent,
    name: metainfo?.info.name ?? null,
    phase: phase.kind,
    have: session?.options.verified.have.size ?? 0,
    total: metainfo?.info.pieceCount ?? 0,
    complete: session?.isDone ?? false,
    trouble,
  };
}

/** What is told to a tracker. */
export function progressOf(phase: Phase, metainfo: Metainfo | null) {
  if (phase.kind === 'sharing') return phase.session.progress;
  return { uploaded: 0, downloaded: 0, left: metainfo?.info.length ?? LEFT_UNKNOWN, isPartialSeed: false };
}

/** Whether nobody has been found who could help. */
export function isLonely(phase: Phase): boolean {
  if (phase.kind === 'sharing') return phase.session.isLonely;
  return phase.kind === 'metadata' && phase.session.progress.neighbours === 0;
}

/** Null unless something is wrong that will not pass by itself. Who is alone was told of nobody who might know others. */
export function troubleOf(
  phase: Phase,
  { made, source, isAlone }: { made: MadeFile | null; source: TorrentSource; isAlone: boolean },
): string | null {
  const alone = isAlone
    ? 'The torrent names no tracker over http or udp: only those are found who dial this peer'
    : null;
  switch (phase.kind) {
    case 'refused':
    case 'waiting':
      return phase.because;
    case 'metadata':
      return alone;
    case 'sharing':
      if (made === null || phase.session.isComplete) return phase.session.trouble ?? alone;
      return `The file ${made.name} that MAKE_FILE makes is not that of ${formatSource(source)}: make the .torrent file anew`;
    default:
      return null;
  }
}
