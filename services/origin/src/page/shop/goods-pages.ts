import { type Html, html } from '#shared/page/html.ts';
import type { Language } from '#shared/page/language.ts';
import { type Catalogue, type Category, formatCents, type Item, itemsOf } from '../../protocol/shop/catalogue.ts';
import type { BecauseYouLooked, VisitorsLikeYou } from '../../protocol/shop/recommend.ts';
import { categoryPath, itemPath } from '../../protocol/shop/shop-path.ts';
import { type Facts, itemCards, picture, shopPage, tokenField } from './shell.ts';
import { fillWords, WORDS } from './words.ts';

/** What the shop recommends to this visitor. */
export interface Recommended {
  readonly because: BecauseYouLooked | null;
  readonly likeYou: readonly VisitorsLikeYou[];
}

/** The first page: a greeting, what is recommended, and all shelves. */
export function homePage(facts: Facts, recommended: Recommended): string {
  const { language, catalogue } = facts;
  const shelves = [...catalogue.categories.values()].map(
    ({ id, name }) =>
      html`<section><h2><a href="${categoryPath(id)}">${name[language]}</a></h2>${itemCards(language, itemsOf(catalogue, id))}</section>`,
  );
  return shopPage(facts, 'amazon.com', html`${greeting(facts)}${recommendations(facts, recommended)}${shelves}`);
}

export function categoryPage(facts: Facts, category: Category, recommended: Recommended): string {
  const { language, catalogue } = facts;
  const name = category.name[language];
  const shelf = itemCards(language, itemsOf(catalogue, category.id));
  return shopPage(
    facts,
    `${name} · amazon.com`,
    html`<section><h1>${name}</h1>${shelf}</section>${likeYouRow(facts, recommended.likeYou)}`,
  );
}

export function itemPage(facts: Facts, item: Item, orderNumber: string, recommended: Recommended): string {
  const { language, catalogue } = facts;
  const words = WORDS[language];
  const others = itemsOf(catalogue, item.category).filter(({ id }) => id !== item.id);
  const name = item.name[language];
  return shopPage(
    facts,
    `${name} · amazon.com`,
    html`<article>
${picture(item, name)}
<div><h1>${name}</h1>
<p class="about">${item.about[language]}</p>
<p class="price">${formatCents(item.cents)}</p>
${facts.visitor === null ? null : buy(facts, item, orderNumber)}</div>
</article>
<section><h2>${words.moreOfShelf}</h2>${itemCards(language, others)}</section>
${likeYouRow(facts, recommended.likeYou)}`,
  );
}

function buy(facts: Facts, item: Item, orderNumber: string): Html {
  const words = WORDS[facts.language];
  const add = html`<form method="post" action="/basket">${tokenField(facts)}<input type="hidden" name="item" value="${item.id}"><button>${words.addToBasket}</button></form>`;
  if (!facts.isSignedIn || facts.customer === null)
    return html`${add}<p class="hint"><a href="/sign-in?next=${itemPath(item.id)}">${words.signInToOrder}</a></p>`;
  return html`<div class="buttons"><form method="post" action="/orders">${tokenField(facts)}<input type="hidden" name="item" value="${item.id}"><input type="hidden" name="number" value="${orderNumber}"><button class="strong">${words.oneClick}</button></form>${add}</div>
<p class="hint">${fillWords(words.oneClickHint, { address: facts.customer.address })}</p>`;
}

function greeting({ language, visitor, isNew, customer }: Facts): Html {
  const words = WORDS[language];
  if (visitor === null) return html`<section class="greeting"><p class="notice">${words.notRecognised}</p></section>`;
  if (isNew) return html`<section class="greeting"><h1>${words.newHere}</h1><p>${words.newLead}</p></section>`;
  const hello = customer === null ? words.welcomeBack : fillWords(words.welcomeBackName, { name: customer.name });
  const since = `${new Date(visitor.firstSeenAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const lead = fillWords(words.backLead, { time: since, requests: visitor.requests });
  return html`<section class="greeting"><h1>${hello}</h1><p>${lead}</p></section>`;
}

function recommendations(facts: Facts, { because, likeYou }: Recommended): Html | null {
  const { language, catalogue } = facts;
  const words = WORDS[language];
  if (because === null) return likeYouRow(facts, likeYou);
  const name = nameOfLook(language, catalogue, because);
  return html`<section class="recommended" id="because"><h2>${fillWords(words.becauseYouLooked, { name })}</h2>${itemCards(language, because.items)}</section>
${likeYouRow(facts, likeYou)}`;
}

function likeYouRow({ language }: Facts, likeYou: readonly VisitorsLikeYou[]): Html | null {
  if (likeYou.length === 0) return null;
  const words = WORDS[language];
  const reasons = likeYou.map(({ item, seen, both, all }): [string, string] => [
    item.id,
    fillWords(words.likeYouReason, { both, all, name: seen.name[language] }),
  ]);
  const items = likeYou.map(({ item }) => item);
  return html`<section class="recommended" id="like-you"><h2>${words.likeYou}</h2>${itemCards(language, items, new Map(reasons))}</section>`;
}

function nameOfLook(language: Language, catalogue: Catalogue, { look }: BecauseYouLooked): string {
  const seen = look.item === null ? undefined : catalogue.items.get(look.item);
  return (seen ?? catalogue.categories.get(look.category))?.name[language] ?? '';
}
