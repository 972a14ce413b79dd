import type { HostOnMap, LabMap } from '#shared/host/lab-map.ts';
import { escapeHtml } from '#shared/page/escape-html.ts';
import type { Language } from '#shared/page/language.ts';
import { renderPage } from './frame.ts';
import { renderPlaces, renderSteps } from './ladder-shell.ts';
import { WORDS, type Words } from './words.ts';

/** Who writes the sample, by the host of the map that has the account; and to whom. */
const SAMPLE = { host: 'mail-crepes', from: 'alice@crepes.fr', to: 'bob@hamburger.edu' } as const;

/** The page that shows the way of a message, before one is chosen. */
export function renderMailShell(language: Language, map: LabMap): string {
  const words = WORDS[language];
  return renderPage(language, words, {
    path: '/mail',
    title: words.mail.title,
    lead: words.mail.lead,
    styles: ['observatory.css', 'bits.css', 'explain.css', 'ladder.css', 'mail.css'],
    script: 'mail-main.js',
    net: map.net,
    tools: '',
    body: `<main id="mail">
<section id="letters" aria-label="${words.mail.letters}">
${renderSample(map.hosts, words)}
<p id="no-letters" class="cut">${words.mail.none}</p>
<ol id="letter-list"></ol>
</section>
<section id="story" aria-label="${words.explain.ladder}">
<p id="begin" role="status">${words.mail.begin}</p>
<div id="ladder"></div>
</section>
<aside id="details" aria-label="${words.details}" hidden></aside>
${renderSteps(words)}
</main>
${renderPlaces(map)}`,
  });
}

function renderSample(hosts: readonly HostOnMap[], { mail }: Words): string {
  if (!hosts.some(({ name }) => name === SAMPLE.host)) return '';
  const facts = Object.entries({ ...SAMPLE, ...mail.sample }).map(
    ([name, value]) => `data-${name}="${escapeHtml(value)}"`,
  );
  return `<button id="sample" class="button" type="button" title="${mail.sendMeans}" ${facts.join(' ')}>${mail.send}</button>
<p id="trouble" role="status" hidden></p>`;
}
