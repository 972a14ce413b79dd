import type { FastifyInstance, FastifyReply } from 'fastify';
import { folderPage, SEARCHED_IN, type SearchedIn } from '../../page/folder-page.ts';
import { specialFolderOf } from '../special-folders.ts';
import type { Visit, WebDesk } from './desk.ts';
import { titleOf } from './folder-tree.ts';
import { readRows } from './message-rows.ts';
import { searchFolder } from './search.ts';

/** Messages on one page of a folder. */
const ROWS_PER_PAGE = 25;
const QUERY_LENGTH_MAX = 200;

/** `GET /folder/<name>`: its messages, newest first, page by page; with `q` only those that are found. */
export function routeFolder(app: FastifyInstance, desk: WebDesk): void {
  app.get(
    '/folder/:folder',
    desk.forUser((visit) => showFolder(desk, visit)),
  );
}

async function showFolder(desk: WebDesk, visit: Visit): Promise<FastifyReply> {
  const found = await desk.folderOf(visit);
  if (found === null) return desk.notFound(visit);
  const { name, mailbox } = found;
  const { q, in: within, page } = visit.asked.query;
  const query = (q ?? '').trim().slice(0, QUERY_LENGTH_MAX);
  const searchedIn = asSearchedIn(within);
  const { uidValidity, messages, isRecorded } = await mailbox.messages();
  const newestFirst = messages.map(({ uid }) => uid).reverse();
  const search = query === '' ? null : await searchFolder(mailbox, newestFirst, query, searchedIn);
  const uids = search?.found ?? newestFirst;
  const pages = Math.max(1, Math.ceil(uids.length / ROWS_PER_PAGE));
  const shown = Math.min(Math.max(1, Number(/^\d{1,6}$/.exec(page ?? '')?.[0] ?? 1)), pages);
  const use = specialFolderOf(visit.folders, name);
  const view = {
    name,
    title: titleOf(visit.folders, name, visit.words),
    use,
    uidValidity,
    now: desk.parts.host.clock.now(),
    rows: await readRows(mailbox, uids.slice((shown - 1) * ROWS_PER_PAGE, shown * ROWS_PER_PAGE), use),
    page: shown,
    pages,
    total: messages.length,
    unseen: messages.filter(({ flags }) => !flags.includes('S')).length,
    isRecorded,
    search:
      search === null ? null : { query, in: searchedIn, count: search.found.length, unsearched: search.unsearched },
  };
  return desk.page(visit.reply, folderPage(await desk.context(visit, name), view));
}

function asSearchedIn(text: string | undefined): SearchedIn {
  return SEARCHED_IN.find((one) => one === text) ?? 'all';
}
