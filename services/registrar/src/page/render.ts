import { escapeHtml } from '#shared/page/escape-html.ts';
import type { Language } from '#shared/page/language.ts';
import { languageLinks } from '#shared/page/language-links.ts';
import type { Fault } from '../protocol/application.ts';
import type { PublicRegistration, ZoneChange } from '../protocol/registration.ts';
import type { ServerCheck } from '../protocol/server-check.ts';
import type { Refusal } from '../refusal.ts';
import type { Availability, ZoneNow } from '../registrar.ts';
import { renderChecks, renderTrouble, renderZone } from './render-zone.ts';
import { fillWords, WORDS, type Words } from './words.ts';

/** What a person has typed: shown again when it is refused. */
export type Typed = Readonly<Record<string, string>>;

/** What the first page says, besides its forms. */
export interface HomeFacts {
  /** The first two numbers of the lab's addresses. */
  readonly net: string;
  readonly tlds: readonly string[];
  readonly typed?: Typed;
  readonly availability?: Availability;
  readonly refusal?: Refusal;
}

/** The first page: is a name free, and the application for one. */
export function renderHome(language: Language, { net, tlds, typed = {}, availability, refusal }: HomeFacts): string {
  const words = WORDS[language];
  const lead = fillWords(words.lead, { detail: tlds.map((tld) => `.${tld}`).join(' ') });
  return page(
    language,
    words.title,
    `<p class="lead">${escapeHtml(lead)}</p>
<form method="get" action="/" class="card" role="search">
<h2>${words.check}</h2>
<div class="line">${input('name', words.name, typed, 'networkutopia.com', [], words)}<button>${words.checkButton}</button></div>
${availability === undefined ? '' : renderAvailability(words, availability)}
</form>
<form method="post" action="/register" class="card">
<h2>${words.register}</h2>
<p>${words.registerHint}</p>
${renderRefusal(words, refusal)}
${input('name', words.name, typed, 'networkutopia.com', refusal?.faults ?? [], words)}
${particulars(words, net, typed, refusal?.faults ?? [])}
<button>${words.registerButton}</button>
</form>`,
  );
}

function renderAvailability(words: Words, availability: Availability): string {
  // The name has no other place here for its faults.
  if (!availability.available) return renderRefusal(words, availability.refusal, availability.refusal.faults);
  return `<p class="good" role="status">${escapeHtml(fillWords(words.free, availability))}</p>`;
}

/** What was done with a registration, and what its zone has since then. */
export interface DoneFacts {
  readonly net: string;
  readonly registration: PublicRegistration;
  readonly checks: readonly ServerCheck[];
  readonly zone: { readonly now: ZoneNow; readonly change: ZoneChange | null };
}

/** A new registration with its secret. */
export function renderRegistered(language: Language, done: DoneFacts, secret: string): string {
  const words = WORDS[language];
  const { registration, checks, zone } = done;
  const { name } = registration;
  return page(
    language,
    fillWords(words.registered, { name }),
    `<section class="card">
<h2>${escapeHtml(fillWords(words.registered, { name }))}</h2>
<p class="good" role="status">${words.keepSecret}</p>
<p><b>${words.secret}</b> <code class="secret">${escapeHtml(secret)}</code></p>
${facts(words, registration)}
${checks.length === 0 ? `<p>${words.checksSkipped}</p>` : renderChecks(words, name, checks)}
<p><a href="/names/${escapeHtml(name)}">${words.look}</a></p>
</section>
${renderZone(language, { name, ...zone })}`,
  );
}

export interface RegistrationFacts extends DoneFacts {
  readonly typed?: Typed;
  readonly refusal?: Refusal;
  /** Said above everything: that a change is done. */
  readonly done?: string;
}

/** A registration, and what its holder may do with it. */
export function renderRegistration(
  language: Language,
  { net, registration, checks, zone, typed, refusal, done }: RegistrationFacts,
): string {
  const words = WORDS[language];
  const { name, status } = registration;
  const path = `/names/${escapeHtml(name)}`;
  const said = done === undefined ? '' : `<p class="good" role="status">${escapeHtml(done)}</p>`;
  const secret = `<label>${words.secret}<input name="secret" type="password" autocomplete="off" required></label>`;
  const change = `<form method="post" action="${path}/change" class="card">
<h2>${words.change}</h2>
${particulars(words, net, typed ?? typedOf(registration), refusal?.faults ?? [])}
${secret}
<button>${words.changeButton}</button>
</form>`;
  return page(
    language,
    name,
    `${said}${renderRefusal(words, refusal)}
<section class="card"><h2>${escapeHtml(name)}</h2>
${facts(words, registration)}
${checks.length === 0 ? '' : renderChecks(words, name, checks)}</section>
${renderZone(language, { name, ...zone })}
${status === 'pendingDelete' ? '' : change}
<form method="post" action="${path}/delete" class="card">
<h2>${words.remove}</h2>
${secret}
<button class="danger">${words.removeButton}</button>
</form>`,
  );
}

