import { KEYWORDS_MAX, SYSTEM_FLAGS, toFlags } from '../protocol/imap/flags.ts';
import { formatFlags } from '../protocol/imap/response.ts';
import { SequenceView } from '../protocol/imap/sequence-view.ts';
import type { Mailbox, MailboxChange, MailboxState } from '../store/mailbox.ts';
import { KnownModseq } from './imap-known-modseq.ts';

/** Combinations of flags whose text is kept. */
const FORMATTED_MAX = 1000;

/** The mailbox that a session has selected, as the session has been told of it. */
export class SelectedMailbox {
  readonly name: string;
  readonly mailbox: Mailbox;
  readonly isReadOnly: boolean;
  readonly view: SequenceView;
  readonly known: KnownModseq;
  isDeleted = false;
  /** Called for each change that the session has to tell. */
  onNews: () => void = () => {};
  readonly #unsubscribe: () => void;
  #arrived: number[] = [];
  /** Until the messages that were there at the beginning are claimed. */
  #isFresh = true;
  #keywordsTold: number;
  /** Flags as they are told, by their letters: few combinations, many messages. */
  readonly #formatted = new Map<string, string>();

  /** @param state as the client is told of it */
  constructor(name: string, mailbox: Mailbox, isReadOnly: boolean, { messages, highestModseq }: MailboxState) {
    this.name = name;
    this.mailbox = mailbox;
    this.isReadOnly = isReadOnly;
    this.view = new SequenceView(messages.map(({ uid }) => uid));
    this.known = new KnownModseq(highestModseq);
    this.#keywordsTold = mailbox.keywords.length;
    this.#unsubscribe = mailbox.subscribe((change) => this.#note(change));
  }

  /** Makes this session the one that has been told of what is recent; one that only examines leaves that to another. */
  async claimArrived(): Promise<void> {
    const arrived = this.#isFresh ? [...this.view.uids, ...this.#arrived] : this.#arrived;
    this.#isFresh = false;
    this.#arrived = [];
    if (arrived.length === 0) return;
    if (this.isReadOnly) this.view.claim(arrived.filter((uid) => this.mailbox.isRecent(uid)));
    else this.view.claim(await this.mailbox.claimRecent());
  }

  /** Whether there are keywords that the client does not know; it is told now. */
  takeNewKeywords(): boolean {
    const isNew = this.mailbox.keywords.length > this.#keywordsTold;
    this.#keywordsTold = this.mailbox.keywords.length;
    if (isNew) this.#formatted.clear();
    return isNew;
  }

  /** `(\\Seen $Work)` for the letters of a file's name. */
  formatFlags(letters: string, isRecent: boolean): string {
    const key = isRecent ? `${letters} recent` : letters;
    const known = this.#formatted.get(key);
    if (known !== undefined) return known;
    const flags = toFlags(letters, this.mailbox.keywords);
    const formatted = formatFlags(isRecent ? [...flags, '\\Recent'] : flags);
    if (this.#formatted.size >= FORMATTED_MAX) this.#formatted.clear();
    this.#formatted.set(key, formatted);
    return formatted;
  }

  close(): void {
    this.#unsubscribe();
    this.onNews = () => {};
  }

  #note(change: MailboxChange): void {
    if (change.kind !== 'deleted') this.known.happened(change.modseq);
    if (change.kind === 'deleted') this.isDeleted = true;
    // The session tells the client itself what it has changed.
    else if (change.kind === 'flagged' && change.by === this) return;
    else this.view.note(change);
    if (change.kind === 'arrived') this.#arrived.push(change.uid);
    this.onNews();
  }
}

/** FLAGS and PERMANENTFLAGS (RFC 3501, section 7.1): `\*` says that keywords can be made. */
export function formatFlagLines({ mailbox, isReadOnly }: SelectedMailbox): string[] {
  const flags = [...SYSTEM_FLAGS, ...mailbox.keywords.filter((keyword) => keyword !== '')];
  const permanent = isReadOnly ? [] : mailbox.keywords.length < KEYWORDS_MAX ? [...flags, '\\*'] : flags;
  const text = isReadOnly ? 'No flag can be changed' : 'These flags are kept';
  return [`* FLAGS ${formatFlags(flags)}`, `* OK [PERMANENTFLAGS ${formatFlags(permanent)}] ${text}`];
}
