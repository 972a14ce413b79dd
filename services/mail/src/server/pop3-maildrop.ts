import type { Logger } from 'pino';
import type { MaildropMessage } from '../protocol/maildrop.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { Mailbox } from '../store/mailbox.ts';

/** How long a message that was fetched waits to be marked as seen with those that are fetched next, in milliseconds. */
const SEEN_LINGER_MS = 500;

/** The mailbox of a POP3 session, which has it for itself among such sessions (RFC 1939, section 4). */
export class LockedMaildrop {
  /** As they were at log-in. */
  readonly messages: readonly MaildropMessage[];
  readonly #mailbox: Mailbox;
  readonly #unlock: () => void;
  readonly #log: Logger;
  /** UIDs of messages that were fetched and are not marked yet. */
  readonly #fetched = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #marked: Promise<unknown> = Promise.resolve();

  private constructor(mailbox: Mailbox, messages: readonly MaildropMessage[], unlock: () => void, log: Logger) {
    this.#mailbox = mailbox;
    this.messages = messages;
    this.#unlock = unlock;
    this.#log = log;
  }

  /** Null while another session has it. */
  static async open(store: MailStore, account: string, log: Logger): Promise<LockedMaildrop | null> {
    const mailbox = store.inbox(account);
    const unlock = mailbox.lockMaildrop();
    if (unlock === null) return null;
    try {
      const { uidValidity, messages } = await mailbox.messages();
      const named = messages.map(({ uid, octets }) => ({ uid, octets, uniqueId: `${uidValidity}.${uid}` }));
      return new LockedMaildrop(mailbox, named, unlock, log);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** Null when another program has removed it. */
  read(uid: number): Promise<AsyncIterable<Uint8Array> | null> {
    return this.#mailbox.read(uid);
  }

  /** What was fetched has been seen, as other programs on the same mailbox will want to know, a moment later. */
  markAsSeen(uid: number): void {
    this.#fetched.add(uid);
    this.#timer ??= setTimeout(() => void this.#markFetched(), SEEN_LINGER_MS);
  }

  async remove(uids: readonly number[]): Promise<void> {
    for (const uid of uids) this.#fetched.delete(uid);
    if (uids.length > 0) await this.#mailbox.expunge(uids);
  }

  /** Lets others have the maildrop, when all that this session did is done. */
  async close(): Promise<void> {
    await this.#markFetched();
    this.#unlock();
  }

  #markFetched(): Promise<unknown> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const uids = [...this.#fetched];
    this.#fetched.clear();
    if (uids.length === 0) return this.#marked;
    // The mailbox does what it is asked for in turn: the last one stands for those before.
    this.#marked = this.#mailbox
      .setFlagsOf(uids, (flags) => `${flags}S`)
      .catch((error: Error) => this.#log.warn(error, 'messages could not be marked as seen'));
    return this.#marked;
  }
}
