import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { MailboxChange } from '../../store/mailbox.ts';
import { findFolder, type Visit, type WebDesk } from './desk.ts';
import { readState } from './mailbox-state.ts';

/** Browsers that listen at once, of all users and of one account. */
const LISTENERS_MAX = 200;
const LISTENERS_PER_ACCOUNT_MAX = 10;
/** Pause between two signs of life, and before a browser comes back, in milliseconds. */
const HEARTBEAT_MS = 25_000;
const RETRY_MS = 2_000;
/** How long changes wait for others, so that a hundred messages are one piece of news, in milliseconds. */
const LINGER_MS = 100;
/** Octets that a browser may leave unread before it is dropped: it comes back and looks for itself. */
const UNREAD_OCTETS_MAX = 64 * 1024;

interface Listener {
  readonly account: string;
  readonly response: ServerResponse;
  readonly end: () => void;
}

/** `GET /news`: server-sent events, so that a page changes when its mailbox does (HTML standard, "Server-sent events"). */
export class News {
  readonly #desk: WebDesk;
  readonly #listeners = new Set<Listener>();
  #heartbeat: NodeJS.Timeout | null = null;

  constructor(desk: WebDesk) {
    this.#desk = desk;
  }

  route(app: FastifyInstance): void {
    app.get(
      '/news',
      this.#desk.forUser((visit) => this.#listen(visit)),
    );
  }

  close(): void {
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    for (const { response, end } of this.#listeners) {
      end();
      response.destroy();
    }
    this.#listeners.clear();
  }

  async #listen(visit: Visit) {
    const { account, folders, reply, asked } = visit;
    const ofAccount = [...this.#listeners].filter((one) => one.account === account).length;
    if (this.#listeners.size >= LISTENERS_MAX || ofAccount >= LISTENERS_PER_ACCOUNT_MAX)
      return reply.code(503).send('');
    const inbox = this.#desk.parts.mailboxes.inbox(account);
    const shown = await findFolder(folders, asked.query.folder ?? '');
    const watched = new Set([inbox, ...(shown === null ? [] : [shown.mailbox])]);
    // The browser may have gone on to another page meanwhile: nobody would tell of it again.
    if (asked.raw.socket.destroyed) return reply.code(503).send('');
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
    this.#serve(account, response, visit.words.newMessage, (tell) =>
      [...watched].map((mailbox) => mailbox.subscribe((change) => tell(change, mailbox === inbox))),
    );
    // Behind the subscription: what came between the page and this moment shows in another state.
    const state = await readState(folders, shown?.name ?? '');
    this.#write(response, `event: state\ndata: ${JSON.stringify({ state })}\n\n`);
    return reply;
  }

  #serve(
    account: string,
    response: ServerResponse,
    notice: string,
    subscribe: (tell: (change: MailboxChange, isInbox: boolean) => void) => (() => void)[],
  ): void {
    let arrived = 0;
    let timer: NodeJS.Timeout | null = null;
    const flush = () => {
      timer = null;
      this.#write(response, `event: change\ndata: ${JSON.stringify({ arrived, notice })}\n\n`);
      arrived = 0;
    };
    const ends = subscribe((change, isInbox) => {
      if (change.kind === 'arrived' && isInbox) arrived += 1;
      timer ??= setTimeout(flush, LINGER_MS);
    });
    const listener: Listener = {
      account,
      response,
      end: () => {
        if (timer !== null) clearTimeout(timer);
        for (const end of ends) end();
      },
    };
    this.#listeners.add(listener);
    response.on('error', () => response.destroy());
    response.on('close', () => {
      listener.end();
      this.#listeners.delete(listener);
    });
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  #beat(): void {
    for (const { response } of this.#listeners) this.#write(response, ': still here\n\n');
    if (this.#listeners.size > 0 || this.#heartbeat === null) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = null;
  }

  #write(response: ServerResponse, text: string): void {
    if (response.writableLength > UNREAD_OCTETS_MAX) response.destroy();
    else response.write(text);
  }
}
