import { ok, Refusal } from '../../protocol/imap/response.ts';
import { command, nothing } from '../imap-command.ts';
import { watchMailbox } from '../imap-idle.ts';

/** RFC 2177, section 3: until DONE, what happens is told when it happens. */
export const idle = command({
  name: 'IDLE',
  parse: nothing,
  run: async (session) => {
    session.wire.send('+ idling');
    const endWatch = watchMailbox(session);
    const line = await session.wire.readLine();
    await endWatch();
    if (line !== null && line.toUpperCase() !== 'DONE') throw new Refusal('BAD', null, 'DONE ends IDLE');
    return ok('Done');
  },
});
