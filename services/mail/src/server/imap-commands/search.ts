import { ok } from '../../protocol/imap/response.ts';
import { parseSearchProgram } from '../../protocol/imap/search-key.ts';
import { command } from '../imap-command.ts';
import { searchMailbox } from '../imap-search.ts';

/** RFC 3501, section 6.4.4. */
export const search = command({
  name: 'SEARCH',
  parse: (parser) => parseSearchProgram(parser),
  keepsNumbers: true,
  run: async (session, program, by) => {
    const { selected, wire } = session;
    const found = await searchMailbox(selected, program, () => wire.isOpen);
    const numbers = by === 'uid' ? found : found.map((uid) => selected.view.numberOf(uid));
    wire.send(['* SEARCH', ...numbers].join(' '));
    return ok('This is what was found');
  },
});
