/** The frame of every page: who is logged in, the folders, and the switch of languages. Plain HTML that needs no script. */

import { type Html, html } from '#shared/page/html.ts';
import type { Language } from '#shared/page/language.ts';
import { htmlDocument, languageSwitch } from './document.ts';
import { folderPath } from './paths.ts';
import { fill, WORDS } from './words.ts';

/** What every page knows. */
export interface PageContext {
  readonly language: Language;
  readonly domain: string;
  readonly mailHost: string;
  /** Where this page is, for the switch of languages. */
  readonly path: string;
  /** Null before log-in. */
  readonly user: {
    readonly address: string;
    readonly formToken: string;
    readonly tree: readonly FolderNode[];
    /** The folder, or the path of the page, that is marked. */
    readonly current: string;
    /** What was known of the mailboxes when the page was made: a stream of news that begins with another one has some. */
    readonly state: string;
  } | null;
}

/** A folder in the tree. */
export interface FolderNode {
  /** As IMAP has it. */
  readonly name: string;
  readonly title: string;
  readonly depth: number;
  readonly use: 'inbox' | 'sent' | 'drafts' | 'trash' | 'junk' | null;
  /** Null where it was not counted. */
  readonly total: number | null;
  readonly unseen: number | null;
}

/** Levels of the tree that are set further in; deeper ones are not. */
const DEPTH_SHOWN_MAX = 6;

/** @param isWide whether the page needs the room of the folders. */
export function page(context: PageContext, title: string, main: Html, isWide = false): string {
  const { language, domain, user } = context;
  const words = WORDS[language];
  const head = html`<meta name="referrer" content="same-origin">
<link rel="icon" href="/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/webmail.css">
<script src="/webmail.js" type="module"></script>`;
  const state = user === null ? null : html` data-state="${user.state}"`;
  const attributes = html` data-time-styles="${JSON.stringify(TIME_STYLES)}"${state}`;
  const body = html`<header class="bar"><div>
  <a class="brand" href="/">${domain} <span>${words.mail}</span></a>
  ${user === null ? null : html`<span class="who">${user.address}</span>`}
  ${languageSwitch(language, context.path)}
  ${user === null ? null : html`<form method="post" action="/logout">${token(context)}<button class="link">${words.logOut}</button></form>`}
</div></header>
<div class="desk${user === null ? ' alone' : isWide ? ' wide' : ''}">
${user === null || isWide ? null : sidebar(context)}
<main id="main">${main}</main>
</div>
<footer><p>${words.howItWorks}</p><p>${context.mailHost} · <a href="/mail-and-web">${words.mailAndWeb}</a></p></footer>`;
  return htmlDocument({ language, title, owner: domain, head, attributes, skip: words.skip, body });
}

function sidebar({ language, user }: PageContext): Html {
  const words = WORDS[language];
  const current = user?.current ?? '';
  const mark = (name: string) => (name === current ? html` aria-current="page"` : null);
  return html`<nav class="side" aria-label="${words.folders}">
  <a class="button" href="/compose">${words.compose}</a>
  <ul id="tree">
  ${(user?.tree ?? []).map(
    (
      node,
    ) => html`<li class="depth-${Math.min(node.depth, DEPTH_SHOWN_MAX)}"><a href="${folderPath(node.name)}" data-folder="${folderPath(node.name)}"${mark(node.name)}>
    <span>${node.title}</span>${counts(node, language)}</a></li>`,
  )}
  </ul>
  <a class="quiet" href="/folders"${mark('/folders')}>${words.manageFolders}</a>
</nav>`;
}

function counts({ unseen, total }: FolderNode, language: Language): Html | null {
  if (total === null) return null;
  const words = WORDS[language];
  const title = `${fill(words.messageCount, { count: total })}, ${fill(words.unreadCount, { count: unseen ?? 0 })}`;
  return html`<span class="count" title="${title}">${(unseen ?? 0) > 0 ? html`<b>${unseen}</b><i>/</i>` : null}<span>${total}</span></span>`;
}

/** What every form carries: no page of elsewhere knows it. */
export function token({ user }: PageContext): Html | null {
  return user === null ? null : html`<input type="hidden" name="token" value="${user.formToken}">`;
}

export function field(label: string, input: Html, hint?: string): Html {
  return html`<label class="field"><span>${label}</span>${input}${hint === undefined ? null : html`<small>${hint}</small>`}</label>`;
}

export function alarm(sentence: string | null): Html | null {
  return sentence === null ? null : html`<p class="alarm" role="alert">${sentence}</p>`;
}

/** How times are written. The script of the page reads the same ones, and writes them in the zone of the browser. */
const TIME_STYLES = {
  full: { year: 'numeric', month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short' },
  clock: { hour: 'numeric', minute: '2-digit', second: '2-digit', timeZoneName: 'short' },
  due: { dateStyle: 'medium', timeStyle: 'long' },
  row: { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' },
  /** A row of another year. */
  rowOfYear: { year: 'numeric', month: 'short', day: 'numeric' },
} as const satisfies Readonly<Record<string, Intl.DateTimeFormatOptions>>;
type TimeStyle = keyof typeof TIME_STYLES;

/** A time as its reader writes it, in UTC: only the browser knows the zone of its reader. */
export function time(ms: number, language: Language, style: TimeStyle = 'full'): Html {
  const text = (one: TimeStyle) =>
    new Intl.DateTimeFormat(language, { ...TIME_STYLES[one], timeZone: 'UTC' }).format(ms);
  return html`<time datetime="${new Date(ms).toISOString()}" data-style="${style}" title="${text('full')}">${text(style)}</time>`;
}

/** The style of a row in a list that is looked at `now`. */
export function rowStyle(ms: number, now: number): TimeStyle {
  return new Date(ms).getUTCFullYear() === new Date(now).getUTCFullYear() ? 'row' : 'rowOfYear';
}

/** `1.2 kB`: as file managers write sizes. */
export function size(octets: number): string {
  if (octets < 1000) return `${octets} B`;
  const power = Math.min(3, Math.floor(Math.log10(octets) / 3));
  const value = octets / 1000 ** power;
  return `${value >= 100 ? Math.round(value) : value.toFixed(1)} ${['B', 'kB', 'MB', 'GB'][power]}`;
}

export function number(value: number, language: Language): string {
  return new Intl.NumberFormat(language).format(value);
}
