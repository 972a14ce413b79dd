import type { Metainfo } from '#shared/bittorrent/metainfo.ts';
import type { TorrentState, TorrentSummary } from '../state.ts';
import type { MetadataSession } from './metadata-session.ts';
import type { TorrentSession } from './torrent-session.ts';
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
