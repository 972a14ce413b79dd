import type { FastifyReply, FastifyRequest } from 'fastify';
import { chooseLanguage, type Language } from '#shared/page/language.ts';
import type { PageContext } from '../../page/frame.ts';
import { noticePage } from '../../page/notice-page.ts';
import { WORDS, type Words } from '../../page/words.ts';
import { parseMailboxName } from '../../protocol/imap/mailbox-name.ts';
import { encodeModifiedUtf7 } from '../../protocol/imap/modified-utf7.ts';
import type { QueueEntry } from '../../protocol/mail-queue.ts';
import type { AccountFolders } from '../../store/account-folders.ts';
import type { Mailbox } from '../../store/mailbox.ts';
import type { Logins } from '../logins.ts';
import { type LetterParts, ownAddress } from '../submit-letter.ts';
import { hasToken, type WebSession, type WebSessions } from '../web-sessions.ts';
import { readFolderTree } from './folder-tree.ts';
import { readState } from './mailbox-state.ts';
import { formOf } from './web-form.ts';

export interface WebmailParts extends LetterParts {
  readonly logins: Logins;
  /** What waits in the queue, to show its writer. */
  readonly queue: { readonly entries: readonly QueueEntry[] };
  /** Largest message that the intake takes. */
  readonly messageOctetsMax: number;
}

export type Asked = FastifyRequest<{
  Params: { readonly [name: string]: string };
  Querystring: { readonly [name: string]: string | undefined };
}>;

/** A user at work. */
export interface Visit {
  readonly asked: Asked;
  readonly reply: FastifyReply;
  readonly session: WebSession;
  readonly account: string;
  readonly folders: AccountFolders;
  readonly language: Language;
  readonly words: Words;
}

type Serve = (visit: Visit) => Promise<FastifyReply> | FastifyReply;

export const SESSION_COOKIE = 'session';

/** What every page of the webmail needs: who asks, in which language, and the frame around the answer. */
export class WebDesk {
  readonly parts: WebmailParts;
  readonly sessions: WebSessions;

  constructor(parts: WebmailParts, sessions: WebSessions) {
    this.parts = parts;
    this.sessions = sessions;
  }

  /** Null also when a request comes in two sessions: one of them is a stranger's, and which one nobody can tell. */
  sessionOf(request: FastifyRequest): WebSession | null {
    const found = new Set(sessionIdsOf(request).flatMap((id) => this.sessions.find(id) ?? []));
    const [session = null] = found;
    return found.size === 1 ? session : null;
  }

  /** Ends whatever session the request comes in. */
  closeSessions(request: FastifyRequest): void {
    for (const id of sessionIdsOf(request)) this.sessions.close(id);
  }

  /** Lets only users in, and forms only with the token of their session. */
  forUser(serve: Serve) {
    return async (asked: Asked, reply: FastifyReply) => {
      const form = formOf(asked);
      try {
        const session = this.sessionOf(asked);
        if (session === null) return reply.redirect('/login', 303);
        const visit = this.#visit(asked, reply, session);
        if (asked.method === 'POST' && !hasToken(session, form.get('token'))) {
          const { formExpired, formExpiredExplained } = visit.words;
          return await this.notice(visit, 403, formExpired, formExpiredExplained);
        }
        return await serve(visit);
      } finally {
        await form.close();
      }
    };
  }

  #visit(asked: Asked, reply: FastifyReply, session: WebSession): Visit {
    const language = languageOf(asked);
    const { account } = session;
    const folders = this.parts.mailboxes.folders(account);
    return { asked, reply, session, account, folders, language, words: WORDS[language] };
  }

  /** @param current the folder that the page is about, marked in the tree. */
  async context(visit: Visit, current = ''): Promise<PageContext> {
    const { address } = ownAddress(this.parts, visit.account);
    const state = await readState(visit.folders, current);
    const tree = await readFolderTree(visit.folders, visit.words);
    return {
      ...this.#outside(visit.asked),
      user: { address, formToken: visit.session.formToken, tree, current, state },
    };
  }

  /** For pages before log-in. */
  outside(request: FastifyRequest): PageContext {
    return { ...this.#outside(request), user: null };
  }

  #outside(request: FastifyRequest) {
    const { directory, mailHost } = this.parts;
    // A form's address cannot be asked for again: after it the switch leads to the inbox.
    const path = request.method === 'GET' ? request.url : '/';
    return { language: languageOf(request), domain: directory.domains[0] ?? mailHost, mailHost, path };
  }

  page(reply: FastifyReply, html: string): FastifyReply {
    return reply.type('text/html; charset=utf-8').header('vary', 'Accept-Language, Cookie').send(html);
  }

  async notice(visit: Visit, status: number, title: string, sentence: string): Promise<FastifyReply> {
    return this.page(visit.reply.code(status), noticePage(await this.context(visit), title, sentence));
  }

  notFound(visit: Visit): Promise<FastifyReply> {
    return this.notice(visit, 404, visit.words.notFound, visit.words.notFoundExplained);
  }

  /** The folder of the path; null when there is none of that name. */
  folderOf({ asked, folders }: Visit): Promise<FoundFolder | null> {
    return findFolder(folders, asked.params.folder ?? '');
  }
}

export interface FoundFolder {
  readonly name: string;
  readonly mailbox: Mailbox;
}

/** The folder that a person calls so; null when there is none. */
export async function findFolder(folders: AccountFolders, title: string): Promise<FoundFolder | null> {
  const name = folderNamed(title);
  const mailbox = name === null ? null : await folders.mailbox(name);
  return name === null || mailbox === null ? null : { name, mailbox };
}

/** The name that IMAP has for a folder that a person calls so; null when no folder can be called so. */
export function folderNamed(title: string): string | null {
  try {
    return parseMailboxName(encodeModifiedUtf7(title));
  } catch {
    return null;
  }
}

/** A UID of the path or of a form; 0, which none is, when it is no number. */
export function uidOf(text: string | undefined): number {
  return Number(/^\d{1,10}$/.exec(text ?? '')?.[0] ?? 0);
}

/** The number of a part; '' when it is none. */
export function sectionOf(text: string | undefined): string {
  return /^\d{1,4}(?:\.\d{1,4}){0,99}$/.exec(text ?? '')?.[0] ?? '';
}

export function languageOf({ headers }: FastifyRequest): Language {
  return chooseLanguage({ cookie: headers.cookie, acceptLanguage: headers['accept-language'] });
}

/**
 * RFC 6265, section 8.6: other hosts of the domain can have set a cookie of this name too, and section 4.2.2: the order in
 * which cookies of one name come says nothing.
 */
function sessionIdsOf(request: FastifyRequest): string[] {
  const pairs = (request.headers.cookie ?? '').split(/;\s*/, 50);
  const ids = pairs.flatMap((pair) =>
    pair.startsWith(`${SESSION_COOKIE}=`) ? [pair.slice(SESSION_COOKIE.length + 1)] : [],
  );
  return [...new Set(ids)];
}
