import { readFileSync } from 'node:fs';
import { keyOfOctets } from '#shared/bittorrent/bencode.ts';
import { asLanguage, chooseLanguage, type Language, rememberLanguage } from '#shared/page/language.ts';
import { PLAIN_STYLE } from '#shared/page/plain-style.ts';
import { notFoundPage, overviewPage, torrentPage } from '../page/statistics-page.ts';
import { torrentStatistics } from '../protocol/statistics.ts';
import type { Swarms } from '../protocol/swarms.ts';
import type { HttpReply, HttpRequest } from './http-clerk.ts';
import type { TrackerState } from './tracker-state.ts';

const CSP =
  "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const STYLE = PLAIN_STYLE + readFileSync(new URL('../page/tracker.css', import.meta.url), 'utf8');

interface Known {
  readonly swarms: Swarms;
  readonly state: () => TrackerState;
  readonly now: () => number;
}

/** What people see: `/`, `/torrents/<info hash>`, and `/stats` as JSON. Null for anything else. */
export function replyToPerson(request: HttpRequest, known: Known): HttpReply | null {
  const url = URL.parse(request.target, 'http://tracker');
  if (url === null) return null;
  const { pathname, searchParams } = url;
  if (pathname === '/stats') return reply('application/json', JSON.stringify(known.state()));
  if (pathname === '/page/tracker.css') return reply('text/css; charset=utf-8', STYLE);
  const infoHash = /^\/torrents\/([0-9a-f]{40})$/.exec(pathname)?.[1];
  if (pathname !== '/' && infoHash === undefined) return null;
  const switched = asLanguage(searchParams.get('language') ?? undefined);
  if (switched !== undefined) {
    const fields = { Location: pathname, 'Set-Cookie': rememberLanguage(switched) };
    return { status: 303, body: new Uint8Array(), fields };
  }
  const language = chooseLanguage(request);
  if (infoHash === undefined) return htmlReply(language, 200, overviewPage(language, known.state()));
  return torrentReply(language, infoHash, known);
}

function torrentReply(language: Language, infoHash: string, { swarms, state, now }: Known): HttpReply {
  const time = now();
  const swarm = swarms.find(keyOfOctets(Buffer.from(infoHash, 'hex')));
  if (swarm === undefined) return htmlReply(language, 404, notFoundPage(language));
  return htmlReply(language, 200, torrentPage(language, torrentStatistics(swarm, time), state().intervalS));
}

function htmlReply(language: Language, status: number, content: string): HttpReply {
  const fields = { 'Content-Language': language, 'Content-Security-Policy': CSP, Vary: 'Accept-Language, Cookie' };
  return reply('text/html; charset=utf-8', content, status, fields);
}

function reply(type: string, content: string, status = 200, fields: Readonly<Record<string, string>> = {}): HttpReply {
  const body = new TextEncoder().encode(content);
  return { status, body, fields: { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff', ...fields } };
}
