import { element } from './element.js';

/** How deep objects inside a message are drawn; what lies deeper is shown as JSON. */
const DEPTH_MAX = 4;
/** Entries of an object or a list that are drawn. */
const ENTRIES_MAX = 200;
/** Columns of a table of records. */
const COLUMNS_MAX = 5;
/** Longest object that is written in one line, in characters. */
const LINE_LENGTH_MAX = 160;

/**
 * The fields of a message as a table: name and value, and inside of it what the value is made of.
 * @param {object} value
 * @param {number} [depth]
 * @returns {HTMLTableElement}
 */
export function fieldTable(value, depth = 1) {
  const body = element('tbody');
  const entries = Object.entries(value);
  for (const [name, inner] of entries.slice(0, ENTRIES_MAX)) {
    const label = Array.isArray(value) ? String(Number(name) + 1) : name;
    body.append(element('tr', '', head(label, 'row'), element('td', '', ...content(inner, depth))));
  }
  if (entries.length > ENTRIES_MAX) body.append(more(entries.length - ENTRIES_MAX));
  return element('table', depth > 1 ? 'inner' : '', body);
}

/**
 * @param {unknown} value
 * @param {number} depth
 * @returns {(string | Node)[]}
 */
function content(value, depth) {
  if (typeof value !== 'object' || value === null) return [plain(value)];
  const entries = Object.values(value);
  if (entries.length === 0) return ['–'];
  if (Array.isArray(value)) {
    if (entries.every(isPlain)) return [entries.slice(0, ENTRIES_MAX).map(plain).join('\n')];
    if (value.every(isPair)) return [pairTable(value)];
    const columns = columnsOf(value);
    if (columns !== null) return [recordTable(value, columns)];
  } else if (entries.every(isPlain) && JSON.stringify(value).length <= LINE_LENGTH_MAX) {
    return pairs(value);
  }
  return [depth < DEPTH_MAX ? fieldTable(value, depth + 1) : JSON.stringify(value)];
}

/** An object in one line: `qr 1  aa 0  rcode NOERROR`. @param {object} value */
function pairs(value) {
  return Object.entries(value).flatMap(([name, inner]) => [
    element('span', 'pairs', element('i', '', name), ' ', plain(inner)),
    ' ',
  ]);
}

/**
 * Names with their values, in their order and as often as they occur: the fields of an HTTP message.
 * @param {readonly [unknown, unknown][]} list
 */
function pairTable(list) {
  const body = element('tbody');
  for (const [name, value] of list.slice(0, ENTRIES_MAX)) {
    body.append(element('tr', '', head(plain(name), 'row'), element('td', '', plain(value))));
  }
  if (list.length > ENTRIES_MAX) body.append(more(list.length - ENTRIES_MAX));
  return element('table', 'inner', body);
}

/** @param {unknown} value */
function isPair(value) {
  return Array.isArray(value) && value.length === 2 && value.every(isPlain);
}

/**
 * The names that the objects of a list share, when they can be the columns of a table; otherwise null.
 * @param {readonly unknown[]} list
 */
function columnsOf(list) {
  /** @type {Set<string>} */
  const names = new Set();
  for (const item of list) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return null;
    if (!Object.values(item).every(isPlain)) return null;
    for (const name of Object.keys(item)) names.add(name);
  }
  return names.size <= COLUMNS_MAX ? [...names] : null;
}

/**
 * @param {readonly Record<string, unknown>[]} list
 * @param {readonly string[]} columns
 */
function recordTable(list, columns) {
  const body = element('tbody');
  for (const item of list.slice(0, ENTRIES_MAX)) {
    body.append(element('tr', '', ...columns.map((name) => element('td', '', plain(item[name] ?? '')))));
  }
  if (list.length > ENTRIES_MAX) body.append(more(list.length - ENTRIES_MAX));
  const heads = element('tr', '', ...columns.map((name) => head(name, 'col')));
  return element('table', 'inner', element('thead', '', heads), body);
}

/**
 * @param {string} text
 * @param {'row' | 'col'} scope
 */
function head(text, scope) {
  const cell = element('th', '', text);
  cell.scope = scope;
  return cell;
}

/** @param {number} count */
function more(count) {
  return element('tr', '', element('td', '', `… ${count}`));
}

/** @param {unknown} value */
function isPlain(value) {
  return typeof value !== 'object' || value === null;
}

/** @param {unknown} value */
function plain(value) {
  return value === null || value === undefined ? '–' : String(value);
}
