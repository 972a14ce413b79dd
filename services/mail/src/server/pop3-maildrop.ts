import type { MaildropMessage } from '../protocol/maildrop.ts';
import type { FilePieces } from '../store/file-pieces.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { Mailbox } from '../store/mailbox.ts';

/** The mailbox of a POP3 session, which has it for itself among such sessions (RFC 1939, section 4). */
export class LockedMaildrop {
  /** As they were at log-in. */
  readonly messages: readonly MaildropMessage[];
  readonly #mailbox: Mailbox;
  readonly #unlock: () => void;

  private constructor(mailbox: Mailbox, messages: readonly MaildropMessage[], unlock: () => void) {
    this.#mailbox = mailbox;
    this.messages = messages;
    this.#unlock = unlock;
  }

  /** Null while another session has it. */
  static async open(store: MailStore, account: string): Promise<LockedMaildrop | null> {
    const mailbox = store.inbox(account);
    const unlock = mailbox.lockMaildrop();
    if (unlock === null) return null;
    try {
      const { uidValidity, messages } = await mailbox.messages();
      const named = messages.map(({ uid, octets }) => ({ uid, octets, uniqueId: `${uidValidity}.${uid}` }));
      return new LockedMaildrop(mailbox, named, unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** Null when another program has removed it. */
  read(uid: number): Promise<FilePieces | null> {
    return this.#mailbox.read(uid);
  }

  /** What was fetched has been seen, as other programs on the same mailbox will want to know. */
  async markAsSeen(uid: number): Promise<void> {
    await this.#mailbox.setFlags(uid, (flags) => `${flags}S`);
  }

  async remove(uids: readonly number[]): Promise<void> {
    if (uids.length > 0) await this.#mailbox.expunge(uids);
  }

  close(): void {
    this.#unlock();
  }
}
