import type { DeliverySurroundings } from './deliveries.ts';
import type { SharedIndex } from './shared-index.ts';
import { type TransferredMessages, transferMessages } from './transfer.ts';

/** Messages that are moved or copied: those with these UIDs, or all that are there. */
export type Transferable = readonly number[] | 'all';

/**
 * Moves or copies messages between two mailboxes of an account, which may be the same: who watches them sees a moved message in
 * one of the two at each moment, also after a crash (RFC 6851, section 3.3). @throws MessageGone, KeywordsFull, QuotaExceeded
 */
export function transferBetween(
  how: 'move' | 'copy',
  chosen: Transferable,
  from: SharedIndex,
  to: SharedIndex,
  surroundings: DeliverySurroundings,
): Promise<TransferredMessages> {
  return from.inTurnWith(to, async () => {
    await from.lookToAdd();
    if (to !== from) await to.lookToAdd();
    const uids = chosen === 'all' ? from.index.messages.map(({ uid }) => uid) : chosen;
    const transfer = () =>
      transferMessages(how, uids, {
        from: from.index,
        to: to.index,
        surroundings,
        keywords: from.keywords.names,
        addKeywords: async (names) => ((await to.keywords.add(to.index.dir, names)) ? to.keywords.names : null),
      });
    const transfers = await from.index.own(() => (to === from ? transfer() : to.index.own(transfer)));
    const files = transfers.map(({ file }) => file);
    const moved = how === 'move' ? transfers.map(({ uid }) => uid) : [];
    to.learn(await to.index.note(files, to === from ? moved : []));
    if (to !== from) from.learn(await from.index.note([], moved));
    return {
      uidValidity: to.index.uidValidity,
      transferred: transfers.flatMap(({ uid, file }) => to.uidsOf([file.base]).map((after) => [uid, after] as const)),
    };
  });
}
