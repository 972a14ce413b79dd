/**
 * The mail of one domain, for an end-to-end suite: a client of the mail server's JSON API (docs/mail-for-engineers.md),
 * which serves the embedded lab and one in containers alike.
 */

/** The port of the API on every mail host. */
export const MAIL_API_PORT = 8025;
/** How long one request waits for a message before the next one does, in milliseconds. */
const WAIT_SLICE_MS = 60_000;
const WAIT_MS = 10_000;
/** Messages that are remembered as given, so that no wait gives one twice. */
const GIVEN_MAX = 10_000;

interface MailAddress {
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

interface MessagePart {
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
  override readonly name = 'LabMailError';
  readonly status: number;
  /** The problem document (RFC 9457). */
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(status: number, problem: Readonly<Record<string, unknown>>) {
    super(String(problem.detail ?? `The mail server answered ${status}`));
    this.status = status;
    this.problem = problem;
  }
}

/** The mail of one domain. */
export class LabMail {
  /** Where its API is: `http://127.53.20.1:8025`. */
  readonly url: string;
  readonly #given = new Set<string>();

  constructor(url: string) {
    this.url = url.replace(/\/$/, '');
  }

  /** Sends a letter: from an account here to anybody, or from anybody to the mailboxes here. */
  send(letter: Letter): Promise<SentMessage> {
    const { to = [], attachments = [], ...rest } = letter;
    return this.#post('/messages', {
      ...rest,
      to: typeof to === 'string' ? [to] : to,
      attachments: attachments.map((one) => ({ ...one, content: Buffer.from(one.content).toString('base64') })),
    });
  }

  /** Sends a message that is there as it is; lines may end in LF. */
  sendRaw(message: Uint8Array | string, envelope: { from: string; to: readonly string[] }): Promise<SentMessage> {
    const query = new URLSearchParams([['from', envelope.from], ...envelope.to.map((one) => ['to', one])]);
    const body = typeof message === 'string' ? message : Buffer.from(message);
    return this.#ask(`/messages/raw?${query}`, { method: 'POST', headers: { 'content-type': 'message/rfc822' }, body });
  }

  /** The newest messages first. */
  async messages(words: MessageWords = {}, { limit = 50 } = {}): Promise<MessageSummary[]> {
    const query = queryOf(words);
    query.set('limit', String(Math.min(limit, 200)));
    const found: MessageSummary[] = [];
    for (;;) {
      const page = await this.#get<{ messages: MessageSummary[]; before: string | null }>(`/messages?${query}`);
      found.push(...page.messages);
      if (page.before === null || found.length >= limit) return found.slice(0, limit);
      query.set('before', page.before);
    }
  }

  /** One message, whole. */
  message(id: string): Promise<Message> {
    return this.#get(`/messages/${encodeURIComponent(id)}`);
  }

  /** A message as its octets. */
  raw(id: string): Promise<Uint8Array> {
    return this.#octets(`/messages/${encodeURIComponent(id)}/raw`);
  }

  /** One part of a message, decoded. */
  part(id: string, section: string): Promise<Uint8Array> {
    return this.#octets(`/messages/${encodeURIComponent(id)}/parts/${encodeURIComponent(section)}`);
  }

  /**
   * Resolves with the oldest message that agrees with the words and that no wait has given before, whether it is there already
   * or comes within `timeoutMs` (10 seconds when absent, real time). @throws LabMailError that names what came instead
   */
  async waitForMessage(words: MessageWords & { readonly timeoutMs?: number } = {}): Promise<Message> {
    const { timeoutMs = WAIT_MS, ...rest } = words;
    const deadline = performance.now() + timeoutMs;
    for (let since = rest.since; ; ) {
      const left = Math.max(0, Math.ceil(deadline - performance.now()));
      const query = queryOf({ ...rest, ...(since === undefined ? {} : { since }) });
      query.set('timeoutMs', String(Math.min(left, WAIT_SLICE_MS)));
      const waited = await this.#wait(query, left > WAIT_SLICE_MS);
      if (waited === null) continue;
      if (this.#give(waited.message.id)) return waited.message;
      since = waited.next;
    }
  }

  /** Where the mailboxes are now: give it as `since` to see only what comes later. */
  async place(): Promise<string> {
    return (await this.#get<{ here: string }>('/messages?folder=*&limit=1')).here;
  }

  async setFlags(id: string, flags: Partial<MessageFlags>): Promise<MessageFlags> {
    const path = `/messages/${encodeURIComponent(id)}`;
    return (await this.#post<{ flags: MessageFlags }>(path, flags, 'PATCH')).flags;
  }

  async deleteMessage(id: string): Promise<void> {
    await this.#ask(`/messages/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  /** Empties all mailboxes and the queue of this server, and removes its faults. */
  async reset(): Promise<void> {
    await this.#post('/reset', {});
  }

  /** What waits in the queue, the oldest first. */
  async queue(): Promise<readonly QueueEntry[]> {
    return (await this.#get<{ entries: QueueEntry[] }>('/queue')).entries;
  }

  /** One entry, with what was said at its last try (C: this server, S: the other one). */
  queueEntry(
    id: string,
  ): Promise<QueueEntry & { readonly dialogue: readonly { by: 'C' | 'S' | '-'; text: string }[] }> {
    return this.#get(`/queue/${encodeURIComponent(id)}`);
  }

  /** Holds an entry, or the whole queue. */
  hold(id?: string): Promise<void> {
    return this.#operate('hold', id);
  }

  /** Lets an entry go on, or the whole queue. */
  release(id?: string): Promise<void> {
    return this.#operate('release', id);
  }

  /** Tries an entry now, or everything that waits. */
  retry(id?: string): Promise<void> {
    return this.#operate('retry', id);
  }

  /** Gives an entry back to its sender. */
  bounce(id: string): Promise<void> {
    return this.#operate('bounce', id);
  }

  /** Removes an entry; nobody is told. */
  async drop(id: string): Promise<void> {
    await this.#ask(`/queue/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  /** Sets a fault; one of the same name is replaced. */
  async setFault(fault: Fault): Promise<void> {
    await this.#post('/faults', fault);
  }

  /** The faults that are set, with how often each struck. */
  async faults(): Promise<readonly (Fault & { readonly hits: number; readonly isSpent: boolean })[]> {
    return (await this.#get<{ faults: (Fault & { hits: number; isSpent: boolean })[] }>('/faults')).faults;
  }

  /** Removes a fault, or all of them. */
  async removeFault(name?: string): Promise<void> {
    await this.#ask(name === undefined ? '/faults' : `/faults/${encodeURIComponent(name)}`, { method: 'DELETE' });
  }

  /** False when a wait has given this message before. */
  #give(id: string): boolean {
    if (this.#given.has(id)) return false;
    const [oldest] = this.#given;
    if (this.#given.size >= GIVEN_MAX && oldest !== undefined) this.#given.delete(oldest);
    this.#given.add(id);
    return true;
  }

  /** Null when nothing came, and there is more time. */
  async #wait(query: URLSearchParams, hasMoreTime: boolean): Promise<{ message: Message; next: string } | null> {
    try {
      return await this.#get(`/messages/wait?${query}`);
    } catch (error) {
      const isLate = error instanceof LabMailError && error.problem.type === 'urn:topdown:mail:no-such-message';
      if (isLate && hasMoreTime) return null;
      throw error;
    }
  }

  async #operate(operation: string, id: string | undefined): Promise<void> {
    await this.#post(id === undefined ? `/queue/${operation}` : `/queue/${encodeURIComponent(id)}/${operation}`, {});
  }

  #get<Answer>(path: string): Promise<Answer> {
    return this.#ask(path, {});
  }

  #post<Answer>(path: string, body: object, method = 'POST'): Promise<Answer> {
    return this.#ask(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  }

  async #ask<Answer>(path: string, request: RequestInit): Promise<Answer> {
    return (await this.#answer(path, request)).json() as Promise<Answer>;
  }

  async #octets(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#answer(path, {})).arrayBuffer());
  }

  async #answer(path: string, request: RequestInit): Promise<Response> {
    const response = await fetch(`${this.url}/api/v1${path}`, request).catch((error: Error) => {
      const detail = `The mail server at ${this.url} does not answer: is its host up? (${error.message})`;
      throw new LabMailError(0, { detail });
    });
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    throw new LabMailError(response.status, problem);
  }
}

function queryOf(words: MessageWords): URLSearchParams {
  const given = Object.entries(words).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
}
