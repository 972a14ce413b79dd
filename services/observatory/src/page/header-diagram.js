import { element } from './element.js';
import { hexOf } from './hex.js';
import { words } from './language.js';

/** @import { BitField, WireField } from '#shared/dns/wire-field.ts' */

/** Bits of a row, as RFC 1035, section 4.1.1, draws the header. */
const ROW_BITS = 16;

/**
 * The header as the RFC draws it: six rows of 16 bits, each field with its name and its value.
 * @param {WireField} header
 * @param {Uint8Array} octets
 */
export function headerDiagram(header, octets) {
  const numbers = Array.from({ length: ROW_BITS }, (_, bit) => columnHead(bit));
  const head = element('thead', '', element('tr', '', element('td'), ...numbers));
  const body = element('tbody', '', ...header.children.map((field) => diagramRow(field, octets)));
  const table = element('table', 'header-diagram', element('caption', '', words.bits.header), head, body);
  const flags = header.children.find(({ bits }) => bits !== undefined)?.bits ?? [];
  return element('div', 'header-part', table, legend(flags));
}

/** @param {number} bit */
function columnHead(bit) {
  const cell = element('th', '', String(bit));
  cell.scope = 'col';
  return cell;
}

/**
 * @param {WireField} field
 * @param {Uint8Array} octets
 */
function diagramRow(field, octets) {
  const offset = element('th', 'at', String(field.offset));
  offset.scope = 'row';
  if (field.bits !== undefined) return element('tr', 'flags', offset, ...field.bits.map(flagCell));
  const hex = [...octets.subarray(field.offset, field.offset + field.length)].map(hexOf).join(' ');
  const cell = element('td', '', element('b', '', field.name), ' ', field.value, ' ', element('code', '', hex));
  cell.colSpan = ROW_BITS;
  return element('tr', '', offset, cell);
}

/** @param {BitField} field */
function flagCell(field) {
  const digits = element('span', 'digits', field.value.toString(2).padStart(field.width, '0'));
  const meaning = field.meaning !== null && field.width > 1 ? [element('span', 'meaning', field.meaning)] : [];
  const cell = element('td', field.value === 0 ? '' : 'set', element('b', '', field.name), digits, ...meaning);
  cell.colSpan = field.width;
  return cell;
}

/** What each flag means; those that are set stand out. @param {readonly BitField[]} flags */
function legend(flags) {
  const list = element('dl', 'flag-legend');
  for (const { name, value, meaning } of flags) {
    const said = meaning ?? Object.entries(words.bits.flags).find(([flag]) => flag === name)?.[1] ?? '';
    const line = element('div', '', element('dt', '', `${name} ${value}`), element('dd', '', said));
    line.toggleAttribute('data-set', value !== 0);
    list.append(line);
  }
  return list;
}
