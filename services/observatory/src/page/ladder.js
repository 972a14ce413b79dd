/**
 * The explanation of an answer as a ladder: who takes part, from the left in the order of their first appearance, and a
 * rung for each step. Knows nothing of the document, nor of languages: what a rung says is a key of words and what goes
 * into it.
 */

/** @import { Explanation, Step } from './explanation.ts' */
/** @import { RungWords } from './explain-words.ts' */

/** @typedef {'client' | 'resolver' | 'root' | 'tld' | 'authoritative' | 'central'} Place */
/**
 * @typedef {object} Column
 * @property {Place} place
 * @property {string} address of the host; empty for a client that asks from no host of the lab
 * @property {string} name that a server was asked by, or nothing
 */
/**
 * @typedef {object} Rung
 * @property {'query' | 'reply' | 'silence' | 'mark'} kind an arrow there, an arrow back, one that never came, a decision
 * @property {number} from column of its sender, or of who decides
 * @property {number} to
 * @property {{ key: RungWords, n: string, m: string }} says
 * @property {boolean} isHit whether the cache knew it
 * @property {Step} step
 */
/** @typedef {{ columns: Column[], rungs: Rung[] }} Ladder */

/** Records that an arrow names; the detail of the step has all of them. */
const NAMED_MAX = 3;

/**
 * @param {Explanation} explanation
 * @param {string} resolver address of the local DNS server
 * @returns {Ladder}
 */
export function ladderOf(explanation, resolver) {
  /** @type {Column[]} */
  const columns =
    explanation.mode === 'walk'
      ? [{ place: 'client', address: resolver, name: '' }]
      : [
          { place: 'client', address: '', name: '' },
          { place: 'resolver', address: resolver, name: '' },
        ];
  const here = columns.length - 1;
  /** @type {Rung[]} */
  const rungs = [];
  let zone = '.';
  for (const step of explanation.steps) {
    if (step.kind === 'server' && step.zone !== undefined) zone = step.zone;
    const there = columnOf(columns, step, explanation.mode === 'central' ? 'central' : placeOf(zone));
    rungs.push(rungOf(step, here, there));
  }
  return { columns, rungs };
}

/**
 * @param {Step} step
 * @param {number} here column of who searches
 * @param {number} there column of the server that the step is about
 * @returns {Rung}
 */
function rungOf(step, here, there) {
  const rung = { says: sayingOf(step), isHit: false, step };
  switch (step.kind) {
    // A search that the client began, and its end, lie between the two; those for a server's address do not leave the resolver.
    case 'question':
      return here > 0 && step.for === 'client'
        ? { ...rung, kind: 'query', from: 0, to: here }
        : { ...rung, kind: 'mark', from: here, to: here };
    case 'answer':
      return here > 0 && step.depth === 0
        ? { ...rung, kind: 'reply', from: here, to: 0 }
        : { ...rung, kind: 'mark', from: here, to: here };
    case 'query':
      return step.isShared === true
        ? { ...rung, kind: 'mark', from: here, to: here }
        : { ...rung, kind: 'query', from: here, to: there };
    case 'reply':
      return { ...rung, kind: 'reply', from: there, to: here };
    case 'silence':
      return { ...rung, kind: 'silence', from: there, to: here };
    default:
      return { ...rung, kind: 'mark', from: here, to: here, isHit: isHit(step) };
  }
}

/** @param {Step} step */
function isHit({ kind, found, isStale }) {
  return kind === 'cache' && found !== 'nothing' && isStale !== true;
}

/**
 * The column of the server that a message goes to or comes from; a server that is new gets the next one to the right.
 * @param {Column[]} columns
 * @param {Step} step
 * @param {Place} place
 */
function columnOf(columns, { kind, server }, place) {
  if (typeof server !== 'object' || !['query', 'reply', 'silence'].includes(kind)) return -1;
  const known = columns.findIndex(({ address }) => address === server.address);
  if (known >= 0) return known;
  columns.push({ place, address: server.address, name: withoutDot(server.name) });
  return columns.length - 1;
}

/** What class of servers those of a zone are (RFC 1034, section 2.4, has the tree). @param {string} zone @returns {Place} */
function placeOf(zone) {
  if (zone === '.') return 'root';
  return zone.split('.').length === 2 ? 'tld' : 'authoritative';
}

/** @type {Readonly<Record<string, (step: Step) => [RungWords, string | undefined, (string | undefined)?]>>} */
const SAYINGS = {
  question: (step) => ['client', step.name, step.type],
  cache: (step) => [cacheWords(step), step.found === 'nothing' ? step.name : dataOf(step.records), cacheTail(step)],
  alias: (step) => ['alias', step.name, step.target],
  zone: (step) => (step.zone === '.' ? ['zoneRoot', ''] : ['zone', step.zone]),
  server: (step) => ['chosen', step.name, step.address],
  query: (step) => [step.isShared === true ? 'shared' : 'query', step.name, step.type],
  reply: (step) => replyWords(step),
  silence: () => ['silence', ''],
  finding: (step) => ['finding', typeof step.server === 'string' ? step.server : step.server?.name],
  pause: (step) => ['pause', String(step.ms)],
  answer: (step) => ['answer', dataOf(step.records) || step.rcode],
};

/** @param {Step} step */
function sayingOf(step) {
  const [key, n = '', m = ''] = SAYINGS[step.kind]?.(step) ?? ['other', step.because];
  return { key, n: withoutDot(n), m: withoutDot(m) };
}

/** @param {Step} step @returns {RungWords} */
function cacheWords({ found, isStale }) {
  if (isStale === true) return 'cacheStale';
  /** @type {Readonly<Record<string, RungWords>>} */
  const words = {
    records: 'cacheHit',
    'no-data': 'cacheNoData',
    'name-error': 'cacheNameError',
    failure: 'cacheFailure',
  };
  return words[found ?? ''] ?? 'cacheNothing';
}

/** @param {Step} step */
function cacheTail({ found, type, leftS }) {
  return found === 'nothing' ? type : String(leftS ?? 0);
}

/** @param {Step} step @returns {[RungWords, string | undefined, (string | undefined)?]} */
function replyWords({ meaning, records, zone }) {
  switch (meaning) {
    case 'answer':
      return ['replyAnswer', dataOf(records)];
    case 'alias':
      return ['replyAlias', dataOf(records)];
    case 'referral':
      return ['replyReferral', zone, dataOf(records)];
    case 'no-data':
      return ['replyNoData', ''];
    case 'name-error':
      return ['replyNameError', ''];
    case 'lame':
      return ['replyLame', zone];
    case 'truncated':
      return ['replyTruncated', ''];
    default:
      return ['other', meaning];
  }
}

/** The data of records that are lines of a zone file: what follows name, TTL, class and type. @param {readonly string[] | undefined} records */
function dataOf(records = []) {
  const data = records.slice(0, NAMED_MAX).map((line) => withoutDot(line.split(' ').slice(4).join(' ')));
  return data.join(', ') + (records.length > NAMED_MAX ? ', …' : '');
}

/** A name as people write it: the root keeps its full stop. @param {string} name */
function withoutDot(name) {
  return name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name;
}
