import { element, inEnglish } from './element.js';
import { fill, words } from './language.js';
import { copiesText, duration, octets, rounded } from './quantities.js';
import { recordTable } from './record-table.js';

/** @import { Round } from './swarm-rounds.js' */
/** @typedef {(address: string) => string | Node} NameOf how an address is shown */
/**
 * @typedef {object} Neighbour as a peer tells of it
 * @property {string} address
 * @property {string} [client]
 * @property {number} pieces
 * @property {string} [bits]
 * @property {boolean} amChoking
 * @property {string | null} [whyChoking]
 * @property {boolean} amInterested
 * @property {boolean} peerChoking
 * @property {boolean} peerInterested
 * @property {boolean} isSnubbed
 * @property {number} uploaded
 * @property {number} downloaded
 * @property {number} uploadBytesPerS
 * @property {number} downloadBytesPerS
 */
/** @typedef {{ at: number, address: string, because: string }} Gone */
/** @typedef {{ at: number, kind: string, address: string, piece?: number, because: string }} Decided */
/**
 * @typedef {object} PeerState what GET /state of a peer says, as far as it is drawn
 * @property {string} [infoHash]
 * @property {string} [name]
 * @property {{ have: number, total: number, length: number }} [pieces]
 * @property {number} [length]
 * @property {number} [uploaded]
 * @property {number} [downloaded]
 * @property {number} [copiesSent]
 * @property {string} [bits]
 * @property {{ index: number, have?: boolean, from: Record<string, number> }[]} [pieceList]
 * @property {Neighbour[]} [neighbours]
 * @property {Gone[]} [closed]
 * @property {Gone[]} [refused]
 * @property {Decided[]} [decisions]
 * @property {{ uploadBytesPerS: number, downloadBytesPerS: number }} [limits]
 * @property {Record<string, unknown>} [policy]
 * @property {{ torrent: string, name: string | null }[]} [torrents]
 * @property {string | null} [trouble] why it has no torrent yet
 */
/** @typedef {{ address: string, port: number, left: number | null, silentMs: number, joinedMsAgo: number }} Member */
/** @typedef {{ infoHash: string, complete: number, incomplete: number, downloaded: number, peers: Member[] }} TrackedSwarm */
/** @typedef {{ intervalS?: number, swarms?: TrackedSwarm[] }} TrackerState */

/** Rows that are drawn; the rest is counted. */
const ROWS_MAX = 60;
/** 32.9 comes before 32.10. */
const BY_NUMBER = new Intl.Collator('en', { numeric: true });
/** Closed connections, refused addresses and decisions that are drawn. */
const REASONS_MAX = 12;

/** The peers of which the tracker tells. @param {TrackedSwarm | undefined} swarm @param {number} intervalS @param {NameOf} nameOf */
export function membersSection(swarm, intervalS, nameOf) {
  const { p2p } = words;
  const peers = swarm?.peers ?? [];
  const title = element('h3', '', fill(p2p.members, peers.length));
  if (swarm === undefined || peers.length === 0)
    return element('section', '', title, element('p', 'cut', p2p.membersNone));
  const rows = peers
    .toSorted(byAddress)
    .slice(0, ROWS_MAX)
    .map(({ address, left, silentMs }) => [
      nameOf(address),
      left === 0 ? p2p.nothingLeft : left === null ? p2p.unknown : octets(left),
      fill(words.dns.seconds, Math.round(silentMs / 1_000)),
    ]);
  return element(
    'section',
    '',
    title,
    element('p', 'cut', `${fill(p2p.counts, swarm.complete, swarm.incomplete)}. ${fill(p2p.trackerMeans, intervalS)}`),
    recordTable('members', p2p.memberColumns, rows),
    ...moreThan(peers.length),
  );
}

/** @param {readonly Neighbour[]} neighbours @param {number} total pieces of the torrent @param {NameOf} nameOf */
export function neighboursSection(neighbours, total, nameOf) {
  const { p2p } = words;
  const title = element('h3', '', fill(p2p.neighbours, neighbours.length));
  if (neighbours.length === 0) return element('section', '', title, element('p', 'cut', p2p.neighboursNone));
  const rows = neighbours
    .toSorted(byAddress)
    .slice(0, ROWS_MAX)
    .map((neighbour) => [
      element('span', 'plain', nameOf(neighbour.address), ...clientOf(neighbour)),
      `${neighbour.pieces}/${total}`,
      givesOf(neighbour),
      isGivenOf(neighbour),
    ]);
  return element(
    'section',
    '',
    title,
    recordTable('neighbours', p2p.neighbourColumns, rows),
    ...moreThan(neighbours.length),
  );
}

/** @param {Neighbour} neighbour */
function clientOf({ client }) {
  // Our own program is the rule.
  return client === undefined || client === '' || client.startsWith('Topdown') ? [] : ['\n', element('i', '', client)];
}

/** What the neighbour gives to us. @param {Neighbour} neighbour */
function givesOf({ peerChoking, amInterested, isSnubbed, downloadBytesPerS, downloaded }) {
  const { lets } = words.p2p;
  const state = isSnubbed
    ? lets.snubbed
    : peerChoking
      ? lets.choked
      : amInterested
        ? lets.mayFetch
        : lets.notInterested;
  return flowOf(state, downloadBytesPerS, downloaded, '');
}

/** What we give to the neighbour, and why or why not. @param {Neighbour} neighbour */
function isGivenOf({ amChoking, peerInterested, whyChoking, uploadBytesPerS, uploaded }) {
  const { lets } = words.p2p;
  const state = amChoking ? lets.choked : peerInterested ? lets.mayFetch : lets.notInterested;
  // Why it was let fetch is past when it wants nothing any more.
  return flowOf(state, uploadBytesPerS, uploaded, amChoking || peerInterested ? (whyChoking ?? '') : '');
}

