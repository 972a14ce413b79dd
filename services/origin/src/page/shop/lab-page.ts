import { formatCookieFile } from '#shared/http/cookie-file.ts';
import { type Jar, storeCookie } from '#shared/http/cookie-jar.ts';
import { formatSetCookie, type SetCookie } from '#shared/http/set-cookie.ts';
import { Html, html } from '#shared/page/html.ts';
import { LOG_LINES_MAX, type Visitor } from '../../protocol/shop/visitor.ts';
import { type Facts, shopPage, time, tokenField } from './shell.ts';
import { fillWords, type LabWords, WORDS } from './words.ts';

/** What the page shows beside the row of the visitor. */
export interface LabFacts {
  readonly host: string;
  readonly secure: boolean;
  readonly now: number;
  /** What the shop has asked the browser to keep, with the time of the asking. */
  readonly given: readonly { readonly cookie: SetCookie; readonly at: number }[];
  /** The Cookie line of the request for this page, pair by pair; values that open something are cut. */
  readonly sent: readonly (readonly [name: string, value: string])[];
}

/** The four things that make cookies work, as they are for the visitor who looks, and the log. */
export function labPage(facts: Facts, visitor: Visitor, lab: LabFacts): string {
  const words = WORDS[facts.language];
  const { given, sent } = lab;
  const line = given[0]!.cookie;
  return shopPage(
    facts,
    words.knows,
    html`<h1>${words.knows}</h1><p class="lead">${words.lab.lead}</p>
<section class="panel" id="set-cookie"><h2><i>1</i> ${words.lab.response}</h2><p>${words.lab.responseHint}</p>
<pre>Set-Cookie: <mark>${line.name}=${line.value}</mark>${formatSetCookie(line).slice(line.name.length + line.value.length + 1)}</pre>
${attributes(words.lab, line)}${given.slice(1).map(({ cookie }) => html`<p class="hint">${words.lab.attributes.session}</p><pre>Set-Cookie: ${formatSetCookie(cookie)}</pre>`)}</section>
<section class="panel" id="cookie"><h2><i>2</i> ${words.lab.request}</h2>
${requestLine(words.lab, line, sent)}</section>
<section class="panel" id="jar"><h2><i>3</i> ${words.lab.jar}</h2><p>${words.lab.jarHint}</p>
<pre>${formatCookieFile(jarOf(lab))}</pre></section>
<section class="panel" id="row"><h2><i>4</i> ${words.lab.row}</h2><p>${words.lab.rowHint}</p>
<dl>${rowOf(visitor)}</dl>
<form method="post" action="/lab/forget">${tokenField(facts)}<button class="danger">${words.lab.forget}</button></form><p class="hint">${words.lab.forgetHint}</p></section>
<section class="panel" id="log"><h2>${words.lab.log}</h2><p>${words.lab.logHint}</p>${log(words.lab, visitor)}</section>`,
  );
}

function attributes(words: LabWords, cookie: SetCookie): Html {
  const { attributes: said } = words;
  const row = (name: string, text: string) => html`<tr><th>${name}</th><td>${text}</td></tr>`;
  return html`<table class="attributes">${[
    row(cookie.name, said.value),
    row(`Path=${cookie.path}`, said.path),
    row(`Max-Age=${cookie.maxAgeS}`, said.maxAge),
    row('Expires', said.expires),
    row('HttpOnly', said.httpOnly),
    row(`SameSite=${cookie.sameSite}`, said.sameSite),
    row('Secure', cookie.secure ? said.secure : said.notSecure),
    row('Domain', said.domain),
  ]}</table>`;
}

function requestLine(words: LabWords, { name, value }: SetCookie, sent: LabFacts['sent']): Html {
  if (sent.length === 0) return html`<p>${words.requestWithout}</p>`;
  const isKnown = sent.every(([given, id]) => given !== name || id === value);
  const hint = isKnown ? null : html`<p class="hint">${words.requestUnknown}</p>`;
  return html`<p>${words.requestHint}</p><pre>Cookie: ${cookieLine(name, sent)}</pre>${hint}`;
}

function cookieLine(name: string, sent: LabFacts['sent']): Html {
  const pairs = sent.map(([given, value], index) => {
    const pair = given === name ? html`<mark>${given}=${value}</mark>` : html`${given}=${value}`;
    return index === 0 ? pair : html`; ${pair}`;
  });
  return new Html(pairs.map(({ text }) => text).join(''));
}

/** What a browser has noted of all that the shop has given it: RFC 6265, section 5.3, done once more on this side. */
function jarOf({ host, secure, given }: LabFacts): Jar {
  return given.reduce<Jar>(
    (jar, { cookie, at }) => storeCookie(jar, formatSetCookie(cookie), { host, path: '/', secure }, at).jar,
    [],
  );
}

function rowOf(visitor: Visitor): readonly Html[] {
  const { id, firstSeenAt, lastSeenAt, requests, looks, basket, customer } = visitor;
  const looked = looks.toReversed().map(({ category, item, times }) => `${item ?? category} × ${times}`);
  const field = (name: string, value: Html | string | number) => html`<dt>${name}</dt><dd>${value}</dd>`;
  return [
    field('id', html`<mark>${id}</mark>`),
    field('firstSeenAt', time(firstSeenAt)),
    field('lastSeenAt', time(lastSeenAt)),
    field('requests', requests),
    field('looks', looked.join(', ') || '–'),
    field('basket', basket.map(({ item, count }) => `${item} × ${count}`).join(', ') || '–'),
    field('customer', customer ?? '–'),
  ];
}

function log(words: LabWords, visitor: Visitor): Html {
  const lines = visitor.log
    .toReversed()
    .map(({ at, method, path }) => html`<tr><td>${time(at)}</td><td>${method} ${path}</td></tr>`);
  const lost = visitor.requests - visitor.log.length;
  return html`<table class="log"><tr><th>${words.when}</th><th>${words.page}</th></tr>${lines}</table>
${lost === 0 ? null : html`<p class="hint">${fillWords(words.logLost, { count: lost, max: LOG_LINES_MAX })}</p>`}`;
}
