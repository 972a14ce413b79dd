import { reasonPhrase } from '#shared/http/status.ts';
import { escapeHtml } from '#shared/page/escape-html.ts';
import type { Language } from '#shared/page/language.ts';
import type { FailureKind, Place } from '../server/origin-failure.ts';
import { STYLE } from './style.ts';
import { type Explanation, FAILURES, LABELS, STATUSES } from './words.ts';

/** What the proxy itself answers. */
export interface Message {
  readonly status: number;
  /** Why, in a sentence without a full stop. */
  readonly because: string;
  /** How the proxy calls itself. */
  readonly proxy: string;
  readonly language: Language;
  /** Which origin it is about, and what went wrong there; absent when it is the request that is wrong. */
  readonly failure?: { readonly kind: FailureKind; readonly place?: Place | undefined } | undefined;
}

/** Longest piece of a name or of a sentence that is shown, in characters: they come from outside. */
const SHOWN_MAX = 400;

/** The page of an answer that is the proxy's own: what happened, where, and what to try. */
export function messagePage(message: Message): string {
  const { status, because, proxy, language } = message;
  const labels = LABELS[language];
  const { headline, meaning, advice } = explain(message);
  const title = `${status} ${reasonPhrase(status)}`;
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(headline)} (${status})</title>
<style>${STYLE}</style>
<main>
<p class="status">${escapeHtml(title)}</p>
<h1>${escapeHtml(headline)}</h1>
${meaning === '' ? '' : `<p>${escapeHtml(meaning)}</p>\n`}${drawWay(message)}
<dl>
${facts(message)}<dt>${labels.happened}</dt><dd lang="en">${escapeHtml(asSentence(because))}</dd>
</dl>
${advice.length === 0 ? '' : `<h2>${labels.advice}</h2>\n<ul>\n${advice.map(item).join('')}</ul>\n`}<footer>${escapeHtml(
    labels.answeredBy.replace('{proxy}', () => proxy),
  )}</footer>
</main>
</html>
`;
}

function explain({ status, language, failure }: Message): Explanation {
  const { kind = 'other', place } = failure ?? {};
  if (kind === 'other' || place === undefined) {
    const headline = STATUSES[status]?.[language] ?? reasonPhrase(status);
    return { headline, meaning: '', advice: [] };
  }
  const host = place.host.slice(0, SHOWN_MAX);
  const named = (text: string) => text.replace('{port}', String(place.port)).replace('{host}', () => host);
  const { headline, meaning, advice } = FAILURES[kind][language];
  return { headline: named(headline), meaning: named(meaning), advice: advice.map(named) };
}

/** The way of the request, with a cross where it ended. */
function drawWay({ language, failure }: Message): string {
  const labels = LABELS[language];
  const ok = '<i class="ok" aria-hidden="true">→</i>';
  const broken = '<i class="broken" aria-hidden="true">✕</i>';
  const box = (text: string) => `<b>${text}</b>`;
  const { kind = 'other' } = failure ?? {};
  const beyond = kind === 'name' ? labels.dns : labels.origin;
  const way =
    kind === 'other' ? [box(labels.you), broken, box(labels.proxy)] : [box(labels.you), ok, box(labels.proxy), broken];
  return `<p class="way">${[...way, ...(kind === 'other' ? [] : [box(beyond)])].join(' ')}</p>`;
}

function facts({ language, failure }: Message): string {
  const { host, address, port } = failure?.place ?? {};
  const labels = LABELS[language];
  const endpoint = address === undefined || port === undefined ? address : `${address}:${port}`;
  return fact(labels.host, host) + fact(labels.address, endpoint);
}

function fact(label: string, value: string | undefined): string {
  return value === undefined ? '' : `<dt>${label}</dt><dd><code>${escapeHtml(value.slice(0, SHOWN_MAX))}</code></dd>\n`;
}

/** A piece of advice; what is to be typed stands between backquotes. */
function item(text: string): string {
  return `<li>${escapeHtml(text).replace(/`([^`]+)`/, '<code>$1</code>')}</li>\n`;
}

function asSentence(because: string): string {
  const text = because.slice(0, SHOWN_MAX);
  // The name of a host keeps its spelling at the beginning of a sentence, too.
  const isName = /^\S*\.\S/.test(text);
  return `${isName ? text : text.charAt(0).toUpperCase() + text.slice(1)}.`;
}
