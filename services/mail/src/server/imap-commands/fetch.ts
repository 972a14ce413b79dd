import { parseFetchItems } from '../../protocol/imap/fetch-item.ts';
import { ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';
import { fetchMessage } from '../imap-fetch.ts';
import { chooseUids, expungeIssued } from '../imap-numbers.ts';

/** RFC 3501, section 6.4.5. */
export const fetch = command({
  name: 'FETCH',
  parse: (parser) => ({ set: parser.sp().sequenceSet(), items: parseFetchItems(parser.sp()) }),
  keepsNumbers: true,
  run: async (session, { set, items }, by) => {
    // RFC 3501, section 6.4.8: UID FETCH always tells the UID.
    const hasUid = items.some(({ kind }) => kind === 'UID');
    const asked = by === 'uid' && !hasUid ? [{ kind: 'UID' } as const, ...items] : items;
    let isComplete = true;
    for (const uid of chooseUids(session.selected, set, by)) {
      if (!session.wire.isOpen) break;
      isComplete = (await fetchMessage(session, uid, asked)) && isComplete;
      await session.wire.drained();
    }
    if (!isComplete && by === 'number') throw expungeIssued();
    return ok('This is what was asked for');
  },
});
