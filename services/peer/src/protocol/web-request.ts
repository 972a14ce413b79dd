/**
 * What is asked of a web seed and what its answer means (BEP 19; RFC 9110, sections 10.2.3, 14 and 15). A run of blocks lies in
 * one file or in several, each of which has a URL of its own; of each a `Range` is asked for.
 */
import type { TorrentInfo } from '#shared/bittorrent/metainfo.ts';
import { parseHttpDate } from '#shared/http/http-date.ts';
import { fileSpans } from './file-spans.ts';
import type { WebFetch, WebSeedEvent } from './web-seeds.ts';

const MS_PER_S = 1000;

/** Octets of one file. */
export interface WebRequest {
  /** Null for zeros that belong to no file (BEP 47): nobody need be asked for them. */
  readonly url: string | null;
  /** The first octet and the last one, both within. */
  readonly first: number;
  readonly last: number;
  readonly fileLength: number;
}

export interface WebAnswer {
  readonly status: number;
  /** The field of this name, in lower case. */
  field(name: string): string | undefined;
}

/** The requests that bring the octets of `fetch`, in order. */
export function webRequests(fetch: WebFetch, info: TorrentInfo): WebRequest[] {
  const offset = fetch.index * info.pieceLength + fetch.begin;
  return fileSpans(info.files, offset, fetch.length).map(({ file, position, length }) => {
    const { path = [], length: fileLength = 0, isPadding = false } = info.files[file] ?? {};
    const url = isPadding ? null : urlOf(fetch.url, path);
    return { url, first: position, last: position + length - 1, fileLength };
  });
}

/** What becomes of the fetch when this answer is not the one that was hoped for; null when its body is what was asked for. */
export function refusalOf(answer: WebAnswer, request: WebRequest, now: number): WebSeedEvent | null {
  const { status } = answer;
  if (status === 206)
    return isRangeOf(answer, request) ? null : useless('it answers with another range than was asked');
  if (status === 200) return useless('it has no ranges: it answers with the whole file');
  if (status === 429 || status >= 500) {
    const afterMs = retryAfterMs(answer.field('retry-after'), now);
    return { kind: 'busy', because: `it answers with status ${status}`, afterMs };
  }
  return useless(`it answers with status ${status}`);
}

function useless(because: string): WebSeedEvent {
  return { kind: 'useless', because };
}

/** "If it ends in a slash, the name of the file is added"; of several files it is always that of their folder (BEP 19). */
function urlOf(seed: string, path: readonly string[]): string {
  const [, folder = '', query = ''] = /^([^?#]*)(\?[^#]*)?/.exec(seed) ?? [];
  const isWhole = path.length === 1 && !folder.endsWith('/');
  return isWhole ? seed : `${folder.replace(/\/$/, '')}/${path.map(encodeURIComponent).join('/')}${query}`;
}

/** RFC 9110, section 14.4: `bytes FIRST-LAST/LENGTH`, the length may be unknown. Compressed octets are none of the file's. */
function isRangeOf(answer: WebAnswer, { first, last, fileLength }: WebRequest): boolean {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(answer.field('content-range') ?? '');
  const isPlain = (answer.field('content-encoding') ?? 'identity') === 'identity';
  const isFile = match?.[3] === '*' || Number(match?.[3]) === fileLength;
  return isPlain && isFile && Number(match?.[1]) === first && Number(match?.[2]) === last;
}

/** RFC 9110, section 10.2.3: seconds or a date; null when there is none that can be read. */
function retryAfterMs(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * MS_PER_S;
  const date = parseHttpDate(text, now);
  return date === null ? null : Math.max(0, date - now);
}
