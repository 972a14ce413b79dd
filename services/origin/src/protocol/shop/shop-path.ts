/** The pages of the shop by their paths. A path of another form is not the shop's: the documents of the site answer it. */

import { asLanguage, type Language } from '#shared/page/language.ts';
import type { Catalogue } from './catalogue.ts';

export type ShopPage =
  | { readonly kind: 'home' | 'basket' | 'sign-in' | 'sign-up' | 'sign-out' | 'orders' | 'lab' | 'forget' }
  | { readonly kind: 'visitor-json' | 'stylesheet' }
  | { readonly kind: 'category' | 'item'; readonly id: string };

/** Where each page is; those of a category or an item end in its id. */
const PATHS: ReadonlyMap<string, Exclude<ShopPage['kind'], 'category' | 'item'>> = new Map([
  ['/', 'home'],
  ['/basket', 'basket'],
  ['/sign-in', 'sign-in'],
  ['/sign-up', 'sign-up'],
  ['/sign-out', 'sign-out'],
  ['/orders', 'orders'],
  ['/lab', 'lab'],
  ['/lab/forget', 'forget'],
  ['/lab/visitor.json', 'visitor-json'],
  ['/page/shop.css', 'stylesheet'],
]);

const CATEGORY_FOLDER = '/shelf/';
const ITEM_FOLDER = '/goods/';

/** Pages that a person may be led back to after signing in. */
const RETURNS: ReadonlySet<ShopPage['kind']> = new Set(['home', 'basket', 'orders', 'lab', 'category', 'item']);

export interface ShopPath {
  readonly page: ShopPage;
  /** Without the query. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
}

export function parseShopPath(target: string, catalogue: Catalogue): ShopPath | null {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const page = pageAt(path, catalogue);
  return page === null ? null : { page, path, query: parseQuery(mark === -1 ? '' : target.slice(mark + 1)) };
}

export function categoryPath(id: string): string {
  return `${CATEGORY_FOLDER}${id}`;
}

export function itemPath(id: string): string {
  return `${ITEM_FOLDER}${id}`;
}

/** `target` if it is the path of a page to be led back to, otherwise the first page: nobody is sent to another site. */
export function returnPath(target: string | undefined, catalogue: Catalogue): string {
  const page = target === undefined ? null : pageAt(target, catalogue);
  return page !== null && RETURNS.has(page.kind) ? target! : '/';
}

/** The language that the switch asks for. */
export function switchedLanguage({ query }: ShopPath): Language | undefined {
  return asLanguage(query.get('language'));
}

function pageAt(path: string, catalogue: Catalogue): ShopPage | null {
  const kind = PATHS.get(path);
  if (kind !== undefined) return { kind };
  if (path.startsWith(CATEGORY_FOLDER))
    return known('category', path.slice(CATEGORY_FOLDER.length), catalogue.categories);
  if (path.startsWith(ITEM_FOLDER)) return known('item', path.slice(ITEM_FOLDER.length), catalogue.items);
  return null;
}

function known(kind: 'category' | 'item', id: string, all: ReadonlyMap<string, unknown>): ShopPage | null {
  return all.has(id) ? { kind, id } : null;
}

/** Plain names and values: what is encoded in a query of ours is only the slash of a path. */
function parseQuery(query: string): ReadonlyMap<string, string> {
  const pairs = query.split('&', 10).map((part): [string, string] => {
    const equals = part.indexOf('=');
    return equals === -1 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1).replaceAll(/%2f/gi, '/')];
  });
  return new Map(pairs);
}
