/** What FETCH asks for: RFC 3501, section 6.4.5. */
import type { ImapParser } from './parser.ts';
import { formatSection, isInHeader, type Partial, parsePartial, parseSection, type Section, WHOLE } from './section.ts';

export type FetchItem =
  | { readonly kind: 'FLAGS' | 'INTERNALDATE' | 'RFC822.SIZE' | 'ENVELOPE' | 'BODY' | 'BODYSTRUCTURE' | 'UID' }
  | SectionItem;

export interface SectionItem {
  readonly kind: 'section';
  /** How the response calls it: `BODY[TEXT]<0>`, `RFC822`. */
  readonly label: string;
  readonly section: Section;
  readonly partial: Partial | null;
  /** Whether \Seen is left as it is. */
  readonly isPeek: boolean;
}

/** Names before which none of the others is a beginning: the longer one stands first. */
const SIMPLE = ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODYSTRUCTURE', 'UID'] as const;
const FAST: readonly FetchItem[] = [{ kind: 'FLAGS' }, { kind: 'INTERNALDATE' }, { kind: 'RFC822.SIZE' }];
const ALL: readonly FetchItem[] = [...FAST, { kind: 'ENVELOPE' }];
const FULL: readonly FetchItem[] = [...ALL, { kind: 'BODY' }];
/** Items of one command. */
const ITEMS_MAX = 200;

/** One item, a list of items, or one of the macros ALL, FAST and FULL. */
export function parseFetchItems(parser: ImapParser): readonly FetchItem[] {
  if (parser.skip('ALL')) return ALL;
  if (parser.skip('FAST')) return FAST;
  if (parser.skip('FULL')) return FULL;
  const items = parser.isAt('(') ? parser.list(() => parseItem(parser)) : [parseItem(parser)];
  if (items.length === 0 || items.length > ITEMS_MAX) parser.fail(`one to ${ITEMS_MAX} items`);
  return items;
}

function parseItem(parser: ImapParser): FetchItem {
  for (const kind of SIMPLE) if (parser.skip(kind)) return { kind };
  if (parser.skip('RFC822.HEADER')) return whole('RFC822.HEADER', 'HEADER', true);
  if (parser.skip('RFC822.TEXT')) return whole('RFC822.TEXT', 'TEXT', false);
  if (parser.skip('RFC822')) return whole('RFC822', null, false);
  const isPeek = parser.skip('BODY.PEEK');
  if (!isPeek && !parser.skip('BODY')) parser.fail('an item that FETCH knows');
  if (!isPeek && !parser.isAt('[')) return { kind: 'BODY' };
  const section = parseSection(parser);
  const partial = parsePartial(parser);
  const label = `BODY${formatSection(section)}${partial === null ? '' : `<${partial.from}>`}`;
  return { kind: 'section', label, section, partial, isPeek };
}

function whole(label: string, text: Section['text'], isPeek: boolean): SectionItem {
  return { kind: 'section', label, section: { ...WHOLE, text }, partial: null, isPeek };
}

/** How much of a message must be read for these items. */
export function reachOf(items: readonly FetchItem[]): 'nothing' | 'header' | 'whole' {
  const reaches = items.map((item) => {
    if (item.kind === 'section') return isInHeader(item.section) ? 'header' : 'whole';
    if (item.kind === 'ENVELOPE') return 'header';
    return item.kind === 'BODY' || item.kind === 'BODYSTRUCTURE' ? 'whole' : 'nothing';
  });
  return reaches.includes('whole') ? 'whole' : reaches.includes('header') ? 'header' : 'nothing';
}

/** Whether fetching these items means that the message was read. */
export function setsSeen(items: readonly FetchItem[]): boolean {
  return items.some((item) => item.kind === 'section' && !item.isPeek);
}
