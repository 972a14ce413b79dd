/** What is told of a round, one entry after the other, and what each entry is about. Knows nothing of the document, nor of languages. */

/** @import { Fact } from './swarm-facts.js' */
/** @typedef {'pieces' | 'choking' | 'connections' | 'tracker'} Group */
/**
 * @typedef {object} Entry
 * @property {Fact} fact
 * @property {Group} group
 * @property {string} word which words tell it
 * @property {string | null} whom the other one
 * @property {number | null} piece
 * @property {{ from: string, to: string } | null} arrow of the picture, from who gives
 */

/** @type {Readonly<Record<string, Group>>} */
const GROUPS = {
  picked: 'pieces',
  verified: 'pieces',
  wrong: 'pieces',
  choked: 'choking',
  unchoked: 'choking',
  interested: 'choking',
  uninterested: 'choking',
  joined: 'connections',
  left: 'connections',
  changed: 'connections',
  opened: 'connections',
  closed: 'connections',
  banned: 'connections',
  refused: 'connections',
  announced: 'tracker',
  answered: 'tracker',
  expired: 'tracker',
};

/** The entry of a fact, or null where it is told by others. @param {Fact} fact @returns {Entry | null} */
export function entryOf(fact) {
  const group = GROUPS[fact.kind];
  if (group === undefined) return null;
  return {
    fact,
    group,
    word: wordOf(fact),
    whom: whomOf(fact),
    piece: 'index' in fact ? fact.index : null,
    arrow: arrowOf(fact),
  };
}

/** @param {Fact} fact */
function wordOf(fact) {
  if (fact.kind === 'announced') return fact.event ?? 'announced';
  return fact.kind === 'picked' && fact.mode === 'endgame' ? 'endgame' : fact.kind;
}

/** @param {Fact} fact @returns {string | null} */
function whomOf(fact) {
  if (fact.kind === 'verified' || fact.kind === 'wrong') return mainGiver(fact.givers);
  return 'to' in fact ? fact.to : null;
}

/** @param {Fact} fact */
function arrowOf(fact) {
  switch (fact.kind) {
    case 'picked':
    case 'interested':
    case 'uninterested':
      return { from: fact.to, to: fact.peer };
    case 'choked':
    case 'unchoked':
      return { from: fact.peer, to: fact.to };
    case 'verified': {
      const giver = mainGiver(fact.givers);
      return giver === null ? null : { from: giver, to: fact.peer };
    }
    default:
      return null;
  }
}

/** Who gave most blocks of a piece. @param {Readonly<Record<string, number>>} givers @returns {string | null} */
function mainGiver(givers) {
  return Object.entries(givers).toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
