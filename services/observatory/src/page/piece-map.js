import { byId, element } from './element.js';
import { fill, words } from './language.js';

/** @import { Badge } from './peer-badges.js' */
/** @import { Cell, Column } from './piece-columns.js' */
/**
 * @typedef {object} MapRow
 * @property {Badge} badge
 * @property {readonly Cell[]} cells
 * @property {boolean} isHere
 * @property {string} given
 * @property {string} finished
 */
/**
 * @typedef {object} MapModel
 * @property {readonly Column[]} columns
 * @property {readonly MapRow[]} rows
 * @property {readonly number[]} copies of each column, the fewest
 * @property {ReadonlySet<number>} rarest columns
 * @property {string | null} chosen address of the peer that is looked at
 * @property {{ peer: string, column: number } | null} focus where something happens now
 * @property {(address: string) => Badge} badgeOf
 */

/** From so many columns on there is no room for words in a cell. */
const LETTERS_COLUMNS_MAX = 32;
/** With more rows than that none has room for a name: the map is seen as a whole. */
const NAMED_ROWS_MAX = 16;

/** A mark in the colour of its peer. @param {Badge} badge */
export function badgeMark({ mark, tone, name }) {
  const made = element('span', 'badge', mark);
  made.dataset.tone = String(tone);
  made.title = name;
  return made;
}

/** Who has which piece: a row for each peer, a column for each piece, and below how many copies there are. */
export class PieceMap {
  #table = byId('map', HTMLTableElement);
  /** @type {string} What rows and columns there are: when that changes, the table is made anew. */
  #shape = '';
  /** @type {Map<string, { row: HTMLTableRowElement, cells: HTMLTableCellElement[], given: HTMLElement, finished: HTMLElement }>} */
  #rows = new Map();
  /** @type {HTMLTableCellElement[]} */
  #copies = [];
  /** @type {(address: string) => void} */
  onChoose = () => {};

  constructor() {
    this.#table.addEventListener('click', (event) => {
      const row = event.target instanceof Element ? event.target.closest('tr') : null;
      if (row?.dataset.peer !== undefined) this.onChoose(row.dataset.peer);
    });
  }

  /** @param {MapModel} model */
  show(model) {
    const shape = `${model.columns.length} ${model.columns.at(-1)?.last} ${model.rows.map(({ badge }) => badge.address).join(' ')}`;
    if (shape !== this.#shape) this.#make(model);
    this.#shape = shape;
    for (const row of model.rows) this.#showRow(row, model);
    const most = Math.max(1, ...model.copies);
    for (const [at, cell] of this.#copies.entries()) {
      const copies = model.copies[at] ?? 0;
      set(cell, 'rare', model.rarest.has(at));
      cell.style.setProperty('--height', `${(100 * copies) / most}%`);
      write(cell, model.columns.length > LETTERS_COLUMNS_MAX ? '' : String(copies));
      cell.title = `${titleOf(model.columns[at])}: ${words.p2p.copies} ${copies}`;
    }
  }

  /** @param {MapModel} model */
  #make({ columns, rows }) {
    this.#table.dataset.columns = columns.length > LETTERS_COLUMNS_MAX ? 'many' : 'few';
    this.#table.dataset.rows = rows.length > NAMED_ROWS_MAX ? 'crowd' : 'named';
    this.#table.style.setProperty('--columns', String(columns.length));
    this.#table.style.setProperty('--rows', String(rows.length));
    this.#rows.clear();
    const heads = columns.map((column) => {
      const head = element('th', 'number', columns.length > LETTERS_COLUMNS_MAX ? '' : String(column.first));
      head.scope = 'col';
      head.title = titleOf(column);
      return head;
    });
    const given = headOf(words.p2p.given);
    given.className = 'given';
    given.title = words.p2p.givenMeans;
    const finished = headOf(words.p2p.finished);
    finished.className = 'finished';
    const head = element('tr', '', headOf(''), ...heads, given, finished);
    const body = rows.map(({ badge }) => this.#makeRow(badge, columns.length));
    this.#copies = columns.map(() => element('td', 'copies'));
    const foot = element('tr', 'rarity', headOf(words.p2p.copies), ...this.#copies, element('td'), element('td'));
    this.#table.replaceChildren(element('thead', '', head), element('tbody', '', ...body), element('tfoot', '', foot));
  }

  /** @param {Badge} badge @param {number} columns */
  #makeRow(badge, columns) {
    const button = element('button', 'peer', badgeMark(badge), element('span', '', badge.name));
    button.type = 'button';
    const head = element('th', '', button);
    head.scope = 'row';
    const cells = Array.from({ length: columns }, () => element('td', 'cell'));
    const given = element('td', 'number');
    const finished = element('td', 'number');
    const row = element('tr', '', head, ...cells, given, finished);
    row.dataset.peer = badge.address;
    this.#rows.set(badge.address, { row, cells, given, finished });
    return row;
  }

  /** @param {MapRow} shown @param {MapModel} model */
  #showRow({ badge, cells, isHere, given, finished }, model) {
    const made = this.#rows.get(badge.address);
    if (made === undefined) return;
    set(made.row, 'away', !isHere);
    set(made.row, 'chosen', model.chosen === badge.address);
    write(made.given, given);
    write(made.finished, finished);
    const isCrowd = this.#table.dataset.rows === 'crowd';
    const title = isCrowd
      ? `${badge.name} · ${words.p2p.given} ${given} · ${words.p2p.finished} ${finished || '–'}`
      : '';
    if (made.row.title !== title) made.row.title = title;
    for (const [at, cell] of cells.entries()) {
      const drawn = made.cells[at];
      if (drawn === undefined) continue;
      set(drawn, 'focus', model.focus?.peer === badge.address && model.focus.column === at);
      drawCell(drawn, cell, badge, model, at);
    }
  }
}

