/**
 * Whether a message is what SEARCH asks for: RFC 3501, section 6.4.4. What is known of a message grows as it is read, so the
 * answer may be "not known yet" (null): first only flags and sizes are there, then the date, the header and the text.
 */
import { type CalendarDate, dayOfDateField } from './date-time.ts';
import { INDEXED_FIELDS } from './indexed-fields.ts';
import type { DateRelation, SearchKey, SetKey } from './search-key.ts';

export interface MessageFacts {
  readonly number: number;
  readonly uid: number;
  /** Names of flags, in small letters. */
  readonly flags: readonly string[];
  readonly isRecent: boolean;
  readonly octets: number;
  readonly modseq: number;
  /** Null until the file's time is read. */
  readonly internalDay: CalendarDate | null;
  /** Null until the index is asked or the header is read. */
  readonly header: SearchableHeader | null;
  /** The decoded text of the body in small letters; null until it is read. */
  readonly body: { includes(text: string): boolean } | null;
}

/** Header fields, decoded and in small letters. */
export interface SearchableHeader {
  /** Whether all fields are here, or those that the index keeps. */
  readonly isWhole: boolean;
  /** @param name in small letters */
  values(name: string): readonly string[];
  /** `name: value` of each. */
  lines(): readonly string[];
}

/** Whether a message is in a set of numbers or UIDs; what `*` stands for is known to who asks. */
export type IsMember = (key: SetKey, facts: MessageFacts) => boolean;

export function matchesKey(key: SearchKey, facts: MessageFacts, isMember: IsMember): boolean | null {
  switch (key.kind) {
    case 'all':
      return true;
    case 'recent':
      return facts.isRecent;
    case 'flag':
      return facts.flags.includes(key.flag.toLowerCase());
    case 'modseq':
      return facts.modseq >= key.least;
    case 'larger':
      return facts.octets > key.octets;
    case 'smaller':
      return facts.octets < key.octets;
    case 'uids':
    case 'numbers':
      return isMember(key, facts);
    case 'internal-date':
      return facts.internalDay === null ? null : isRelated(facts.internalDay, key.relation, key.day);
    case 'not': {
      const inner = matchesKey(key.key, facts, isMember);
      return inner === null ? null : !inner;
    }
    case 'and':
    case 'or':
      return matchesAll(key.keys, key.kind === 'or', facts, isMember);
    default:
      return matchesText(key, facts);
  }
}

/** One key may settle the answer although another is not known yet. */
function matchesAll(
  keys: readonly SearchKey[],
  settling: boolean,
  facts: MessageFacts,
  isMember: IsMember,
): boolean | null {
  let isKnown = true;
  for (const key of keys) {
    const matches = matchesKey(key, facts, isMember);
    if (matches === settling) return settling;
    isKnown &&= matches !== null;
  }
  return isKnown ? !settling : null;
}

function matchesText(
  key: Extract<SearchKey, { kind: 'header' | 'body' | 'text' | 'sent-date' }>,
  { header, body }: MessageFacts,
): boolean | null {
  if (key.kind === 'body') return body === null ? null : body.includes(key.text);
  if (header === null) return null;
  if (key.kind === 'text') {
    if (header.lines().some((line) => line.includes(key.text))) return true;
    return header.isWhole && body !== null ? body.includes(key.text) : null;
  }
  const field = key.kind === 'header' ? key.field.toLowerCase() : 'date';
  if (!header.isWhole && !INDEXED_FIELDS.has(field)) return null;
  const values = header.values(field);
  if (key.kind === 'header') return values.some((value) => value.includes(key.text));
  const sent = dayOfDateField(values[0] ?? '');
  return sent !== null && isRelated(sent, key.relation, key.day);
}

function isRelated(day: CalendarDate, relation: DateRelation, wanted: CalendarDate): boolean {
  if (relation === 'on') return day === wanted;
  return relation === 'before' ? day < wanted : day >= wanted;
}