/** A page that only says one thing. */
export function renderMessage(language: Language, kind: 'good' | 'bad', text: string): string {
  const { title, home } = WORDS[language];
  return page(
    language,
    title,
    `<section class="card"><p class="${kind}" role="status">${escapeHtml(text)}</p>
<p><a href="/">${home}</a></p></section>`,
  );
}

function facts(words: Words, registration: PublicRegistration): string {
  const servers = registration.nameServers.map(
    ({ name, address }) => `${escapeHtml(name)} <code>${escapeHtml(address)}</code>`,
  );
  const time = (text: string) => `<time datetime="${text}">${text.slice(0, 19).replace('T', ' ')} UTC</time>`;
  return `<dl>
<dt>${words.status}</dt><dd><b class="status ${registration.status}">${registration.status}</b><br>${words.statuses[registration.status]}${renderTrouble(words, registration)}</dd>
${registration.registrant === '' ? '' : `<dt>${words.registrant.replace(/ \(.*/, '')}</dt><dd>${escapeHtml(registration.registrant)}</dd>`}
<dt>${words.nameServers}</dt><dd>${servers.join('<br>')}</dd>
<dt>${words.createdAt}</dt><dd>${time(registration.createdAt)}</dd>
${registration.changedAt === registration.createdAt ? '' : `<dt>${words.changedAt}</dt><dd>${time(registration.changedAt)}</dd>`}
</dl>`;
}

/** The fields of a form that say who holds the name and who serves it. */
function particulars(words: Words, net: string, typed: Typed, faults: readonly Fault[]): string {
  const server = (index: number, legend: string) => `<fieldset>
<legend>${legend}</legend>
<div class="line">
${input(`server${index}`, words.serverName, typed, `dns${index + 1}.networkutopia.com`, [], words)}
${input(`address${index}`, words.serverAddress, typed, `${net}.3.${index + 1}`, [], words)}
</div>
${renderFaults(faults, `nameServers.${index}`, words)}
</fieldset>`;
  return `${server(0, words.primary)}
${server(1, words.secondary)}
${renderFaults(faults, 'nameServers', words)}
${input('registrant', words.registrant, typed, '', faults, words)}
<label class="choice"><input type="checkbox" name="skipServerCheck" value="yes"${typed.skipServerCheck === 'yes' ? ' checked' : ''}> ${words.skip}</label>
<p class="hint">${words.skipHint}</p>`;
}

function input(
  name: string,
  label: string,
  typed: Typed,
  example: string,
  faults: readonly Fault[],
  words: Words,
): string {
  const value = escapeHtml(typed[name] ?? '');
  const isWrong = faults.some(({ field }) => field === name) ? ' aria-invalid="true"' : '';
  return `<label>${label}<input name="${name}" value="${value}" placeholder="${example}" autocomplete="off" autocapitalize="none" spellcheck="false"${isWrong}>${renderFaults(faults, name, words)}</label>`;
}

function renderRefusal(words: Words, refusal: Refusal | undefined, faults: readonly Fault[] = []): string {
  if (refusal === undefined) return '';
  const said = faults.length > 0 ? '' : escapeHtml(fillWords(words.refusals[refusal.code], refusal.about));
  const checks = refusal.checks.length === 0 ? '' : renderChecks(words, refusal.about.name, refusal.checks);
  return `<div class="bad" role="alert">${said}${renderFaults(faults, 'name', words)}${checks}</div>`;
}

function renderFaults(faults: readonly Fault[], field: string, words: Words): string {
  return faults
    .filter((fault) => fault.field === field)
    .map((fault) => `<span class="fault">${escapeHtml(fillWords(words.faults[fault.code], { ...fault }))}</span>`)
    .join('');
}

function typedOf({ registrant, nameServers }: PublicRegistration): Typed {
  const servers = nameServers.flatMap(({ name, address }, index) => [
    [`server${index}`, name],
    [`address${index}`, address],
  ]);
  return Object.fromEntries([['registrant', registrant], ...servers]);
}

function page(language: Language, title: string, body: string): string {
  const words = WORDS[language];
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · Topdown</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page/registrar.css">
</head>
<body>
<header><h1><a href="/" title="${words.home}">Topdown <span>${words.title}</span></a></h1><nav aria-label="Language, 언어">${languageLinks('/', language)}</nav></header>
<main>
${body}
</main>
</body>
</html>
`;
}
