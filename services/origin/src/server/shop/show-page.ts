import { randomBytes } from 'node:crypto';
import { cookiesOf } from '#shared/http/cookie.ts';
import { parseAuthority } from '#shared/http/request-target.ts';
import type { SetCookie } from '#shared/http/set-cookie.ts';
import { categoryPage, homePage, itemPage, type Recommended } from '../../page/shop/goods-pages.ts';
import { labPage } from '../../page/shop/lab-page.ts';
import type { Facts } from '../../page/shop/shell.ts';
import { basketPage, ordersPage, signInPage, signUpPage } from '../../page/shop/till-pages.ts';
import { orderLines } from '../../protocol/shop/customer.ts';
import { becauseYouLooked, talliesOfLook, talliesToRead, visitorsLikeYou } from '../../protocol/shop/recommend.ts';
import { cookieNames, sessionCookie, VISITOR_LIFETIME_S, visitorCookie } from '../../protocol/shop/shop-cookies.ts';
import { returnPath, type ShopPage } from '../../protocol/shop/shop-path.ts';
import { type Visitor, withLook, withPage } from '../../protocol/shop/visitor.ts';
import type { SiteAnswer, SiteRequest } from '../site-handler.ts';
import type { Asking } from './recognise.ts';
import { refuse } from './refuse.ts';
import { jsonAnswer, pageAnswer, seeOther } from './shop-answer.ts';
import type { ShopRequest } from './shop-request.ts';
import type { Outcome } from './visitors.ts';

/** Octets of the number that a form for an order carries. */
const ORDER_NUMBER_OCTETS = 9;
/** Characters of a session's cookie that a page may show. */
const SHOWN_CHARACTERS = 6;

/** Answers GET: writes down that the page was asked for, and shows it. */
export async function showPage(shop: ShopRequest): Promise<SiteAnswer> {
  const { request, at, visitors } = shop;
  if (at.page.kind === 'visitor-json') return showRow(shop);
  const served = await visitors.serve(request, (asking) => visited(shop, asking));
  if (served === 'full' || served === 'busy') return refuse(shop, 'busy', { waitS: 1 });
  if (served === 'ambiguous') return showUnknown(shop);
  const { asking, cookies } = served;
  const { page } = at;
  if (page.kind === 'orders' && !(asking.isSignedIn && asking.customer !== null))
    return seeOther('/sign-in?next=/orders', 'orders are shown to a customer who has signed in', cookies);
  const text = await render(shop, page, asking);
  return pageAnswer(shop.facts(asking).language, text, { status: 200, because: asking.because, cookies });
}

function visited({ request, at, catalogue }: ShopRequest, { visitor }: Asking): Outcome<null> {
  const { now, method } = request;
  const { page } = at;
  const logged = withPage(renewed(visitor, now), method, at.path, now);
  if (page.kind === 'category') return { result: null, visitor: withLook(logged, page.id, null, now) };
  if (page.kind !== 'item') return { result: null, visitor: logged };
  const { category } = catalogue.items.get(page.id)!;
  return {
    result: null,
    visitor: withLook(logged, category, page.id, now),
    tallies: talliesOfLook(visitor, page.id),
  };
}

/** A visitor who comes again after half of the cookie's life gets it anew, under the same id. */
function renewed(visitor: Visitor, now: number): Visitor {
  const isOld = now - visitor.cookieSetAt > (VISITOR_LIFETIME_S * 1000) / 2;
  return isOld ? { ...visitor, cookieSetAt: now } : visitor;
}

async function render(shop: ShopRequest, page: ShopPage, asking: Asking): Promise<string> {
  const { catalogue, request } = shop;
  const facts = shop.facts(asking);
  const next = returnPath(shop.at.query.get('next'), catalogue);
  switch (page.kind) {
    case 'category':
      return categoryPage(facts, catalogue.categories.get(page.id)!, await recommended(shop, asking.visitor));
    case 'item':
      return itemPage(facts, catalogue.items.get(page.id)!, newOrderNumber(), await recommended(shop, asking.visitor));
    case 'basket':
      return basketPage(facts, orderLines(catalogue, asking.visitor.basket), newOrderNumber());
    case 'orders':
      return ordersPage(facts, asking.customer!);
    case 'sign-in':
      return signInPage(facts, { name: '', address: '', next }, null);
    case 'sign-up':
      return signUpPage(facts, { name: '', address: '', next }, null);
    case 'lab':
      return labPage(facts, asking.visitor, labFacts(request, asking));
    default:
      return homePage(facts, await recommended(shop, asking.visitor));
  }
}

async function recommended({ catalogue, store }: ShopRequest, visitor: Visitor): Promise<Recommended> {
  const tallies = await store.tallies(talliesToRead(visitor, catalogue));
  return {
    because: becauseYouLooked(visitor, catalogue),
    likeYou: visitorsLikeYou(visitor, catalogue, tallies),
  };
}

/** Two cookies contradict each other: the shelves can be seen, and nothing is written down. */
function showUnknown(shop: ShopRequest): SiteAnswer {
  const facts = shop.facts(null);
  const because = 'several cookies of one name with different values: none of them is believed';
  return pageAnswer(facts.language, renderForNobody(facts, shop.at.page), { status: 200, because });
}

function renderForNobody(facts: Facts, page: ShopPage): string {
  const { categories, items } = facts.catalogue;
  const none = { because: null, likeYou: [] };
  switch (page.kind) {
    case 'category':
      return categoryPage(facts, categories.get(page.id)!, none);
    case 'item':
      return itemPage(facts, items.get(page.id)!, '', none);
    default:
      return homePage(facts, none);
  }
}

/** The row as JSON, for tests and labs: to whoever has its cookie. Nothing is written down. */
async function showRow({ request, visitors }: ShopRequest): Promise<SiteAnswer> {
  const asking = await visitors.look(request);
  if (asking === null || asking.isNew)
    return jsonAnswer(
      { error: 'the database has no visitor of this cookie' },
      { status: 403, because: asking?.because ?? 'the cookies contradict each other' },
    );
  const { visitor, customer, isSignedIn } = asking;
  const orders = isSignedIn && customer !== null ? customer.orders : undefined;
  return jsonAnswer({ visitor, isSignedIn, ...(orders && { orders }) }, { status: 200, because: asking.because });
}

function labFacts(request: SiteRequest, asking: Asking) {
  const { secure, now, authority } = request;
  const names = cookieNames(secure);
  const isSecret = (name: string) => name.endsWith(names.session);
  const sent = cookiesOf(request.fields).map(([name, value]) => [name, isSecret(name) ? cut(value) : value] as const);
  const session = sent.find(([name]) => name === names.session)?.[1];
  const visitor = {
    cookie: visitorCookie(asking.visitor.id, secure, asking.visitor.cookieSetAt),
    at: asking.visitor.cookieSetAt,
  };
  const given: { cookie: SetCookie; at: number }[] = [visitor];
  if (asking.isSignedIn && session !== undefined) given.push({ cookie: sessionCookie(session, secure), at: now });
  return { host: parseAuthority(authority)?.host ?? authority, secure, now, given, sent };
}

/** Enough to recognise it, too little to use it: the page is shown on projectors. */
function cut(value: string): string {
  return `${value.slice(0, SHOWN_CHARACTERS)}...`;
}

function newOrderNumber(): string {
  return randomBytes(ORDER_NUMBER_OCTETS).toString('base64url');
}
