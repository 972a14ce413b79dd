import type { MaildirFlags } from '../protocol/maildir-name.ts';
import type { MaildirFile } from './maildir.ts';

/** One message of a mailbox, as readers see it. It never changes: another state is another object. */
export interface StoredMessage {
  readonly uid: number;
  /** Size with CRLF line ends: what POP3 and IMAP tell. */
  readonly octets: number;
  /** Maildir letters, sorted: D draft, F flagged, P passed, R replied, S seen, T trashed. */
  readonly flags: MaildirFlags;
  /** No program has taken it out of `new` yet (IMAP calls it recent). */
  readonly isNew: boolean;
  /** Larger than that of every earlier state of the mailbox (RFC 7162, section 3.1). */
  readonly modseq: number;
}

/** A message with its file. */
export interface IndexedMessage extends StoredMessage {
  /** The part of the file's name that never changes. */
  readonly base: string;
  readonly file: string;
}

/** What those who watch a mailbox are told. */
export interface ToldDifference {
  /** The mod-sequence of all that is different; 0 when nothing is. */
  readonly modseq: number;
  readonly expunged: readonly number[];
  readonly flagged: readonly IndexedMessage[];
  readonly arrived: readonly IndexedMessage[];
}

/** What is different about a mailbox, found message by message. Everything that one look finds has one mod-sequence. */
export class MailboxDifference {
  /** The mailbox after the change, by rising UID. */
  readonly messages: IndexedMessage[] = [];
  readonly expunged: IndexedMessage[] = [];
  /** Those that are not as they were before, new ones included. */
  readonly changed: IndexedMessage[] = [];
  readonly #flagged: IndexedMessage[] = [];
  readonly #arrived: IndexedMessage[] = [];
  readonly #take: () => number;
  #modseq = 0;

  constructor(take: () => number) {
    this.#take = take;
  }

  get isAny(): boolean {
    return this.#modseq > 0 || this.changed.length > 0;
  }

  get told(): ToldDifference {
    const expunged = this.expunged.map(({ uid }) => uid);
    return { modseq: this.#modseq, expunged, flagged: this.#flagged, arrived: this.#arrived };
  }

  /** A message whose file is as it was, or gone. */
  keep(message: IndexedMessage, isGone: boolean): void {
    if (isGone) this.#number();
    (isGone ? this.expunged : this.messages).push(message);
  }

  /** @param found its file now; undefined when it is gone */
  compare(message: IndexedMessage, found: MaildirFile | undefined, octets: number): void {
    const isNew = found?.folder === 'new';
    const isTold = message.modseq > 0 && message.flags === found?.flags;
    if (found === undefined || (isTold && message.file === found.file && message.isNew === isNew)) {
      this.keep(message, found === undefined);
      return;
    }
    const { flags, file } = found;
    const after = { ...message, octets, flags, file, isNew, modseq: isTold ? message.modseq : this.#number() };
    this.messages.push(after);
    this.changed.push(after);
    if (!isTold) this.#flagged.push(after);
  }

  arrive(uid: number, { base, flags, file, folder }: MaildirFile, octets: number): void {
    const message = { uid, base, octets, flags, file, isNew: folder === 'new', modseq: this.#number() };
    this.messages.push(message);
    this.changed.push(message);
    this.#arrived.push(message);
  }

  #number(): number {
    this.#modseq ||= this.#take();
    return this.#modseq;
  }
}
