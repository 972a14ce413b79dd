import { Readable } from 'node:stream';
import { z } from 'zod';
import type { MailDirectory } from '../../protocol/mail-directory.ts';
import { parsePlaces } from '../../protocol/message-name.ts';
import { contentDisposition, safeFilename } from '../../protocol/safe-filename.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { openMessage, partOf, readDecoded } from '../stored-message.ts';
import {
  accountAnswer,
  findingsAnswer,
  flagsAnswer,
  folderAnswer,
  messageAnswer,
  messagesAnswer,
  waitAnswer,
} from './answers.ts';
import type { Arrivals, Waited } from './arrivals.ts';
import { FLAG_NAMES, flagWords, withFlagWords } from './flag-words.ts';
import type { MailShelf } from './mail-shelf.ts';
import { queryInput } from './message-query.ts';
import { searchMessages } from './message-search.ts';
import { findingsView, messageView, summaryView } from './message-view.ts';
import { badRequest, notFound, Problem } from './problem.ts';
import { Octets, type Route, route } from './route.ts';

export interface MailboxRoutesParts {
  readonly shelf: MailShelf;
  readonly arrivals: Arrivals;
  readonly mailboxes: MailStore;
  readonly directory: MailDirectory;
}

/** Messages of one page. */
const PAGE_MAX = 200;
/** How long a request may wait for a message, in milliseconds: less than the five minutes after which clients of HTTP give up. */
export const WAIT_MS_MAX = 240_000;

const number = (max: number, otherwise: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'give a whole number')
    .transform(Number)
    .refine((given) => given <= max, `give ${max} at most`)
    .default(otherwise);

const whose = z.strictObject({ account: z.string().min(1).max(400) });
const which = z.strictObject({ id: z.string().min(1).max(400) });
/** An account that asks for its own messages only. */
const asWhom = z.strictObject({
  account: z
    .string()
    .min(1)
    .max(400)
    .optional()
    .describe('Answers 404 when the message is not in a mailbox of this account'),
});

