import { type Html, html } from '#shared/page/html.ts';
import { formatCents } from '../../protocol/shop/catalogue.ts';
import {
  type Customer,
  type OrderLine,
  SIGN_UP_FAULTS,
  type SignUpFault,
  totalOf,
} from '../../protocol/shop/customer.ts';
import { itemPath } from '../../protocol/shop/shop-path.ts';
import { type Facts, picture, shopPage, time, tokenField } from './shell.ts';
import { fillWords, WORDS } from './words.ts';

/** What the basket would be as an order at the prices of today. */
export function basketPage(facts: Facts, lines: readonly OrderLine[], orderNumber: string): string {
  const words = WORDS[facts.language];
  if (lines.length === 0)
    return shopPage(
      facts,
      words.basket,
      html`<section><h1>${words.basket}</h1><p>${words.basketEmpty}</p><p><a href="/">${words.backToShop}</a></p></section>`,
    );
  const pieces = (item: string, count: number, label: string, sign: string) =>
    html`<form method="post" action="/basket">${tokenField(facts)}<input type="hidden" name="item" value="${item}"><input type="hidden" name="pieces" value="${count}"><button class="plain" aria-label="${label}">${sign}</button></form>`;
  const rows = lines.map(
    (line) =>
      html`${lineRow(facts, line, html`${pieces(line.item, -1, words.fewer, '−')} ${line.count} ${pieces(line.item, 1, words.more, '+')}`)}`,
  );
  const order = facts.isSignedIn
    ? html`<form method="post" action="/orders">${tokenField(facts)}<input type="hidden" name="number" value="${orderNumber}"><button class="strong">${words.orderAll}</button></form>`
    : html`<p><a href="/sign-in?next=/basket">${words.signInToOrder}</a></p>`;
  return shopPage(
    facts,
    words.basket,
    html`<section><h1>${words.basket}</h1><table class="lines">${rows}${totalRow(facts, lines)}</table>${order}</section>`,
  );
}

export function ordersPage(facts: Facts, customer: Customer): string {
  const words = WORDS[facts.language];
  const orders = customer.orders.toReversed().map(
    ({ at, number, lines }) => html`<section class="order"><h2>${time(at)} <small>${words.order} ${number}</small></h2>
<table class="lines">${lines.map((line) => lineRow(facts, line, html`${line.count}`))}${totalRow(facts, lines)}</table></section>`,
  );
  const address = fillWords(words.sentTo, { address: customer.address });
  const body = orders.length === 0 ? html`<p>${words.noOrders}</p>` : html`${orders}`;
  return shopPage(facts, words.orders, html`<h1>${words.orders}</h1><p>${customer.name}. ${address}</p>${body}`);
}

function lineRow({ language, catalogue }: Facts, { item, cents, count }: OrderLine, pieces: Html): Html {
  const known = catalogue.items.get(item);
  const name = known === undefined ? html`${item}` : html`<a href="${itemPath(item)}">${known.name[language]}</a>`;
  const small = known === undefined ? null : picture(known, '');
  return html`<tr><td class="small">${small}</td><td>${name}</td><td class="pieces">${pieces}</td><td class="price">${formatCents(cents * count)}</td></tr>`;
}

function totalRow({ language }: Facts, lines: readonly OrderLine[]): Html {
  return html`<tr class="total"><td></td><td colspan="2">${WORDS[language].total}</td><td class="price">${formatCents(totalOf(lines))}</td></tr>`;
}

/** What stands in the form again when it was refused; never a password. */
export interface Typed {
  readonly name: string;
  readonly address: string;
  readonly next: string;
}

export function signInPage(facts: Facts, typed: Typed, refusal: string | null): string {
  const words = WORDS[facts.language];
  return shopPage(
    facts,
    words.signIn,
    html`<section class="card"><h1>${words.signIn}</h1><p>${words.signInLead}</p>${alert(refusal)}
<form method="post" action="/sign-in">${tokenField(facts)}<input type="hidden" name="next" value="${typed.next}">
<label>${words.name}<input name="name" value="${typed.name}" autocomplete="username" required maxlength="40"></label>
<label>${words.password}<input name="password" type="password" autocomplete="current-password" required maxlength="128"></label>
<button class="strong">${words.signIn}</button></form>
<p class="hint">${words.noAccount} <a href="/sign-up?next=${typed.next}">${words.signUp}</a></p></section>`,
  );
}

export function signUpPage(
  facts: Facts,
  typed: Typed,
  refusal: string | null,
  faults: readonly SignUpFault[] = [],
): string {
  const words = WORDS[facts.language];
  const said = SIGN_UP_FAULTS.filter((fault) => faults.includes(fault)).map((fault) => alert(words.faults[fault])!);
  return shopPage(
    facts,
    words.signUp,
    html`<section class="card"><h1>${words.signUp}</h1><p>${words.signUpLead}</p>${alert(refusal)}${said}
<form method="post" action="/sign-up">${tokenField(facts)}<input type="hidden" name="next" value="${typed.next}">
<label>${words.name}<input name="name" value="${typed.name}" autocomplete="username" required maxlength="40"></label>
<label>${words.password}<input name="password" type="password" autocomplete="new-password" required minlength="8" maxlength="128"></label>
<label>${words.address}<input name="address" value="${typed.address}" autocomplete="street-address" required maxlength="120"></label>
<button class="strong">${words.signUp}</button></form>
<p class="hint">${words.haveAccount} <a href="/sign-in?next=${typed.next}">${words.signIn}</a></p></section>`,
  );
}

function alert(text: string | null): Html | null {
  return text === null ? null : html`<p class="bad" role="alert">${text}</p>`;
}
