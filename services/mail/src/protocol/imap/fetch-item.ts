/** What FETCH asks for: RFC 3501, section 6.4.5; MODSEQ of RFC 7162, BINARY of RFC 9051, section 6.4.5.1. */
import type { ImapParser } from './parser.ts';
import { formatSection, type Partial, parsePart, parsePartial, parseSection, type Section, WHOLE } from './section.ts';

export type FetchItem =
  | { readonly kind: SimpleKind }
  | SectionItem
  /** The octets of a part with its transfer encoding undone. */
  | (Omit<SectionItem, 'kind'> & { readonly kind: 'binary' })
  | { readonly kind: 'binary-size'; readonly label: string; readonly section: Section };

export interface SectionItem {
  readonly kind: 'section';
  /** How the response calls it: `BODY[TEXT]<0>`, `RFC822`. */
  readonly label: string;
  readonly section: Section;
  readonly partial: Partial | null;
  /** Whether \Seen is left as it is. */
  readonly isPeek: boolean;
}

type SimpleKind = (typeof SIMPLE)[number] | 'BODY';

/** Names before which none of the others is a beginning: the longer one stands first. */
const SIMPLE = ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODYSTRUCTURE', 'UID', 'MODSEQ'] as const;
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
  if (parser.skip('BINARY.SIZE')) {
    const section = parsePart(parser);
    return { kind: 'binary-size', label: `BINARY.SIZE${formatSection(section)}`, section };
  }
  if (parser.isAt('BINARY')) return parseContent(parser, 'BINARY', 'binary', parsePart);
  if (!parser.isAt('BODY')) parser.fail('an item that FETCH knows');
  return parseContent(parser, 'BODY', 'section', parseSection);
}

/** `BODY` alone is the structure of the message. */
function parseContent(
  parser: ImapParser,
  name: 'BODY' | 'BINARY',
  kind: 'section' | 'binary',
  parse: (parser: ImapParser) => Section,
): FetchItem {
  const isPeek = parser.skip(`${name}.PEEK`);
  if (!isPeek) parser.skip(name);
  if (name === 'BODY' && !isPeek && !parser.isAt('[')) return { kind: 'BODY' };
  const section = parse(parser);
  const partial = parsePartial(parser);
  const label = `${name}${formatSection(section)}${partial === null ? '' : `<${partial.from}>`}`;
  return { kind, label, section, partial, isPeek };
}

function whole(label: string, text: Section['text'], isPeek: boolean): SectionItem {
  return { kind: 'section', label, section: { ...WHOLE, text }, partial: null, isPeek };
}

/** Whether fetching these items means that the message was read. */
export function setsSeen(items: readonly FetchItem[]): boolean {
  return items.some((item) => (item.kind === 'section' || item.kind === 'binary') && !item.isPeek);
}