/** Accounts, folders, and the messages in them. */
export function mailboxRoutes({ shelf, arrivals, mailboxes, directory }: MailboxRoutesParts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/accounts',
      tag: 'mailboxes',
      summary: 'The accounts of this server, with what lies in their INBOX',
      status: 200,
      answer: z.object({ accounts: z.array(accountAnswer) }),
      problems: [],
      run: async () => {
        const inboxes = await shelf.look({ folder: 'INBOX' });
        const accounts = inboxes.map(async ({ account, address, messages }) => ({
          account,
          address,
          fullName: directory.accounts.get(account)?.fullName ?? '',
          messages: messages.length,
          unread: messages.filter(({ flags }) => !flags.includes('S')).length,
          quota: await mailboxes.quota(account),
        }));
        return { accounts: await Promise.all(accounts) };
      },
    }),
    route({
      method: 'GET',
      path: '/accounts/{account}/folders',
      tag: 'mailboxes',
      summary: 'The folders of an account',
      params: whose,
      status: 200,
      answer: z.object({ folders: z.array(folderAnswer) }),
      problems: [404],
      run: async ({ params }) => {
        const account = shelf.account(params.account);
        const folders = await shelf.look({ account, folder: '*' });
        return {
          folders: folders.map(({ folder, name, messages, uidValidity, uidNext }) => ({
            name: folder,
            use: mailboxes.folders(account).specialUse(name),
            messages: messages.length,
            unread: messages.filter(({ flags }) => !flags.includes('S')).length,
            uidValidity,
            uidNext,
          })),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/messages',
      tag: 'messages',
      summary: 'Messages, newest first: all, or those that the words agree with',
      query: queryInput.extend({
        limit: number(PAGE_MAX, 50),
        before: z.string().max(12_000).optional().describe('`before` of the page above'),
      }),
      status: 200,
      answer: messagesAnswer,
      problems: [400, 404],
      run: async ({ query: { limit, before, ...query } }) => {
        const places = before === undefined ? null : parsePlaces(before);
        if (before !== undefined && places === null)
          throw badRequest('before is no place: give `before` of the page above');
        const page = await searchMessages(shelf, query, { limit, before: places });
        const messages = page.found.map(({ message, summary }) => summaryView(message, summary));
        return { messages, before: page.before, here: page.here };
      },
    }),
    route({
      method: 'GET',
      path: '/messages/wait',
      tag: 'messages',
      summary: 'Waits for a message: the oldest since a place that agrees with the words, there already or to come',
      query: queryInput.extend({ timeoutMs: number(WAIT_MS_MAX, 10_000).describe('Real milliseconds') }),
      status: 200,
      answer: waitAnswer,
      problems: [400, 404, 503],
      run: async ({ query: { timeoutMs, ...query }, gone }) => {
        const waited = await arrivals.wait(query, timeoutMs, gone);
        if (waited.found === null) throw noSuchMessage(waited, timeoutMs);
        return { message: await messageView(waited.found.message), next: waited.next };
      },
    }),
    route({
      method: 'GET',
      path: '/messages/{id}',
      tag: 'messages',
      summary: 'A message: its fields, texts, links and codes, parts, envelope and way',
      params: which,
      query: asWhom,
      status: 200,
      answer: messageAnswer,
      problems: [404],
      run: async ({ params, query }) => messageView(await shelf.message(params.id, query.account)),
    }),
    route({
      method: 'GET',
      path: '/messages/{id}/findings',
      tag: 'messages',
      summary: 'The links and the one-time codes of a message alone',
      params: which,
      query: asWhom,
      status: 200,
      answer: findingsAnswer,
      problems: [404],
      run: async ({ params, query }) => findingsView(await shelf.message(params.id, query.account)),
    }),
    route({
      method: 'GET',
      path: '/messages/{id}/raw',
      tag: 'messages',
      summary: 'A message as its octets, with CRLF line ends',
      params: which,
      query: asWhom,
      status: 200,
      produces: 'message/rfc822',
      problems: [404],
      run: async ({ params, query }) => {
        const { at, stored } = await shelf.message(params.id, query.account);
        const pieces = await at.mailbox.read(stored.uid);
        if (pieces === null) throw notFound('The message was there a moment ago, and is deleted now');
        const name = contentDisposition('attachment', `${params.id}.eml`);
        return new Octets('message/rfc822', Readable.from(pieces, { objectMode: false }), {
          'content-disposition': name,
        });
      },
    }),
    route({
      method: 'GET',
      path: '/messages/{id}/parts/{section}',
      tag: 'messages',
      summary: 'One part of a message, decoded; its media type is in Part-Type, so that no browser runs it',
      params: which.extend({
        section: z.string().regex(/^\d{1,4}(\.\d{1,4}){0,30}$/, 'give a number of a part, such as 1.2'),
      }),
      query: asWhom,
      status: 200,
      produces: 'application/octet-stream',
      problems: [404],
      run: async ({ params, query }) => {
        const { at, stored } = await shelf.message(params.id, query.account);
        const opened = await openMessage(at.mailbox, stored.uid);
        const part = opened === null ? null : partOf(opened, params.section);
        if (opened === null || part === null)
          throw notFound(`The message has no part ${params.section}: see its parts`);
        const name = safeFilename(part.filename, `part-${params.section}`);
        const fields = {
          'content-disposition': contentDisposition('attachment', name),
          'part-type': asFieldValue(part.type),
        };
        return new Octets(
          'application/octet-stream',
          Readable.from(readDecoded(opened, part), { objectMode: false }),
          fields,
        );
      },
    }),
    route({
      method: 'PATCH',
      path: '/messages/{id}',
      tag: 'messages',
      summary: 'Marks a message: { "seen": true }',
      params: which,
      query: asWhom,
      body: z.strictObject(Object.fromEntries(FLAG_NAMES.map((name) => [name, z.boolean().optional()]))),
      status: 200,
      answer: z.object({ flags: flagsAnswer }),
      problems: [400, 404],
      run: async ({ params, query, body }) => {
        const { at, stored } = await shelf.message(params.id, query.account);
        const outcome = await at.mailbox.setFlags(stored.uid, (flags) => withFlagWords(flags, body));
        if (outcome === 'gone') throw notFound('The message was there a moment ago, and is deleted now');
        return { flags: flagWords(at.mailbox.stored(stored.uid)?.flags ?? '') };
      },
    }),
    route({
      method: 'DELETE',
      path: '/messages/{id}',
      tag: 'messages',
      summary: 'Deletes a message for ever',
      params: which,
      query: asWhom,
      status: 200,
      answer: z.object({ deleted: z.string() }),
      problems: [404],
      run: async ({ params, query }) => {
        const { at, stored } = await shelf.message(params.id, query.account);
        await at.mailbox.expunge([stored.uid]);
        return { deleted: params.id };
      },
    }),
  ];
}

function noSuchMessage({ others, next }: Waited, timeoutMs: number): Problem {
  const came = others.map(({ message, summary }) => summaryView(message, summary));
  const last = came.at(-1);
  const instead =
    last === undefined
      ? 'nothing came at all: is the message in the queue (GET /api/v1/queue), or was it sent elsewhere?'
      : `other messages are there, the last one is "${last.subject}" in ${last.folder} of ${last.account}: compare from, to and subject`;
  const detail = `No such message came within ${timeoutMs} ms; ${instead}`;
  return new Problem(404, 'no-such-message', 'No such message came in time', detail, { others: came, next });
}

/** The media type of a stranger, as far as a field of HTTP can carry it. */
function asFieldValue(type: string): string {
  return type.replace(/[^\x21-\x7e]/g, '').slice(0, 200);
}
