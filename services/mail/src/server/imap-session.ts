import type { Host } from '#shared/host/host.ts';
import { toFlags } from '../protocol/imap/flags.ts';
import { parseMailboxName } from '../protocol/imap/mailbox-name.ts';
import { formatFlags, Refusal } from '../protocol/imap/response.ts';
import type { ViewUpdate } from '../protocol/imap/sequence-view.ts';
import { IMAP_START, type ImapInput, type ImapState, stepImap } from '../protocol/imap/session-state.ts';
import type { AccountFolders } from '../store/account-folders.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { Mailbox } from '../store/mailbox.ts';
import { formatFlagLines, type SelectedMailbox } from './imap-selected.ts';
import type { Logins } from './logins.ts';

export interface ImapParts {
  readonly host: Host;
  readonly logins: Logins;
  readonly mailboxes: MailStore;
  readonly mailHost: string;
  /** Whether passwords may come over a connection without TLS. */
  readonly offersLogin: boolean;
  readonly messageOctetsMax: number;
}

/** What a session needs of its connection. */
export interface Wire {
  readonly clientAddress: string;
  /** False when the client has gone: there is nobody to answer. */
  readonly isOpen: boolean;
  /** Sends a line (one character for each octet; it may have literals inside). */
  send(line: string): void;
  /** Sends octets that follow `send` without a line end between. */
  sendOctets(octets: Uint8Array): void;
  /** Waits while the client does not read. */
  drained(): Promise<void>;
  /** Ends the connection behind what was sent. */
  end(): void;
  /** The next line that is no command; null when the client has gone. */
  readLine(): Promise<string | null>;
  /** The message at the end of the command that runs. */
  message(): AsyncIterable<Uint8Array>;
}

/** What one client has: its state, and the mailbox that it has selected. Commands work on this. */
export class ImapSession {
  readonly parts: ImapParts;
  readonly wire: Wire;
  state: ImapState = IMAP_START;
  #selected: SelectedMailbox | null = null;

  constructor(parts: ImapParts, wire: Wire) {
    this.parts = parts;
    this.wire = wire;
  }

  step(input: ImapInput): void {
    this.state = stepImap(this.state, input);
  }

  /** The selected mailbox; the table of states lets no command ask for it without one. */
  get selected(): SelectedMailbox {
    if (this.#selected === null) throw new Refusal('BAD', null, 'No mailbox is selected');
    return this.#selected;
  }

  get selectedOrNull(): SelectedMailbox | null {
    return this.#selected;
  }

  get folders(): AccountFolders {
    return this.parts.mailboxes.folders(this.#account);
  }

  get inbox(): Mailbox {
    return this.parts.mailboxes.inbox(this.#account);
  }

  get #account(): string {
    if (this.state.kind === 'authenticated' || this.state.kind === 'selected') return this.state.account;
    throw new Refusal('BAD', null, 'Log in first');
  }

  /** The mailbox of that name. @param code of the refusal when there is none */
  async mailbox(given: string, code = 'NONEXISTENT'): Promise<Mailbox> {
    const mailbox = await this.folders.mailbox(parseMailboxName(given));
    if (mailbox === null) throw new Refusal('NO', code, 'There is no mailbox of this name');
    return mailbox;
  }

  select(selected: SelectedMailbox): void {
    this.#selected = selected;
    this.step({ kind: 'selected', mailbox: selected.name });
  }

  unselect(): void {
    this.#selected?.close();
    this.#selected = null;
    this.step({ kind: 'unselected' });
  }

  /** Tells the client what happened to its mailbox; expunges only where they may be told. */
  async tellNews(mayExpunge: boolean): Promise<void> {
    const selected = this.#selected;
    if (selected === null) return;
    if (selected.isDeleted) return this.#tellDeleted();
    if (!selected.view.hasNews(mayExpunge)) return;
    await selected.claimArrived();
    const updates = selected.view.update(mayExpunge);
    for (const update of updates) this.#tell(selected, update);
  }

  /** The flags of a message, its keywords announced before; null when it is gone. */
  flagsOf(uid: number): string | null {
    const { mailbox, view } = this.selected;
    const stored = mailbox.stored(uid);
    if (stored === null) return null;
    this.announceKeywords();
    view.toldFlags(uid);
    const flags = toFlags(stored.flags, mailbox.keywords);
    return formatFlags(view.isRecent(uid) ? [...flags, '\\Recent'] : flags);
  }

  /** RFC 3501, section 7.2.6: FLAGS again when the mailbox has keywords that the client was not told. */
  announceKeywords(): void {
    const { selected } = this;
    if (!selected.takeNewKeywords()) return;
    for (const line of formatFlagLines(selected)) this.wire.send(line);
  }

  end(): void {
    this.#selected?.close();
    this.#selected = null;
    this.step({ kind: 'logout' });
  }

  #tell(selected: SelectedMailbox, update: ViewUpdate): void {
    if (update.kind === 'expunge') this.wire.send(`* ${update.number} EXPUNGE`);
    else if (update.kind === 'exists') {
      this.wire.send(`* ${update.count} EXISTS`);
      this.wire.send(`* ${selected.view.recent} RECENT`);
    } else {
      const flags = this.flagsOf(update.uid);
      if (flags !== null) this.wire.send(`* ${update.number} FETCH (FLAGS ${flags})`);
    }
  }

  #tellDeleted(): void {
    this.wire.send('* BYE The selected mailbox was deleted by another session');
    this.end();
    this.wire.end();
  }
}
