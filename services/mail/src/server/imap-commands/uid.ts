import type { ImapParser } from '../../protocol/imap/parser.ts';
import type { AnyCommand, PreparedCommand } from '../imap-command.ts';
import { copy } from './copy.ts';
import { expunge } from './expunge.ts';
import { fetch } from './fetch.ts';
import { move } from './move.ts';
import { search } from './search.ts';
import { store } from './store.ts';

const COMMANDS = [copy, expunge, fetch, move, search, store];

/** RFC 3501, section 6.4.8: the same commands, with UIDs for numbers; EXPUNGE of RFC 4315, MOVE of RFC 6851. */
export const uid: AnyCommand = {
  name: 'UID',
  takesMessage: false,
  prepare: (parser: ImapParser): PreparedCommand => {
    const name = parser.sp().atom().toUpperCase();
    const names = COMMANDS.map((one) => one.name).join(', ');
    const command = COMMANDS.find((one) => one.name === name) ?? parser.fail(`one of ${names}`);
    return command.prepare(parser, 'uid');
  },
};
