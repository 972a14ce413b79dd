import { Html, html } from '#shared/page/html.ts';
import { LANGUAGE_NAMES, LANGUAGES, type Language } from '#shared/page/language.ts';
import { type Catalogue, formatCents, type Item } from '../../protocol/shop/catalogue.ts';
import type { Customer } from '../../protocol/shop/customer.ts';
import { categoryPath, itemPath } from '../../protocol/shop/shop-path.ts';
import type { Visitor } from '../../protocol/shop/visitor.ts';
import { WORDS, type Words } from './words.ts';

/** What every page of the shop is made from. */
export interface Facts {
  readonly language: Language;
  readonly catalogue: Catalogue;
  /** Of the page itself: the switch of languages leads back to it. */
  readonly path: string;
  /** The path of the stylesheet in its present version. */
  readonly stylesheet: string;
  /** Whoever asks; null when the shop cannot or will not tell. */
  readonly visitor: Visitor | null;
  readonly isNew: boolean;
  /** The customer that the visitor has been. */
  readonly customer: Customer | null;
  readonly isSignedIn: boolean;
  /** What each form must carry. */
  readonly token: string;
}

/** A whole page: the head of the shop, `body`, and the number by which it knows the visitor. */
export function shopPage(facts: Facts, title: string, body: Html): string {
  const { language, catalogue, path, visitor, stylesheet } = facts;
  const words = WORDS[language];
  const current = (there: string) => (there === path ? new Html(' aria-current="page"') : null);
  const link = (there: string, text: string) => html`<a href="${there}"${current(there)}>${text}</a>`;
  const shelves = [...catalogue.categories.values()].map(({ id, name }) => link(categoryPath(id), name[language]));
  const pieces = visitor?.basket.reduce((sum, { count }) => sum + count, 0) ?? 0;
  const languages = LANGUAGES.map((other) =>
    other === language
      ? html`<b lang="${other}">${LANGUAGE_NAMES[other]}</b>`
      : html`<a lang="${other}" hreflang="${other}" href="${path}?language=${other}">${LANGUAGE_NAMES[other]}</a>`,
  );
  return html`<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="stylesheet" href="${stylesheet}">
<header>
<p class="brand"><a href="/">amazon.com</a> <span>${words.tagline}</span></p>
<nav class="desk">${link('/basket', `${words.basket} ${pieces}`)} ${link('/orders', words.orders)} ${account(facts, words)} <span class="languages">${languages}</span></nav>
<nav class="shelves">${shelves}</nav>
</header>
<main>
${body}
</main>
${visitor === null ? null : html`<footer><p>${words.knowsStrip} <code>visitor=<mark>${visitor.id}</mark></code></p> <p>${link('/lab', words.knows)}</p></footer>`}
`.text;
}

function account(facts: Facts, words: Words): Html {
  if (!facts.isSignedIn) return html`<a href="/sign-in">${words.signIn}</a>`;
  return html`<form method="post" action="/sign-out">${tokenField(facts)}<button class="plain">${words.signOut}</button></form>`;
}

/** What proves that a form was made by the shop, for this visitor. */
export function tokenField({ token }: Facts): Html {
  return html`<input type="hidden" name="token" value="${token}">`;
}

/** Things side by side, each with its picture; `reasons` says below some of them why they are here. */
export function itemCards(language: Language, items: readonly Item[], reasons?: ReadonlyMap<string, string>): Html {
  const cards = items.map((item) => {
    const reason = reasons?.get(item.id);
    return html`<li><a href="${itemPath(item.id)}">${picture(item, '')}<b>${item.name[language]}</b></a>
<span class="price">${formatCents(item.cents)}</span>${reason === undefined ? null : html`<small>${reason}</small>`}</li>`;
  });
  return html`<ul class="cards">${cards}</ul>`;
}

export function picture({ id, category }: Item, description: string): Html {
  return html`<img class="${category}" src="/pictures/${id}.svg" alt="${description}" width="240" height="200">`;
}

/** Lab time, as it is written everywhere on the pages. */
export function time(at: number): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')}</time>`;
}

/** A page that says one thing. */
export function noticePage(facts: Facts, title: string, text: string): string {
  const { backToShop } = WORDS[facts.language];
  const body = html`<section class="notice" role="alert"><h1>${title}</h1><p>${text}</p><p><a href="/">${backToShop}</a></p></section>`;
  return shopPage(facts, title, body);
}
