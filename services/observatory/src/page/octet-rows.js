import { element } from './element.js';
import { hexOf } from './hex.js';
import { fill, words } from './language.js';

/** @import { BrokenRule, WireField } from '#shared/dns/wire-field.ts' */

/** Octets that stand in one line with their name and what they say, in a narrow window too. */
const SHORT_OCTETS = 4;

/** Whether a compression pointer is in the field. @param {WireField} field @returns {boolean} */
function hasPointer(field) {
  return field.pointsTo !== undefined || field.children.some(hasPointer);
}

/** Fields that are drawn as a row: a name with all its pieces, and what is not divided. @param {WireField} field */
function isRow({ role, children }) {
  return role === 'name' || children.length === 0;
}

/**
 * The fields after the header: a row for each, with its offset in the margin, its octets, its name, and what it says.
 * @param {readonly WireField[]} fields
 * @param {Uint8Array} octets
 * @param {readonly BrokenRule[]} brokenRules
 */
export function octetRows(fields, octets, brokenRules) {
  const box = element('div', 'octet-rows', element('h3', 'octet-title', words.bits.octetsAndFields));
  if (fields.some(hasPointer)) box.append(element('p', 'how', words.bits.howPointers));
  for (const field of fields) {
    if (field.role === 'section') box.append(...section(field, octets, brokenRules));
    else box.append(rowList([field], octets, brokenRules));
  }
  return box;
}

/**
 * @param {WireField} field
 * @param {Uint8Array} octets
 * @param {readonly BrokenRule[]} brokenRules
 */
function section(field, octets, brokenRules) {
  const title = element(
    'h4',
    '',
    words.bits.sections[field.name] ?? field.name,
    ' ',
    element('span', 'count', field.value),
  );
  const entries = field.children.map((entry) =>
    element('div', 'entry', element('h5', '', entry.value), rowList(entry.children, octets, brokenRules)),
  );
  return [title, ...entries];
}

/**
 * @param {readonly WireField[]} fields
 * @param {Uint8Array} octets
 * @param {readonly BrokenRule[]} brokenRules
 */
function rowList(fields, octets, brokenRules) {
  const list = element('ol');
  const add = (/** @type {WireField} */ field, /** @type {string} */ within) => {
    if (!isRow(field)) for (const child of field.children) add(child, withinOf(field, within));
    else if (field.length > 0) list.append(row(field, within, octets, brokenRules));
  };
  for (const field of fields) add(field, '');
  return list;
}

/** RDATA and its options are told before the names of what they consist of. @param {WireField} field @param {string} within */
function withinOf({ role, name }, within) {
  return role === 'rdata' ? name : within;
}

/**
 * @param {WireField} field
 * @param {string} within
 * @param {Uint8Array} octets
 * @param {readonly BrokenRule[]} brokenRules
 */
function row(field, within, octets, brokenRules) {
  const pieces = field.role === 'name' && field.children.length > 0 ? field.children : [field];
  const isBroken = brokenRules.some(({ offset }) => offset >= field.offset && offset < field.offset + field.length);
  const name = field.role === 'unread' ? words.bits.unread : field.name;
  const item = element(
    'li',
    isBroken ? 'broken' : '',
    element('span', 'at', String(field.offset)),
    element('span', 'octets', ...pieces.map((piece) => chip(piece, octets))),
    element('span', 'field', ...(within === '' ? [] : [element('i', '', within)]), name),
    element('span', 'says', ...saying(field)),
  );
  item.dataset.role = within === '' ? field.role : 'rdata';
  item.classList.toggle('long', field.role === 'name' || field.length > SHORT_OCTETS);
  return item;
}

/** @param {WireField} field */
function saying({ value, bits, length, role }) {
  if (role === 'unread') return [fill(words.bits.counted, length)];
  if (bits === undefined) return [value];
  return [bits.map((bit) => `${bit.name} ${bit.value}`).join('  ')];
}

/**
 * The octets of one piece. Letters of a label stand above their octets, after the octet that says how many there are.
 * @param {WireField} field
 * @param {Uint8Array} octets
 */
function chip(field, octets) {
  const own = [...octets.subarray(field.offset, field.offset + field.length)];
  const cells = own.map((octet, at) => element('span', '', ...above(field, octet, at), hexOf(octet)));
  if (field.pointsTo !== undefined) return pointer(field, field.pointsTo, cells);
  const drawn = element('span', 'chip', ...cells);
  drawn.dataset.role = field.role;
  drawn.dataset.offset = String(field.offset);
  if (field.role === 'label' || field.role === 'root') {
    drawn.setAttribute('role', 'img');
    const said = field.role === 'root' ? words.bits.root : fill(words.bits.label, field.value, field.length - 1);
    drawn.setAttribute('aria-label', said);
    drawn.title = `${fill(words.bits.offset, String(field.offset))}: ${said}`;
    drawn.tabIndex = -1;
  }
  return drawn;
}

/**
 * @param {WireField} field
 * @param {number} octet
 * @param {number} at
 */
function above({ role }, octet, at) {
  if (role === 'root') return [element('b', '', '.')];
  if (role !== 'label') return [];
  if (at === 0) return [element('b', '', String(octet))];
  return [element('b', '', octet > 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '·')];
}

/**
 * @param {WireField} field
 * @param {number} pointsTo
 * @param {readonly Node[]} cells
 */
function pointer(field, pointsTo, cells) {
  const target = element('b', '', `→ ${pointsTo}`);
  const button = element('button', 'chip', element('span', 'target', target), element('span', 'pair', ...cells));
  button.type = 'button';
  button.dataset.role = 'pointer';
  button.dataset.offset = String(field.offset);
  button.dataset.pointsTo = String(pointsTo);
  const said = fill(words.bits.pointer, String(pointsTo), field.value);
  button.setAttribute('aria-label', said);
  button.title = said;
  return button;
}
