import { element } from './element.js';
import { fill, words } from './language.js';
import { recordTable } from './record-table.js';

/** @import { Places } from './hosts-view.js' */
/** @typedef {{ name: string, type: string, values: string[], ttl: number, ageS: number, knowledge: string, rank?: string }} CachedSet */
/** @typedef {{ address: string, srttMs: number | null, replies: number, failuresInARow?: number }} AskedServer */

/** Rows of the cache that are drawn; the rest is counted. */
const SETS_MAX = 300;
/** Values of a set that are drawn: the root has thirteen servers, and what was asked for should be seen without scrolling. */
const VALUES_MAX = 3;

/**
 * What the cache holds, by name, and how long each set has left.
 * @param {readonly CachedSet[]} cache
 * @param {number} entries how many there are; not all may have been told
 */
export function cacheSection(cache, entries) {
  const title = element('h3', '', fill(words.dns.cache, entries));
  if (entries === 0) return element('section', '', title, element('p', 'cut', words.dns.cacheEmpty));
  const sorted = cache.toSorted((one, other) => order(one).localeCompare(order(other)));
  const rows = sorted.slice(0, SETS_MAX).map((set) => [nameAndType(set), valuesOf(set), timeOf(set)]);
  const more = entries - rows.length;
  const rest = more > 0 ? [element('p', 'cut', fill(words.dns.cacheMore, more))] : [];
  return element('section', '', title, recordTable('cache', words.dns.cacheColumns, rows), ...rest);
}

/**
 * Names by their labels from the root down, so that what belongs together stands together; the addresses of the root servers
 * come last: they are always there.
 * @param {CachedSet} set
 */
function order({ name, type }) {
  const last = name.endsWith('.root-servers.net.') ? '~' : '';
  return `${last}${name.split('.').toReversed().join('.')} ${type}`;
}

/** @param {CachedSet} set */
function nameAndType({ name, type }) {
  return element('span', '', element('b', '', name), ' ', type);
}

/** @param {CachedSet} set */
function valuesOf({ values, knowledge }) {
  if (knowledge === 'no-data') return element('span', 'negative', words.dns.noData);
  if (knowledge === 'name-error') return element('span', 'negative', words.dns.noName);
  const more = values.length - VALUES_MAX;
  const shown = more > 1 ? [...values.slice(0, VALUES_MAX), fill(words.dns.valuesMore, more)] : values;
  return shown.join('\n');
}

/** @param {CachedSet} set */
function timeOf({ ttl, ageS }) {
  const left = ttl <= 0 ? words.dns.over : fill(words.dns.seconds, ttl);
  // How much of its time has gone, as a bar that shrinks.
  const bar = element('meter');
  bar.max = Math.max(1, ttl + ageS);
  bar.value = Math.max(0, ttl);
  bar.setAttribute('aria-hidden', 'true');
  bar.title = fill(words.dns.age, ageS);
  return element('span', 'left', left, bar);
}

/**
 * @param {readonly AskedServer[]} servers
 * @param {Places} places
 */
export function serversSection(servers, places) {
  const title = element('h3', '', words.dns.servers);
  if (servers.length === 0) return element('section', '', title, element('p', 'cut', words.dns.serversNone));
  const sorted = servers.toSorted((one, other) => (one.srttMs ?? Infinity) - (other.srttMs ?? Infinity));
  const rows = sorted.map(({ address, srttMs, replies, failuresInARow = 0 }) => [
    element('span', '', element('b', '', places.name(address)), ' ', address),
    srttMs === null ? '–' : `${srttMs} ms`,
    failuresInARow > 0 ? `${replies}\n${fill(words.dns.failures, failuresInARow)}` : String(replies),
  ]);
  return element('section', '', title, recordTable('servers', words.dns.serverColumns, rows));
}
