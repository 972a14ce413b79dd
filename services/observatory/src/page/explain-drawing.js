import { fill, words } from './language.js';

/** @import { Places } from './hosts-view.js' */
/** @import { Column, Ladder, Rung } from './ladder.js' */
/** @import { Drawing } from './ladder-view.js' */

/**
 * The ladder of an explanation in the words of the page.
 * @param {Ladder} ladder
 * @param {Places} places
 * @returns {Drawing}
 */
export function drawingOf({ columns, rungs }, places) {
  const heads = columns.map((column) => ({
    place: column.place,
    title: words.explain.columns[column.place],
    name: nameOf(column, places),
    code: column.name,
  }));
  return {
    heads,
    rungs: rungs.map(({ kind, from, to, says, isHit, step }) => ({
      kind,
      from,
      to,
      isHit,
      text: fill(words.explain.says[says.key], says.n, says.m),
      because: step.because,
      when: when(step),
      depth: step.depth,
    })),
  };
}

/**
 * @param {Column} column
 * @param {Places} places
 */
function nameOf({ place, address }, places) {
  if (address === '') return words.explain.thisPage;
  const name = places.name(address);
  return place === 'client' ? fill(words.explain.walker, name) : name;
}

/** When it was, and how long a reply took. @param {Rung['step']} step */
function when({ atMs, elapsedMs }) {
  const at = `+${rounded(atMs)} ms`;
  return elapsedMs === undefined ? at : `${at} (${rounded(elapsedMs)} ms)`;
}

/** Milliseconds with one decimal place, where there is something to tell. @param {number} ms */
export function rounded(ms) {
  return Math.round(ms * 10) / 10;
}
