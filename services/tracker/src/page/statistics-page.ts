/** What the tracker knows, for people: all torrents, and the peers of one. Plain HTML that needs no script. */
import { type Html, html } from '#shared/page/html.ts';
import type { Language } from '#shared/page/language.ts';
import type { TorrentStatistics } from '../protocol/statistics.ts';
import { page } from './frame.ts';
import { WORDS, withNumber } from './words.ts';

/** What the page of all torrents shows. */
export interface Overview {
  readonly mode: 'open' | 'listed';
  readonly intervalS: number;
  readonly torrents: number;
  readonly peers: number;
  readonly announces: number;
  readonly scrapes: number;
  readonly refused: number;
  readonly sentBytes: number;
  readonly http: { readonly announces: number };
  readonly udp: { readonly announces: number };
  readonly swarms: readonly TorrentStatistics[];
  readonly swarmsLeftOut: number;
}

/** Intervals of silence after which a peer is removed. */
const SILENT_INTERVALS = 2;
const MS_PER_S = 1000;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const UNIT_STEP = 1024;

export function overviewPage(language: Language, overview: Overview): string {
  const words = WORDS[language];
  const count = countIn(language);
  const facts = [
    [words.peers, count(overview.peers), ''],
    [words.torrents, count(overview.torrents), ''],
    [
      words.announces,
      count(overview.announces),
      `${withNumber(words.overHttp, count(overview.http.announces))} · ${withNumber(words.overUdp, count(overview.udp.announces))}`,
    ],
    [words.refused, count(overview.refused), `${words.scrapes} ${count(overview.scrapes)}`],
    [words.sent, octets(language, overview.sentBytes), words.sentHint],
  ] as const;
  const [only] = overview.swarms;
  return page(
    language,
    '/',
    words.title,
    html`<p class="lead">${words.lead}</p>
<ul class="facts">${facts.map(([name, value, hint]) => html`<li><span>${name}</span><b>${value}</b><small>${hint}</small></li>`)}</ul>
<p class="mode">${withNumber(words[overview.mode], overview.intervalS)}</p>
${only === undefined ? html`<p class="empty">${words.noTorrent}</p>` : torrentTable(language, overview)}
${only !== undefined && overview.swarms.length === 1 ? peerTable(language, only, overview.intervalS) : null}`,
  );
}

export function torrentPage(language: Language, torrent: TorrentStatistics, intervalS: number): string {
  const words = WORDS[language];
  const count = countIn(language);
  const facts = [
    [words.seeds, torrent.complete],
    [words.leechers, torrent.incomplete],
    [words.completed, torrent.downloaded],
  ] as const;
  return page(
    language,
    `/torrents/${torrent.infoHash}`,
    torrent.infoHash,
    html`<p><a href="/">${words.all}</a></p>
<h2><code>${torrent.infoHash}</code></h2>
<ul class="facts">${facts.map(([name, value]) => html`<li><span>${name}</span><b>${count(value)}</b></li>`)}</ul>
${peerTable(language, torrent, intervalS)}`,
  );
}

export function notFoundPage(language: Language): string {
  const words = WORDS[language];
  return page(
    language,
    '/',
    words.title,
    html`<p class="empty">${words.notFound}</p><p><a href="/">${words.all}</a></p>`,
  );
}

function torrentTable(language: Language, { swarms, swarmsLeftOut }: Overview): Html {
  const words = WORDS[language];
  const count = countIn(language);
  const rows = swarms.map(
    ({ infoHash, complete, incomplete, downloaded }) => html`<tr>
<th scope="row"><a href="/torrents/${infoHash}"><code>${infoHash}</code></a></th>
<td class="number">${count(complete)}</td><td class="number">${count(incomplete)}</td><td class="number">${count(downloaded)}</td>
<td class="wide">${bar(complete, complete + incomplete)}</td></tr>`,
  );
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">${words.torrent}</th><th scope="col" class="number">${words.seeds}</th><th scope="col" class="number">${words.leechers}</th><th scope="col" class="number">${words.completed}</th><td></td></tr></thead>
<tbody>${rows}</tbody></table></div>
${swarmsLeftOut === 0 ? null : html`<p class="mode">${withNumber(words.moreTorrents, count(swarmsLeftOut))}</p>`}`;
}

function peerTable(language: Language, { peers, peersLeftOut }: TorrentStatistics, intervalS: number): Html {
  const words = WORDS[language];
  const count = countIn(language);
  if (peers.length === 0) return html`<p class="empty">${words.nobody}</p>`;
  const silentMsMax = SILENT_INTERVALS * intervalS * MS_PER_S;
  const toldMax = Math.max(...peers.map(({ told }) => told));
  const rows = peers.map(
    (peer) => html`<tr>
<th scope="row"><code>${peer.address}:${peer.port}</code></th>
<td><code>${peer.peerId}</code></td>
<td class="${peer.left === 0 ? 'seed' : 'number'}">${peer.left === 0 ? words.nothing : peer.left === null ? words.unknown : octets(language, peer.left)}</td>
<td class="wide">${withNumber(words.seconds, count(Math.round(peer.silentMs / MS_PER_S)))}${bar(peer.silentMs, silentMsMax)}</td>
<td class="wide">${count(peer.told)}${bar(peer.told, toldMax)}</td></tr>`,
  );
  const silentHint = withNumber(words.silentHint, count(SILENT_INTERVALS * intervalS));
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">${words.address}</th><th scope="col">${words.peerId}</th><th scope="col">${words.lacks}</th><th scope="col">${words.silent}<small>${silentHint}</small></th><th scope="col">${words.told}<small>${words.toldHint}</small></th></tr></thead>
<tbody>${rows}</tbody></table></div>
${peersLeftOut === 0 ? null : html`<p class="mode">${withNumber(words.morePeers, count(peersLeftOut))}</p>`}`;
}

/** A bar that is filled by `part` of `whole`. */
function bar(part: number, whole: number): Html {
  const width = whole === 0 ? 0 : Math.min(100, (100 * part) / whole);
  return html`<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width="${width.toFixed(1)}" height="4"></rect></svg>`;
}

function countIn(language: Language): (number: number) => string {
  const format = new Intl.NumberFormat(language);
  return (number) => format.format(number);
}

function octets(language: Language, number: number): string {
  const power = number < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(number) / Math.log(UNIT_STEP)));
  const format = new Intl.NumberFormat(language, { maximumFractionDigits: power === 0 ? 0 : 1 });
  return `${format.format(number / UNIT_STEP ** power)} ${UNITS[power]}`;
}
