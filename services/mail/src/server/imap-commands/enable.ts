import { ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';
import { ENABLEABLE } from '../imap-session.ts';

/** RFC 5161, section 3.1: what the server does not know is passed over; what is new is told. */
export const enable = command({
  name: 'ENABLE',
  parse: (parser) => {
    const words = [parser.sp().atom()];
    while (parser.skip(' ')) words.push(parser.atom());
    return words.map((word) => word.toUpperCase());
  },
  run: async (session, words) => {
    const enabled = ENABLEABLE.filter((one) => words.includes(one.toUpperCase()) && !session.enabled.has(one));
    session.wire.send(['* ENABLED', ...enabled].join(' '));
    for (const one of enabled) {
      if (one === 'CONDSTORE') session.enableCondstore();
      else if (one === 'QRESYNC') session.enableQresync();
      else session.enabled.add(one);
    }
    return ok('This is enabled');
  },
});
