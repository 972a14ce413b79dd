import type { Host } from '#shared/host/host.ts';
import type { TlsServerOptions } from '#shared/host/tls.ts';
import { formatMailboxName, type NameForm, readMailboxName } from '../protocol/imap/name-form.ts';
import { Refusal, type Reply } from '../protocol/imap/response.ts';
import { IMAP_START, type ImapInput, type ImapState, stepImap } from '../protocol/imap/session-state.ts';
import type { AccountFolders } from '../store/account-folders.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { Mailbox } from '../store/mailbox.ts';
import type { Faults } from './faults.ts';
import type { IncomingMessages } from './imap-message.ts';
import { formatHighestModseq, tellUpdates } from './imap-news.ts';
import type { SelectedMailbox } from './imap-selected.ts';
import type { Logins } from './logins.ts';
import type { UidLists } from './uid-lists.ts';

export interface ImapParts {
  readonly host: Host;
  readonly logins: Logins;
  readonly mailboxes: MailStore;
  readonly mailHost: string;
  readonly tls: TlsServerOptions;
  readonly faults: Faults;
  /** Whether passwords may come over a connection without TLS. */
  readonly offersLogin: boolean;
  readonly messageOctetsMax: number;
}

/** What all sessions of a listener have together. */
export interface ImapServing extends ImapParts {
  readonly uidLists: UidLists;
}

/** What a session needs of its connection. */
export interface Wire {
  readonly clientAddress: string;
  readonly isSecure: boolean;
  /** False when the client has gone: there is nobody to answer. */
  readonly isOpen: boolean;
  /** Sends a line (one character for each octet; it may have literals inside). */
  send(line: string): void;
  /** Sends octets that follow `send` without a line end between. */
  sendOctets(octets: Uint8Array): void;
  /** Whether so much waits for the client that `drained` should be awaited before more is sent. */
  readonly isFull: boolean;
  /** Waits while the client does not read. */
  drained(): Promise<void>;
  /** Ends the connection behind what was sent. */
  end(): void;
  /** Breaks the connection behind so many more octets: a fault on purpose. */
  breakAfter(octets: number): void;
  /** The next line that is no command; null when the client has gone. */
  readLine(): Promise<string | null>;
  /** The messages at the end of the command that runs. */
  messages(): IncomingMessages;
  /** Replies, and goes on under TLS; false when the handshake fails and the connection is over. */
  startTls(tag: string, reply: Reply): Promise<boolean>;
  /** The exchange of the command that runs, and what ends when the client goes: for faults on purpose. */
  readonly fault: { readonly exchange: string; readonly gone: AbortSignal };
}

/** What a client can ask for with ENABLE (RFC 5161): it changes what it is told. */
export const ENABLEABLE = ['IMAP4rev2', 'CONDSTORE', 'QRESYNC'] as const;
export type Enableable = (typeof ENABLEABLE)[number];

/** What one client has: its state, and the mailbox that it has selected. Commands work on this. */
export class ImapSession {
  readonly parts: ImapServing;
  readonly wire: Wire;
  readonly enabled = new Set<Enableable>();
  state: ImapState = IMAP_START;
  /** Of the command that runs: ESEARCH says it again. */
  tag = '';
  /** UIDs that the last SEARCH with SAVE has found: `$` (RFC 5182). */
  saved: readonly number[] = [];
  #selected: SelectedMailbox | null = null;

  constructor(parts: ImapServing, wire: Wire) {
    this.parts = parts;
    this.wire = wire;
  }

  step(input: ImapInput): void {
    this.state = stepImap(this.state, input);
  }

  /** Whether the client has enabled IMAP4rev2: no \Recent, names in UTF-8, ESEARCH for SEARCH (RFC 9051, appendix E). */
  get isRev2(): boolean {
    return this.enabled.has('IMAP4rev2');
  }

  get nameForm(): NameForm {
    return this.isRev2 ? 'utf-8' : 'modified-utf7';
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
    return this.parts.mailboxes.folders(this.account);
  }

  get inbox(): Mailbox {
    return this.parts.mailboxes.inbox(this.account);
  }

  get account(): string {
    if (this.state.kind === 'authenticated' || this.state.kind === 'selected') return this.state.account;
    throw new Refusal('BAD', null, 'Log in first');
  }

  /** The name that the client means. @throws ProtocolViolation */
  readName(given: string): string {
    return readMailboxName(given, this.nameForm);
  }

  /** A name in the form that the client reads. */
  showName(name: string): string {
    return formatMailboxName(name, this.nameForm);
  }

  /** The mailbox of that name, as the client gave it. @param code of the refusal when there is none */
  async mailbox(given: string, code = 'NONEXISTENT'): Promise<Mailbox> {
    const mailbox = await this.folders.mailbox(this.readName(given));
    if (mailbox === null) throw new Refusal('NO', code, 'There is no mailbox of this name');
    return mailbox;
  }

  select(selected: SelectedMailbox): void {
    this.#selected = selected;
    this.#shareUids(selected);
    this.step({ kind: 'selected', mailbox: selected.name });
  }

  unselect(): void {
    this.#selected?.close();
    this.#selected = null;
    // RFC 5182, section 2.1: what was saved is of the mailbox.
    this.saved = [];
    this.step({ kind: 'unselected' });
  }

  /** From now on MODSEQs are told: RFC 7162, section 3.1. A client that has a mailbox open learns how far it knows it. */
  enableCondstore(): void {
    if (this.enabled.has('CONDSTORE')) return;
    this.enabled.add('CONDSTORE');
    if (this.#selected !== null) this.wire.send(formatHighestModseq(this.#selected.known.modseq));
  }

  /** RFC 7162, section 3.2.3: with it CONDSTORE is enabled, whether the client says so or not. */
  enableQresync(): void {
    this.enabled.add('QRESYNC');
    this.enableCondstore();
  }

  /** Tells the client what happened to its mailbox; expunges only where they may be told. */
  async tellNews(mayExpunge: boolean): Promise<void> {
    const selected = this.#selected;
    if (selected === null) return;
    if (selected.isDeleted) return this.#tellDeleted();
    if (selected.view.hasNews(mayExpunge)) {
      await selected.claimArrived();
      const updates = selected.view.update(mayExpunge);
      this.#shareUids(selected);
      tellUpdates(this, updates);
    }
    // With what waits the client's copy lacks something that was done before.
    if (!selected.view.hasNews(true)) selected.known.toldAll();
  }

  end(): void {
    this.#selected?.close();
    this.#selected = null;
    this.step({ kind: 'logout' });
  }

  #shareUids({ view, mailbox }: SelectedMailbox): void {
    view.share((uids) => this.parts.uidLists.share(mailbox, uids));
  }

  #tellDeleted(): void {
    this.wire.send('* BYE The selected mailbox was deleted by another session');
    this.end();
    this.wire.end();
  }
}
