import type { HostOnMap, LabMap } from '#shared/host/lab-map.ts';
import { escapeHtml } from '#shared/page/escape-html.ts';
import type { Language } from '#shared/page/language.ts';
import { PLAN_PARTS, partOf } from '../protocol/address-plan.ts';
import { renderPage } from './frame.ts';
import { rootSentence } from './root-sentence.ts';
import { WORDS, type Words } from './words.ts';

export interface ShellFacts {
  readonly map: LabMap;
}

/** The page as the browser first gets it: all of the frame, the hosts of the map, and no message yet. */
export function renderShell(language: Language, { map }: ShellFacts): string {
  const words = WORDS[language];
  return renderPage(language, words, {
    path: '/',
    title: words.title,
    lead: words.lead,
    styles: ['observatory.css', 'bits.css', 'host-panel.css'],
    script: 'main.js',
    net: map.net,
    tools: renderTools(words),
    body: `<main id="main">
<a class="skip" href="#list">${words.toMessages}</a>
<nav id="hosts" aria-label="${words.hosts}">
<button id="all-hosts" type="button" class="host" aria-pressed="true">
<span class="host-line"><b>${words.allHosts}</b><span id="hosts-up"></span></span>
</button>
${renderHosts(map, language, words)}
<p id="authority"><a href="/ca.crt" download>${words.dns.certificate}</a> ${words.dns.certificateAdvice}</p>
</nav>
<section id="messages" aria-label="${words.messages}">
<div id="protocols" role="group" aria-label="${words.protocols}"></div>
<div id="list-frame">
<div id="list" role="listbox" tabindex="0" aria-label="${words.messages}"><div id="rows"></div></div>
${renderEmpty(map, words)}
<div id="none" class="notice" hidden><h2>${words.noneTitle}</h2><button id="clear" class="button" type="button">${words.clear}</button></div>
<button id="to-newest" type="button" hidden>${words.toNewest} ↓</button>
</div>
<footer><span id="status" role="status"></span><span id="keys">${words.keys}</span></footer>
</section>
<aside id="host-panel" aria-label="${words.dns.label}" hidden></aside>
<aside id="details" aria-label="${words.details}" hidden></aside>
</main>
${MARK_SHAPES}`,
  });
}

function renderTools(words: Words): string {
  return `<p id="clock" role="status"></p>
<form id="filter" role="search">
<input id="find" type="search" placeholder="${words.find}" aria-label="${words.find}" aria-keyshortcuts="/" autocomplete="off" spellcheck="false">
<button id="pause" class="button" type="button" aria-pressed="false" aria-keyshortcuts="p">${words.pause}</button>
</form>`;
}

function renderHosts(map: LabMap, language: Language, words: Words): string {
  const members = Map.groupBy(map.hosts, ({ address }) => partOf(address));
  return PLAN_PARTS.filter((part) => members.has(part))
    .map((part) => {
      const hosts = members.get(part) ?? [];
      const note = part === 'root' ? `<p class="part-note">${rootSentence(map, words)}</p>\n` : '';
      return `<section><h2 class="part">${words.parts[part]}</h2>\n${note}${hosts.map((host) => renderHost(host, language, words)).join('\n')}\n</section>`;
    })
    .join('\n');
}

function renderHost(
  { name, role: inEnglish, roleKo, address, program }: HostOnMap,
  language: Language,
  words: Words,
): string {
  const role = language === 'ko' ? roleKo : inEnglish;
  const mark = program === null ? 'not-asked' : 'asking';
  return `<button type="button" class="host" data-host="${escapeHtml(name)}" data-address="${escapeHtml(address)}" data-role="${escapeHtml(role)}" data-program="${escapeHtml(program ?? '')}" data-mark="${mark}" aria-pressed="false" title="${words.marks[mark]}">
<svg class="mark" role="img" aria-label="${words.marks[mark]}"><use href="#mark-${mark}"/></svg>
<span class="host-line"><b>${escapeHtml(name)}</b><code>${escapeHtml(address)}</code></span>
<span class="role">${escapeHtml(role)}</span>
</button>`;
}

function renderEmpty(map: LabMap, words: Words): string {
  const [dns, dnsPort] = published(map, 'resolver', 53);
  const [web, webPort] = published(map, 'proxy', 3128);
  return `<div id="empty" class="notice">
<h2>${words.emptyTitle}</h2>
<p>${words.emptyName}</p>
<pre><code>dig @${dns} -p ${dnsPort} www.someschool.edu</code></pre>
<p>${words.emptyPage}</p>
<pre><code>curl -x http://${web}:${webPort} http://www.someschool.edu/</code></pre>
<p>${words.emptyThen}</p>
</div>`;
}

/** Where this machine reaches a program's standard port; by the host's own address where nothing is published. */
function published(map: LabMap, program: string, standard: number): readonly [address: string, port: number] {
  const host = map.hosts.find((candidate) => candidate.program === program);
  const port = host?.ports.find((candidate) => candidate.standard === standard);
  return port === undefined ? [host?.address ?? '127.0.0.1', standard] : [port.address, port.published];
}

/** The health marks differ in shape as well as in colour. */
const MARK_SHAPES = `<svg id="marks" aria-hidden="true">
<symbol id="mark-up" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="currentColor"/></symbol>
<symbol id="mark-trouble" viewBox="0 0 16 16"><path d="M8 1.2 15.4 14.6H.6Z" fill="currentColor"/><path d="M8 6v4.2M8 11.6v1.6" stroke="var(--panel)" stroke-width="1.8"/></symbol>
<symbol id="mark-down" viewBox="0 0 16 16"><path d="m2.5 2.5 11 11m0-11-11 11" stroke="currentColor" stroke-width="3.4" stroke-linecap="round"/></symbol>
<symbol id="mark-not-asked" viewBox="0 0 16 16"><path d="M3 8h10" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"/></symbol>
<symbol id="mark-asking" viewBox="0 0 16 16"><circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 2.2"/></symbol>
</svg>`;