/**
 * @param {HTMLTableCellElement} drawn
 * @param {Cell} cell
 * @param {Badge} badge of its row
 * @param {MapModel} model
 * @param {number} at
 */
function drawCell(drawn, cell, badge, { badgeOf, columns }, at) {
  const key = JSON.stringify(cell);
  if (drawn.dataset.key === key) return;
  drawn.dataset.key = key;
  const [first, second] = cell.givers.map(([address]) => badgeOf(address));
  // Who made the file has its pieces from nobody else.
  const giver = first ?? (badge.isMaker ? badge : undefined);
  const asked = cell.asked === null ? undefined : badgeOf(cell.asked);
  const shown = cell.state === 'picked' ? asked : giver;
  drawn.dataset.state = cell.state;
  drawn.dataset.tone = shown === undefined ? 'none' : String(shown.tone);
  if (second === undefined || cell.share < 1) delete drawn.dataset.second;
  else drawn.dataset.second = String(second.tone);
  const blocks = cell.givers.reduce((sum, [, count]) => sum + count, 0);
  const firstShare = second === undefined ? 1 : (cell.givers[0]?.[1] ?? 0) / blocks;
  drawn.style.setProperty('--first', `${Math.round(firstShare * 100)}%`);
  drawn.style.setProperty('--share', `${Math.round(cell.share * 100)}%`);
  write(drawn, columns.length > LETTERS_COLUMNS_MAX ? '' : (shown?.mark ?? (cell.state === 'have' ? '·' : '')));
  drawn.title = `${titleOf(columns[at])}: ${sayingOf(cell, badge, badgeOf)}`;
}

/** @param {Cell} cell @param {Badge} badge @param {(address: string) => Badge} badgeOf */
function sayingOf({ state, givers, asked }, badge, badgeOf) {
  const say = words.p2p.cell;
  if (state === 'missing') return say.missing;
  if (state === 'picked') return fill(say.picked, badgeOf(asked ?? badge.address).name);
  if (givers.length === 0) return say.before;
  return givers.map(([address, blocks]) => fill(say.blocks, blocks, badgeOf(address).name)).join(', ');
}

/** @param {Column | undefined} column */
function titleOf(column) {
  if (column === undefined) return '';
  const { first, last } = column;
  return fill(words.p2p.piece, first === last ? first : `${first}–${last}`);
}

/** @param {string} text */
function headOf(text) {
  const head = element('th', '', text);
  head.scope = 'col';
  return head;
}

/** @param {HTMLElement} node @param {string} name @param {boolean} is */
function set(node, name, is) {
  if (node.classList.contains(name) !== is) node.classList.toggle(name, is);
}

/** @param {HTMLElement} node @param {string} text */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
