/** Where octets of a torrent lie in its files: the files lie one behind the other, and a piece may span several (BEP 3). */
import type { TorrentFile } from '#shared/bittorrent/metainfo.ts';

export interface FileSpan {
  /** Number of the file in the torrent. */
  readonly file: number;
  /** Where in the file. */
  readonly position: number;
  /** Where in the octets that were asked for. */
  readonly at: number;
  readonly length: number;
}

/** The parts of the files that the `length` octets from `offset` of the torrent consist of. */
export function fileSpans(files: readonly TorrentFile[], offset: number, length: number): FileSpan[] {
  const spans: FileSpan[] = [];
  let start = 0;
  for (const [file, { length: fileLength }] of files.entries()) {
    const from = Math.max(offset, start);
    const to = Math.min(offset + length, start + fileLength);
    if (from < to) spans.push({ file, position: from - start, at: from - offset, length: to - from });
    start += fileLength;
  }
  return spans;
}