/** @param {string} state @param {number} rate @param {number} total @param {string} why */
function flowOf(state, rate, total, why) {
  const amount = rate > 0 ? `${octets(rate)}/s` : total > 0 ? octets(total) : '';
  const lines = [
    element('b', '', state),
    ...(amount === '' ? [] : ['\n', amount]),
    ...(why === '' ? [] : ['\n', element('i', '', why)]),
  ];
  return element('span', 'plain', ...lines);
}

/** Why connections ended and addresses were not dialled, the last first. @param {PeerState} state @param {NameOf} nameOf */
export function goneSection({ closed = [], refused = [] }, nameOf) {
  const gone = [...closed, ...refused].toSorted((a, b) => b.at - a.at);
  return reasonsSection(
    words.p2p.gone,
    gone.map((one) => ({ ...one, text: '' })),
    nameOf,
  );
}

/** @param {readonly Decided[]} decisions @param {NameOf} nameOf */
export function decisionsSection(decisions, nameOf) {
  const { happenings } = words.p2p;
  const kinds = /** @type {Record<string, string | undefined>} */ ({
    pick: happenings.picked,
    choke: happenings.choked,
    unchoke: happenings.unchoked,
  });
  const said = decisions
    .toSorted((a, b) => b.at - a.at)
    .map((one) => ({ ...one, text: fill(kinds[one.kind] ?? one.kind, one.piece ?? '') }));
  return reasonsSection(words.p2p.decisions, said, nameOf);
}

/** What was done, to whom, and why. @param {string} title @param {readonly { address: string, text: string, because: string }[]} reasons @param {NameOf} nameOf */
function reasonsSection(title, reasons, nameOf) {
  const items = reasons
    .slice(0, REASONS_MAX)
    .map(({ address, text, because }) =>
      element('li', '', text === '' ? '' : `${text}: `, nameOf(address), inEnglish('span', 'because', because)),
    );
  const told = items.length === 0 ? element('p', 'cut', words.p2p.goneNone) : element('ul', 'reasons', ...items);
  return element('section', '', element('h3', '', title), told);
}

/** What a peer has, gave and may give. @param {PeerState} state */
export function peerFacts({ pieces, uploaded, downloaded, copiesSent, length, limits, policy }) {
  const { facts, noLimit } = words.p2p;
  const rate = (/** @type {number} */ bytesPerS) => (bytesPerS === 0 ? noLimit : `${octets(bytesPerS)}/s`);
  /** @type {[string, string][]} */
  const told = [];
  if (pieces !== undefined) told.push([facts.have, `${pieces.have}/${pieces.total}`]);
  if (downloaded !== undefined) told.push([facts.downloaded, octets(downloaded)]);
  if (uploaded !== undefined) told.push([facts.uploaded, octets(uploaded)]);
  const copies = copiesSent ?? (length === undefined ? 0 : (uploaded ?? 0) / length);
  told.push([facts.copies, rounded(copies)]);
  if (limits !== undefined)
    told.push([facts.limits, `${rate(limits.uploadBytesPerS)}, ${rate(limits.downloadBytesPerS)}`]);
  if (policy !== undefined) told.push([facts.policy, policyText(policy)]);
  const list = element('dl', 'facts');
  for (const [name, value] of told) list.append(element('dt', '', name), element('dd', '', value));
  return list;
}

/** @param {Record<string, unknown>} policy */
function policyText({ pickPolicy, chokePolicy, seedPolicy, superSeeds, role }) {
  const { picks, chokes, seeds } = words.p2p;
  const names = /** @type {Record<string, string>} */ ({ ...picks, ...chokes, ...seeds });
  const told = [pickPolicy, chokePolicy, seedPolicy, superSeeds === true ? 'super-seeding' : undefined, role].filter(
    (value) => typeof value === 'string' && value !== 'ordinary',
  );
  return told.map((value) => names[String(value)] ?? String(value)).join(', ');
}

/**
 * The rounds, to be compared with each other; a choice of one shows it.
 * @param {readonly Round[]} rounds
 * @param {number} length octets of the file
 * @param {(address: string) => boolean} isMaker
 * @param {(round: Round) => void} choose
 */
export function roundsTable(rounds, length, isMaker, choose) {
  const { p2p } = words;
  const picks = /** @type {Readonly<Record<string, string>>} */ (p2p.picks);
  const rows = rounds.toReversed().map((round) => {
    const button = element('button', 'button', `▶ ${round.number}`);
    button.type = 'button';
    button.addEventListener('click', () => choose(round));
    const sent = round.gifts.reduce((sum, { giver, octets: count }) => sum + (isMaker(giver) ? count : 0), 0);
    return [
      button,
      round.policy === null ? p2p.unknown : (picks[round.policy] ?? round.policy),
      String(round.takers.size),
      round.to === null ? p2p.goingOn : round.isWhole ? duration((round.to - round.from) / 1_000) : p2p.brokenOff,
      copiesText(sent / length),
    ];
  });
  return recordTable('rounds', p2p.roundColumns, rows);
}

/** So that a row stays where it is when the host tells them in another order. @param {{ address: string }} a @param {{ address: string }} b */
function byAddress(a, b) {
  return BY_NUMBER.compare(a.address, b.address);
}

/** @param {number} count */
function moreThan(count) {
  return count > ROWS_MAX ? [element('p', 'cut', fill(words.dns.cacheMore, count - ROWS_MAX))] : [];
}
