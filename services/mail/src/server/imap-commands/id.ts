import type { ImapParser } from '../../protocol/imap/parser.ts';
import { ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';

/** RFC 2971, section 3.3: 30 pairs, fields of 30 octets, values of 1024. */
const PAIRS_MAX = 30;
const FIELD_LENGTH_MAX = 30;
const VALUE_LENGTH_MAX = 1024;

/** RFC 2971, section 3.1: who is there. What a client says of itself changes nothing. */
export const id = command({
  name: 'ID',
  parse: parsePairs,
  run: async (session) => {
    session.wire.send('* ID ("name" "Topdown")');
    return ok('This is Topdown');
  },
});

function parsePairs(parser: ImapParser): void {
  parser.sp();
  if (parser.skip('NIL')) return;
  const pairs = parser.list(() => [parser.string(), parser.sp().nstring()] as const);
  if (pairs.length > PAIRS_MAX) parser.fail(`at most ${PAIRS_MAX} fields`);
  const isTooLong = pairs.some(([field, value]) => {
    return field.length > FIELD_LENGTH_MAX || (value?.length ?? 0) > VALUE_LENGTH_MAX;
  });
  if (isTooLong) parser.fail('fields and values that are shorter');
}
