import { type MaildirFlags, sortFlags } from '../protocol/maildir-name.ts';
import type { IndexedMessage } from './mailbox-difference.ts';
import type { MailboxIndex } from './mailbox-index.ts';

/** What became of a message whose flags were to be changed; `modified` is of RFC 7162, section 3.1.3. */
export type FlagOutcome = 'set' | 'modified' | 'gone';

export interface FlagOptions {
  /** Who asks: told to those who watch, so that one can know its own changes. */
  readonly by?: object;
  /** Messages with a larger mod-sequence stay as they are (RFC 7162, section 3.1.3: UNCHANGEDSINCE). */
  readonly unchangedSince?: number;
}

/** A change of the flags of several messages, and what became of it so far. */
export class FlagChange {
  readonly outcomes = new Map<number, FlagOutcome>();
  readonly #change: (flags: MaildirFlags) => MaildirFlags;
  readonly #unchangedSince: number;

  constructor(change: (flags: MaildirFlags) => MaildirFlags, unchangedSince = Number.POSITIVE_INFINITY) {
    this.#change = change;
    this.#unchangedSince = unchangedSince;
  }

  /** `lost` are messages whose files are not where they were: after a look they can be tried again. */
  async apply(index: MailboxIndex, uids: readonly number[]): Promise<{ changed: IndexedMessage[]; lost: number[] }> {
    for (const uid of uids) {
      const message = index.messageOf(uid);
      const isModified = message !== undefined && message.modseq > this.#unchangedSince;
      this.outcomes.set(uid, message === undefined ? 'gone' : isModified ? 'modified' : 'set');
    }
    const due = uids.filter((uid) => this.outcomes.get(uid) === 'set');
    return index.setFlags(due, ({ flags }) => sortFlags(this.#change(flags)));
  }
}
