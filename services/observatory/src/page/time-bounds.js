import { byId, element } from './element.js';
import { fill, words } from './language.js';
import { duration, rounded, SECONDS_MAX } from './quantities.js';
import { recordTable } from './record-table.js';

/** @import { Bound, Bottleneck, CurvePoint } from '#shared/bittorrent/distribution-time.ts' */
/** @typedef {{ server: number, upload: number | null }} Uploads in bits per second; the upload is that of each peer, null is no limit */

/** @type {Readonly<Record<Bottleneck, 'server' | 'first' | 'download' | 'together'>>} */
const WORDS_OF = {
  'every copy from the server': 'server',
  'the first copy': 'first',
  'the slowest download': 'download',
  'all uploads together': 'together',
};

/** Both bounds for a number of peers, and how many times faster P2P is. @param {CurvePoint} point */
export function boundsOf({ peers, clientServer, p2p }) {
  const { time } = words.p2p;
  const ratio = clientServer.seconds / p2p.seconds;
  const verdict = ratio > 1.000_001 ? fill(time.faster, rounded(ratio)) : time.equal;
  return [
    element('h2', '', fill(time.forPeers, peers)),
    boundCard('client-server', time.curves.clientServer, 'D', 'cs', clientServer, peers),
    boundCard('p2p', time.curves.p2p, 'D', 'P2P', p2p, peers),
    element('p', 'verdict', verdict),
  ];
}

/**
 * A bound with its terms; the one that decides stands out.
 * @param {string} kind @param {string} title @param {string} letter @param {string} index @param {Bound} bound @param {number} peers
 */
function boundCard(kind, title, letter, index, { seconds, bottleneck, terms }, peers) {
  const { time } = words.p2p;
  const rows = terms.map((term) => {
    const row = element(
      'li',
      '',
      element('code', '', ...formulaOf(term.formula)),
      element('span', 'term', time.terms[WORDS_OF[term.bottleneck]]),
      element('b', '', duration(term.seconds)),
    );
    if (term.bottleneck === bottleneck) row.setAttribute('aria-current', 'true');
    return row;
  });
  const card = element(
    'section',
    'bound',
    element(
      'h3',
      '',
      element('span', 'curve', title),
      element('span', 'value', letter, element('sub', '', index), ` ≥ ${duration(seconds)}`, ...inSeconds(seconds)),
    ),
    element('ul', '', ...rows),
    element('p', 'why', fill(time.because[WORDS_OF[bottleneck]], peers)),
  );
  card.dataset.curve = kind;
  return card;
}

/** The same in seconds, where it is told in a larger unit. @param {number} seconds */
function inSeconds(seconds) {
  const told = fill(words.p2p.time.units.s, Math.round(seconds));
  return Number.isFinite(seconds) && seconds >= SECONDS_MAX ? [element('small', '', told)] : [];
}

/** "N F / (u_s + sum u_i)" with signs and lowered letters. @param {string} formula */
function formulaOf(formula) {
  const parts = formula.replaceAll('sum ', 'Σ').split(/_(min|s|i)/);
  return parts.map((part, at) => (at % 2 === 1 ? element('sub', '', part) : part));
}

/** Some points of the curves in numbers. @param {readonly CurvePoint[]} points @param {readonly number[]} counts which @param {Uploads} given */
export function tableOf(points, counts, { server, upload }) {
  const { time } = words.p2p;
  const rows = points
    .filter(({ peers }) => counts.includes(peers))
    .map(({ peers, clientServer, p2p }) => [
      peers.toLocaleString(document.documentElement.lang),
      allUploads(server, peers, upload),
      duration(clientServer.seconds),
      duration(p2p.seconds),
      `${rounded(clientServer.seconds / p2p.seconds)} ×`,
    ]);
  return element('section', 'numbers', element('h3', '', time.table), recordTable('times', time.tableColumns, rows));
}

/** All that can be uploaded, as a bar: who joins takes and brings. @param {number} peers @param {Uploads} given */
export function showCapacity(peers, { server, upload }) {
  const { time } = words.p2p;
  const bar = element('span', 'bar', element('i', 'server'), element('i', 'peers'));
  bar.style.setProperty('--server', upload === null ? '0%' : `${(100 * server) / (server + peers * upload)}%`);
  const brought = upload === null ? time.noLimit : bitRate(peers * upload);
  byId('capacity', HTMLElement).replaceChildren(
    element('span', 'name', `${time.capacity}: `, element('b', '', allUploads(server, peers, upload))),
    bar,
    element(
      'span',
      'parts',
      `${time.capacityParts.server} ${bitRate(server)} + ${fill(time.capacityParts.peers, peers)} ${brought}`,
    ),
  );
}

/** @param {number} server @param {number} peers @param {number | null} upload */
function allUploads(server, peers, upload) {
  return upload === null ? words.p2p.time.noLimit : bitRate(server + peers * upload);
}

/** @param {number} bitsPerS */
function bitRate(bitsPerS) {
  const power = bitsPerS < 1_000 ? 0 : Math.min(4, Math.floor(Math.log10(bitsPerS) / 3));
  return `${rounded(bitsPerS / 1_000 ** power)} ${['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'][power]}`;
}
