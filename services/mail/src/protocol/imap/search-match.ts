/**
 * Whether a message is what SEARCH asks for: RFC 3501, section 6.4.4. What is known of a message grows as it is read, so the
 * answer may be "not known yet" (null): first only flags and sizes are there, then the date, the header and the text.
 */
import { type CalendarDate, dayOfDateField } from './date-time.ts';
import type { DateRelation, SearchKey, SetKey } from './search-key.ts';

export interface MessageFacts {
  readonly number: number;
  readonly uid: number;
  /** Names of flags, in small letters. */
  readonly flags: readonly string[];
  readonly isRecent: boolean;
  readonly octets: number;
  /** Null until the file's time is read. */
  readonly internalDay: CalendarDate | null;
  /** Decoded, in small letters; null until the header is read. */
  readonly header: readonly { readonly name: string; readonly value: string }[] | null;
  /** The decoded text of the body in small letters; null until it is read. */
  readonly body: string | null;
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
    const isInHeader = header.some(({ name, value }) => `${name}: ${value}`.includes(key.text));
    return isInHeader || (body === null ? null : body.includes(key.text));
  }
  if (key.kind === 'header') {
    const field = key.field.toLowerCase();
    return header.some(({ name, value }) => name === field && value.includes(key.text));
  }
  const sent = dayOfDateField(header.find(({ name }) => name === 'date')?.value ?? '');
  return sent !== null && isRelated(sent, key.relation, key.day);
}

function isRelated(day: CalendarDate, relation: DateRelation, wanted: CalendarDate): boolean {
  if (relation === 'on') return day === wanted;
  return relation === 'before' ? day < wanted : day >= wanted;
}
