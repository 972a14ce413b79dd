/** Patterns of LIST and LSUB: RFC 3501, section 6.3.8: `*` stands for anything, `%` for anything within one level. */
import { DELIMITER, INBOX, superiorsOf } from './mailbox-name.ts';

/** The pattern that reference and mailbox argument make together. */
export function joinReference(reference: string, pattern: string): string {
  return pattern.startsWith(DELIMITER) ? pattern.slice(1) : reference + pattern;
}

/** Whether a name matches. It takes a time of the square of the name's length at most, whatever the pattern. */
export function matchesPattern(name: string, pattern: string): boolean {
  // Wildcards that follow each other are one; a character that is none needs one of the name.
  const wanted = pattern.replace(/[*%]{2,}/g, (run) => (run.includes('*') ? '*' : '%'));
  if (wanted.length > 2 * name.length + 1) return false;
  const folded = isInbox(name) ? foldInbox(wanted) : wanted;
  // The places of the pattern that the characters read so far can have led to.
  let places = reach(new Set([0]), folded);
  // By UTF-16 units, as the places of the pattern are.
  for (const character of name.split('')) {
    const next = new Set<number>();
    for (const place of places) {
      const wanted = folded[place];
      if (wanted === '*' || (wanted === '%' && character !== DELIMITER)) next.add(place);
      else if (wanted === character) next.add(place + 1);
    }
    places = reach(next, folded);
    if (places.size === 0) return false;
  }
  return places.has(folded.length);
}

/** A wildcard may stand for nothing: behind it is reached too. */
function reach(places: Set<number>, pattern: string): Set<number> {
  for (const place of places) if (pattern[place] === '*' || pattern[place] === '%') places.add(place + 1);
  return places;
}

function isInbox(name: string): boolean {
  return name === INBOX || name.startsWith(`${INBOX}${DELIMITER}`);
}

/** INBOX matches in any case, its inferiors as they are. */
function foldInbox(pattern: string): string {
  const [first = '', ...rest] = pattern.split(DELIMITER);
  return [first.toUpperCase(), ...rest].join(DELIMITER);
}

export interface ListedName {
  readonly name: string;
  readonly isThere: boolean;
  readonly hasInferiors: boolean;
}

/** Every name that LIST knows: the mailboxes, and their superiors that are no mailboxes themselves, in order. */
export function withSuperiors(mailboxes: readonly string[]): ListedName[] {
  const there = new Set(mailboxes);
  const superiors = new Set(mailboxes.flatMap(superiorsOf));
  return [...there.union(superiors)]
    .sort((one, other) => Number(other === INBOX) - Number(one === INBOX) || (one < other ? -1 : 1))
    .map((name) => ({ name, isThere: there.has(name), hasInferiors: superiors.has(name) }));
}

/**
 * What LSUB shows (RFC 3501, section 6.3.9): the subscribed names that match, and, where a subscribed name does not match
 * because of `%`, its superior that does, as a name that cannot be selected.
 */
export function matchSubscriptions(
  subscribed: readonly string[],
  pattern: string,
  comparable: (name: string) => string = (name) => name,
): ListedName[] {
  const isMatch = (name: string) => matchesPattern(comparable(name), pattern);
  const shown = new Map<string, ListedName>();
  for (const name of subscribed) {
    const superiors = superiorsOf(name).filter(isMatch);
    if (isMatch(name)) shown.set(name, { name, isThere: true, hasInferiors: false });
    else
      for (const superior of superiors)
        if (!shown.has(superior)) shown.set(superior, { name: superior, isThere: false, hasInferiors: true });
  }
  return [...shown.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}
