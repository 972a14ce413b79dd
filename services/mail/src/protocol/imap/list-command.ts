/** LIST with its options: RFC 9051, section 6.3.9 (RFC 5258); STATUS of RFC 5819, SPECIAL-USE of RFC 6154, section 5. */
import type { ImapParser } from './parser.ts';
import { parseStatusItems, type StatusItem } from './status-item.ts';

export interface ListCommand {
  readonly reference: string;
  readonly patterns: readonly string[];
  /** Whether anything of RFC 5258 was said: the answer is then written in its words. */
  readonly isExtended: boolean;
  readonly select: {
    readonly isSubscribed: boolean;
    readonly isSpecialUse: boolean;
    /** Also what has such a mailbox below it. */
    readonly isRecursive: boolean;
  };
  readonly returns: { readonly isSubscribed: boolean; readonly status: readonly StatusItem[] };
}

/** Patterns of one command. */
const PATTERNS_MAX = 50;
/** REMOTE adds mailboxes of other servers, of which there are none. */
const SELECT_OPTIONS = ['SUBSCRIBED', 'SPECIAL-USE', 'REMOTE', 'RECURSIVEMATCH'];
/** CHILDREN and SPECIAL-USE are told always. */
const RETURN_OPTIONS = ['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE', 'STATUS'];

/** Everything behind `LIST`. */
export function parseList(parser: ImapParser): ListCommand {
  const options = parser.sp().isAt('(') ? new Set(parser.list(() => option(parser, SELECT_OPTIONS))) : null;
  if (options !== null) parser.sp();
  const isRecursive = options?.has('RECURSIVEMATCH') ?? false;
  // RFC 5258, section 3.1: it says how far the other options reach, so there must be one.
  if (isRecursive && !options?.has('SUBSCRIBED') && !options?.has('SPECIAL-USE'))
    parser.fail('SUBSCRIBED or SPECIAL-USE beside RECURSIVEMATCH');
  const reference = parser.mailbox();
  const isMany = parser.sp().isAt('(');
  const patterns = isMany ? parser.list(() => parser.listMailbox()) : [parser.listMailbox()];
  if (patterns.length === 0 || patterns.length > PATTERNS_MAX) parser.fail(`one to ${PATTERNS_MAX} patterns`);
  const hasReturn = parser.skip(' RETURN ');
  return {
    reference,
    patterns,
    isExtended: options !== null || isMany || hasReturn,
    select: {
      isSubscribed: options?.has('SUBSCRIBED') ?? false,
      isSpecialUse: options?.has('SPECIAL-USE') ?? false,
      isRecursive,
    },
    returns: hasReturn ? parseReturn(parser) : { isSubscribed: false, status: [] },
  };
}

function parseReturn(parser: ImapParser): ListCommand['returns'] {
  let isSubscribed = false;
  let status: StatusItem[] = [];
  parser.list(() => {
    const word = option(parser, RETURN_OPTIONS);
    if (word === 'SUBSCRIBED') isSubscribed = true;
    if (word === 'STATUS') status = parseStatusItems(parser.sp());
  });
  return { isSubscribed, status };
}

function option(parser: ImapParser, known: readonly string[]): string {
  const word = parser.atom().toUpperCase();
  return known.includes(word) ? word : parser.fail(`one of ${known.join(', ')}`);
}
