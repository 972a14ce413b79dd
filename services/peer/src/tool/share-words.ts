/** What `seed` and `get` say of a torrent while they run. */
import type { TorrentState } from '../state.ts';
import { formatOctets, formatSeconds, type Progress } from './progress.ts';

const MS_PER_S = 1000;

/** How far it is: verified pieces while it looks at the disk, then those that are here. */
export function progressOf(state: TorrentState): Progress {
  const { pieces, verified } = state;
  const [done, total] =
    pieces !== undefined
      ? [pieces.wanted - missingOf(state), pieces.wanted]
      : [verified?.pieces ?? 0, verified?.total ?? 0];
  return { done, total, words: wordsOf(state) };
}

function missingOf({ left = 0, pieces }: TorrentState): number {
  return Math.ceil(left / (pieces?.length ?? 1));
}

/** What stands behind the bar. */
export function wordsOf(state: TorrentState): string[] {
  const { phase, downloadBytesPerS: down = 0, uploadBytesPerS: up = 0, left = 0, neighbours = [] } = state;
  if (phase === 'fetching') return [state.tries === 0 ? 'begins' : 'looks for the .torrent file'];
  if (phase === 'metadata') return [`asks for the metadata: ${countPeers(state.metadata?.neighbours ?? 0)}`];
  if (phase === 'verifying') return ['verifies what is there'];
  if (phase !== 'sharing') return [phase];
  const peers = countPeers(neighbours.length);
  if (state.complete)
    return ['complete', peers, `up ${formatOctets(up)}/s`, `${formatOctets(state.uploaded ?? 0)} given`];
  const rest = down > 0 ? `${formatSeconds(left / down)} left` : 'waiting';
  return [`${formatOctets(left)} to come`, `${formatOctets(down)}/s`, peers, rest, `up ${formatOctets(up)}/s`];
}

/** What is wrong at the moment, in a sentence, though it may pass; null when nothing is. */
export function troubleOf({ phase, because, trouble, tracker }: TorrentState): string | null {
  if (phase === 'fetching' && trouble) return `${trouble}: it is tried again until Ctrl-C${hintOf(trouble)}`;
  const own = because ?? trouble ?? null;
  const trackers = tracker?.trackers ?? [];
  const [first] = trackers;
  if (own !== null || first === undefined || trackers.some((one) => one.trouble === null)) return own;
  const others = trackers.length > 1 ? `, nor does any of ${trackers.length - 1} more` : '';
  return `The tracker ${first.url} does not help${others} (${first.trouble}): it is asked again${hintOf(first.trouble)}`;
}

/** The commonest reason why nobody answers. */
function hintOf(trouble: string | null): string {
  return /timeout|in time|no answer|ECONNREFUSED|EHOSTUNREACH/.test(trouble ?? '') ? '. Does the lab run?' : '';
}

/** What is said at the end. */
export function summaryOf(state: TorrentState, ms: number): string {
  const { name = '', downloaded = 0, uploaded = 0, exchanged = [] } = state;
  const givers = exchanged.filter((one) => one.downloaded > 0).length;
  const rate = formatOctets((downloaded * MS_PER_S) / Math.max(ms, 1));
  const time = formatSeconds(ms / MS_PER_S);
  return `${name} is complete: ${formatOctets(downloaded)} from ${countPeers(givers)} in ${time} (${rate}/s), ${formatOctets(uploaded)} given`;
}

function countPeers(count: number): string {
  return `${count} ${count === 1 ? 'peer' : 'peers'}`;
}
