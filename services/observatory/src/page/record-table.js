import { element } from './element.js';

/**
 * A table with a head.
 * @param {string} name
 * @param {readonly string[]} columns
 * @param {readonly (readonly (string | Node)[])[]} rows
 */
export function recordTable(name, columns, rows) {
  const heads = columns.map((column) => {
    const head = element('th', '', column);
    head.scope = 'col';
    return head;
  });
  const body = rows.map((cells) => element('tr', '', ...cells.map((cell) => element('td', '', cell))));
  return element(
    'table',
    `inner ${name}`,
    element('thead', '', element('tr', '', ...heads)),
    element('tbody', '', ...body),
  );
}
