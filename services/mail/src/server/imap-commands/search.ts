import { ok } from '../../protocol/imap/response.ts';
import {
  asksForModseq,
  parseSearchCharset,
  parseSearchProgram,
  requireSearchCharset,
} from '../../protocol/imap/search-key.ts';
import {
  chooseSaved,
  formatEsearch,
  formatSearch,
  parseSearchReturn,
  type ReturnOption,
} from '../../protocol/imap/search-return.ts';
import { command } from '../imap-command.ts';
import { searchMailbox } from '../imap-search.ts';

/** RFC 9051, section 6.4.4: ESEARCH answers always in IMAP4rev2, in IMAP4rev1 where RETURN is said (RFC 4731). */
const ALL: ReadonlySet<ReturnOption> = new Set(['ALL']);

/** RFC 3501, section 6.4.4. */
export const search = command({
  name: 'SEARCH',
  parse: (parser) => ({
    options: parseSearchReturn(parser),
    charset: parseSearchCharset(parser),
    program: parseSearchProgram(parser),
  }),
  keepsNumbers: true,
  run: async (session, { options, charset, program }, by) => {
    const { selected, wire, tag } = session;
    const tellsModseq = asksForModseq(program);
    if (tellsModseq) session.enableCondstore();
    // RFC 5182, section 2.1: when the search fails, nothing is saved.
    const before = session.saved;
    if (options?.has('SAVE')) session.saved = [];
    requireSearchCharset(charset);
    const numbers = await searchMailbox(session, program, before);
    const uidOf = (number: number) => selected.view.uidOf(number)!;
    const found = numbers.map((number) => ({
      number: by === 'uid' ? uidOf(number) : number,
      modseq: tellsModseq ? (selected.mailbox.stored(uidOf(number))?.modseq ?? 0) : 0,
    }));
    if (options?.has('SAVE')) session.saved = chooseSaved(numbers, options).map(uidOf);
    const isEsearch = options !== null || session.isRev2;
    const line = isEsearch
      ? formatEsearch(tag, found, options ?? ALL, { isUid: by === 'uid', tellsModseq })
      : formatSearch(found, tellsModseq);
    if (line !== null) wire.send(line);
    return ok('This is what was found');
  },
});
