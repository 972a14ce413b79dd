/** The mail of one domain of the lab. */

export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

export interface MessageFlags {
  readonly seen: boolean;
  readonly flagged: boolean;
  readonly answered: boolean;
  readonly draft: boolean;
  readonly deleted: boolean;
  readonly passed: boolean;
}

export interface MessageSummary {
  readonly id: string;
  readonly account: string;
  readonly folder: string;
  readonly from: readonly MailAddress[];
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly subject: string;
  readonly arrivedAt: string;
  readonly octets: number;
  readonly flags: MessageFlags;
}

export interface Message extends MessageSummary {
  readonly bcc: readonly MailAddress[];
  readonly replyTo: readonly MailAddress[];
  readonly date: string | null;
  readonly messageId: string;
  readonly inReplyTo: readonly string[];
  readonly references: readonly string[];
  readonly text: string;
  readonly html: string;
  readonly links: readonly { readonly url: string; readonly text: string }[];
  readonly codes: readonly { readonly code: string; readonly written: string }[];
  readonly attachments: readonly MessagePart[];
  readonly parts: readonly MessagePart[];
  readonly envelope: { readonly mailFrom: string | null; readonly rcptTo: string };
  readonly way: readonly {
    readonly from: string;
    readonly address: string;
    readonly by: string;
    readonly transmission: string;
    readonly id: string;
    readonly recipient: string;
    readonly at: string | null;
  }[];
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

export interface MessagePart {
  readonly section: string;
  readonly type: string;
  readonly filename: string;
  readonly contentId: string;
  readonly disposition: 'inline' | 'attachment' | '';
  readonly encodedOctets: number;
}

/** Which messages: those that agree with all that is given. Words are parts of what they are looked for in. */
export interface MessageWords {
  /** `alice` or `alice@crepes.fr`; without it, all accounts of the server. */
  readonly account?: string;
  /** `INBOX` when absent; `*` for all. */
  readonly folder?: string;
  readonly from?: string;
  readonly to?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly unread?: boolean;
  /** Only what came after a place (`place()`) or a lab time. */
  readonly since?: string;
}

export interface Letter {
  readonly from: string;
  readonly to?: readonly string[] | string;
  readonly cc?: readonly string[];
  readonly bcc?: readonly string[];
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
  readonly attachments?: readonly {
    readonly filename: string;
    readonly type?: string;
    readonly content: Uint8Array | string;
    readonly contentId?: string;
  }[];
  readonly inReplyTo?: string;
}

export interface SentMessage {
  readonly id: string;
  readonly messageId: string | null;
  readonly exchange: string;
}

export interface QueueEntry {
  readonly id: string;
  readonly from: string;
  readonly subject: string | null;
  readonly messageId: string | null;
  readonly octets: number;
  readonly arrivedAt: string;
  readonly heldSince: string | null;
  /** It is being sent at this moment, or a connection is being opened for it. */
  readonly isBeingTried: boolean;
  readonly nextTryAt: string | null;
  readonly recipients: readonly {
    readonly address: string;
    readonly state: 'waiting' | 'delivered' | 'failed';
    readonly tries: number;
    readonly nextTryAt: string | null;
    readonly lastReply: string | null;
  }[];
}

export interface Fault {
  readonly name: string;
  readonly stage: string;
  readonly match?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
  readonly reply?: { readonly code: number; readonly status?: string; readonly text?: string };
  readonly drop?: true | { readonly afterOctets: number };
  readonly probability?: number;
  readonly seed?: number;
  readonly times?: number;
  readonly forSeconds?: number;
}

/** Why the mail server did not do what it was asked for, in its own sentence. */
export class LabMailError extends Error {
  readonly name: 'LabMailError';
  readonly status: number;
  /** The problem document (RFC 9457). */
  readonly problem: Readonly<Record<string, unknown>>;
  constructor(status: number, problem: Readonly<Record<string, unknown>>);
}

/** The mail of one domain. */
export class LabMail {
  /** Where its API is: `http://127.53.20.1:8025`. */
  readonly url: string;
  constructor(url: string);
  /** Sends a letter: from an account here to anybody, or from anybody to the mailboxes here. */
  send(letter: Letter): Promise<SentMessage>;
  /** Sends a message that is there as it is; lines may end in LF. */
  sendRaw(message: Uint8Array | string, envelope: { from: string; to: readonly string[] }): Promise<SentMessage>;
  /** The newest messages first. */
  messages(words?: MessageWords, options?: { readonly limit?: number }): Promise<MessageSummary[]>;
  /** One message, whole. */
  message(id: string): Promise<Message>;
  /** A message as its octets. */
  raw(id: string): Promise<Uint8Array>;
  /** One part of a message, decoded. */
  part(id: string, section: string): Promise<Uint8Array>;
  /**
   * Resolves with the oldest message that agrees with the words and that no wait has given before, whether it is there already
   * or comes within `timeoutMs` (10 seconds when absent, real time). @throws LabMailError that names what came instead
   */
  waitForMessage(words?: MessageWords & { readonly timeoutMs?: number }): Promise<Message>;
  /** Where the mailboxes are now: give it as `since` to see only what comes later. */
  place(): Promise<string>;
  setFlags(id: string, flags: Partial<MessageFlags>): Promise<MessageFlags>;
  deleteMessage(id: string): Promise<void>;
  /** Empties all mailboxes and the queue of this server, and removes its faults. */
  reset(): Promise<void>;
  /** What waits in the queue, the oldest first. */
  queue(): Promise<readonly QueueEntry[]>;
  /** One entry, with what was said at its last try (C: this server, S: the other one). */
  queueEntry(id: string): Promise<QueueEntry & { readonly dialogue: readonly { by: 'C' | 'S' | '-'; text: string }[] }>;
  /** Holds an entry, or the whole queue. */
  hold(id?: string): Promise<void>;
  /** Lets an entry go on, or the whole queue. */
  release(id?: string): Promise<void>;
  /** Tries an entry now, or everything that waits. */
  retry(id?: string): Promise<void>;
  /** Gives an entry back to its sender. */
  bounce(id: string): Promise<void>;
  /** Removes an entry; nobody is told. */
  drop(id: string): Promise<void>;
  /** Sets a fault; one of the same name is replaced. */
  setFault(fault: Fault): Promise<void>;
  /** The faults that are set, with how often each struck. */
  faults(): Promise<readonly (Fault & { readonly hits: number; readonly isSpent: boolean })[]>;
  /** Removes a fault, or all of them. */
  removeFault(name?: string): Promise<void>;
}
