/**
 * The way of a message as a ladder, made of the reports of all hosts. Knows nothing of the document, nor of languages. A
 * message that went from one host to another was reported by both: it is one rung, at the time it was sent.
 */

/** @import { Shown } from './report-list.js' */
/** @typedef {{ exchange: string, reports: readonly Shown[] }} Link of the chain that GET /api/exchanges/EXCHANGE gives */
/** @typedef {'agent' | 'server' | 'dns'} Place */
/** @typedef {{ place: Place, name: string }} Column */
/**
 * @typedef {object} WayRung
 * @property {'query' | 'reply' | 'mark'} kind
 * @property {number} from column
 * @property {number} to
 * @property {boolean} isHit whether a message came into its mailbox
 * @property {string | undefined} because told by whichever end had a reason
 * @property {Shown} report
 */
/** @typedef {{ columns: Column[], rungs: WayRung[] }} Way */
/** @typedef {'moving' | 'waiting' | 'delivered' | 'failed'} LetterState */
/**
 * @typedef {object} Letter
 * @property {string} id
 * @property {string} exchange of the server that took it first
 * @property {string} subject
 * @property {string} from
 * @property {string} to
 * @property {LetterState} state
 * @property {number} at
 */

/** Rungs that are drawn: a message that was tried for days has hundreds. */
const RUNGS_MAX = 300;
/** What is said by one host to another, and which way the arrow's colour goes. */
const ARROWS = /** @type {const} */ ({
  'smtp.command': 'query',
  'smtp.data': 'query',
  'smtp.reply': 'reply',
  'dns.query': 'query',
  'dns.response': 'reply',
  'http.request': 'query',
  'http.response': 'reply',
});

/** @type {readonly LetterState[]} */
const WORST_FIRST = ['failed', 'waiting', 'moving'];

/**
 * The messages that mail servers told of, the newest first. @param {readonly Shown[]} reports
 * @returns {Letter[]}
 */
export function lettersOf(reports) {
  /** @type {Map<string, { first: Shown, waiting: Map<string, LetterState> }>} */
  const letters = new Map();
  for (const report of reports) {
    const { id, messageId } = factsOf(report);
    if (id === '') continue;
    const known = letters.get(messageId);
    // What a server did to a message before it is known to us is no letter of its own.
    if (known === undefined && report.kind !== 'mail.queued') continue;
    const letter = known ?? { first: report, waiting: new Map() };
    letters.set(messageId, letter);
    letter.waiting.set(id, stateAfter(report.kind, letter.waiting.get(id)));
  }
  return [...letters]
    .map(([id, letter]) => ({ id, ...headingOf(letter.first), state: wholeState(letter.waiting) }))
    .toReversed();
}

/** @param {Shown} report */
function headingOf(report) {
  const { subject, from, to } = factsOf(report);
  return { exchange: report.exchange, subject, from, to, at: report.at };
}

/** @param {Shown} report */
function factsOf({ message }) {
  const facts = /** @type {Record<string, unknown>} */ (typeof message === 'object' && message !== null ? message : {});
  const text = (/** @type {string} */ name) => (typeof facts[name] === 'string' ? facts[name] : '');
  const id = text('id');
  return { id, messageId: text('messageId') || id, subject: text('subject'), from: text('from'), to: text('to') };
}

/**
 * What is known of a message at one server after one more of its reports.
 * @param {string} kind
 * @param {LetterState | undefined} before
 * @returns {LetterState}
 */
function stateAfter(kind, before = 'moving') {
  if (kind === 'mail.failed' || before === 'failed') return 'failed';
  if (kind === 'mail.deferred') return 'waiting';
  if (kind === 'mail.delivered' || kind === 'mail.removed') return 'delivered';
  return kind === 'mail.sending' ? 'moving' : before;
}

/** What the message as a whole has come to: the worst of what its servers know. @param {ReadonlyMap<string, LetterState>} atServers */
function wholeState(atServers) {
  const states = [...atServers.values()];
  return WORST_FIRST.find((state) => states.includes(state)) ?? 'delivered';
}

/**
 * @param {readonly Link[]} chain
 * @param {(address: string) => string} nameOf the host of an address
 * @returns {Way}
 */
export function wayOf(chain, nameOf) {
  const reports = chain.flatMap((link) => link.reports);
  const servers = serversIn(reports, nameOf);
  const merged = mergeEnds(reports.filter((report) => belongs(report, servers, nameOf)));
  /** @type {Column[]} */
  const columns = [];
  const columnOf = (/** @type {string} */ name, /** @type {Place} */ place) => {
    const known = columns.findIndex((column) => column.name === name);
    return known >= 0 ? known : columns.push({ place, name }) - 1;
  };
  const rungs = merged.slice(0, RUNGS_MAX).map(({ report, because }) => {
    const kind = arrowOf(report.kind);
    const placeOf = (/** @type {string} */ name) =>
      servers.has(name) ? 'server' : report.kind.startsWith('dns.') ? 'dns' : 'agent';
    const ends = kind === null ? [report.host] : [report.from, report.to].map((end) => nameOf(end?.address ?? ''));
    const [from = 0, to = from] = ends.map((name) => columnOf(name, placeOf(name)));
    const isHit = report.kind === 'mail.delivered';
    return { kind: kind ?? /** @type {const} */ ('mark'), from, to, isHit, because, report };
  });
  return { columns, rungs };
}

/**
 * The mail servers: who decided something about a message, and whom SMTP was spoken to.
 * @param {readonly Shown[]} reports
 * @param {(address: string) => string} nameOf
 */
function serversIn(reports, nameOf) {
  const servers = new Set();
  for (const { kind, host, to } of reports) {
    if (kind.startsWith('mail.')) servers.add(host);
    if (kind === 'smtp.command' && to !== undefined) servers.add(nameOf(to.address));
  }
  return servers;
}

/** @param {string} kind */
function arrowOf(kind) {
  return kind in ARROWS ? ARROWS[/** @type {keyof typeof ARROWS} */ (kind)] : null;
}

/**
 * Decisions of mail servers, and what they said or heard; not what the DNS server asked on behalf of them.
 * @param {Shown} report
 * @param {ReadonlySet<string>} servers
 * @param {(address: string) => string} nameOf
 */
function belongs({ kind, from, to }, servers, nameOf) {
  if (kind.startsWith('mail.')) return true;
  if (arrowOf(kind) === null || from === undefined || to === undefined) return false;
  return servers.has(nameOf(from.address)) || servers.has(nameOf(to.address));
}

/**
 * One for each message, at the time of the first who told of it, with the reason of whoever gave one.
 * @param {readonly Shown[]} reports
 */
function mergeEnds(reports) {
  /** @type {Map<string, { report: Shown, because: string | undefined }>} */
  const found = new Map();
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const report of reports.toSorted((one, other) => one.at - other.at)) {
    const what = sayingOf(report);
    const count = (counts.get(`${report.host} ${what}`) ?? 0) + 1;
    counts.set(`${report.host} ${what}`, count);
    // A decision is told by one host alone.
    const key = arrowOf(report.kind) === null ? `${report.host} ${report.seq}` : `${what} ${count}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { report, because: report.because });
    else known.because ??= report.because;
  }
  return [...found.values()];
}

/** What two hosts say alike of one message. The size of mail data differs by its dots, which the receiver takes away. @param {Shown} report */
function sayingOf({ kind, from, to, summary }) {
  return [kind, from?.address, from?.port, to?.address, to?.port, kind === 'smtp.data' ? '' : summary].join(' ');
}
