import type { LabMap } from '#shared/host/lab-map.ts';
import { escapeHtml } from '#shared/page/escape-html.ts';
import type { Language } from '#shared/page/language.ts';
import { renderPage } from './frame.ts';
import { renderPlaces, renderSteps } from './ladder-shell.ts';
import { rootSentence } from './root-sentence.ts';
import { WORDS, type Words } from './words.ts';

/** Questions that show something each: three steps, an intermediate server, a set of addresses, a mail server, no such name. */
const EXAMPLES = [
  ['www.amazon.com', 'A'],
  ['gaia.cs.umass.edu', 'A'],
  ['cnn.com', 'A'],
  ['foo.com', 'MX'],
  ['nowhere.cnn.com', 'A'],
] as const;
/** Types that are offered; any other may be typed. */
const TYPES = ['A', 'AAAA', 'NS', 'CNAME', 'MX', 'TXT', 'SOA', 'PTR', 'SRV', 'ANY'] as const;

/** The page that explains how a name is found, before anything is asked. */
export function renderExplainShell(language: Language, map: LabMap): string {
  const words = WORDS[language];
  return renderPage(language, words, {
    path: '/explain',
    title: words.explain.title,
    lead: words.explain.lead,
    styles: ['observatory.css', 'bits.css', 'explain.css', 'ladder.css'],
    script: 'explain-main.js',
    net: map.net,
    tools: '',
    body: `<main id="explain">
${renderForm(map, words)}
<section id="story" aria-label="${words.explain.ladder}">
<p id="begin" role="status">${words.explain.begin}</p>
<div id="ladder"></div>
<div id="result" role="status" hidden></div>
<p id="roots">${rootSentence(map, words)}</p>
</section>
<aside id="detail" aria-label="${words.explain.detail}" hidden></aside>
${renderSteps(words)}
</main>
${renderPlaces(map)}`,
  });
}

function renderForm(map: LabMap, { explain }: Words): string {
  const resolvers = map.hosts.filter(({ program }) => program === 'resolver');
  const options = resolvers.map(
    ({ name, address }) =>
      `<option value="${escapeHtml(name)}" data-address="${escapeHtml(address)}">${escapeHtml(name)}</option>`,
  );
  const examples = EXAMPLES.map(
    ([name, type]) =>
      `<button type="button" class="button" data-name="${name}" data-type="${type}">${name}${type === 'A' ? '' : ` ${type}`}</button>`,
  );
  return `<form id="question">
<div class="asked">
<label>${explain.name} <input id="name" name="name" required maxlength="1000" autocomplete="off" autocapitalize="none" spellcheck="false" value="www.amazon.com"></label>
<label>${explain.type} <input id="type" name="type" list="types" maxlength="20" autocomplete="off" spellcheck="false" value="A"></label>
<datalist id="types">${TYPES.map((type) => `<option value="${type}">`).join('')}</datalist>
<label>${explain.server} <select id="server" name="server">${options.join('')}</select></label>
</div>
<fieldset><legend class="unseen">${explain.how}</legend>
<label><input type="radio" name="how" value="explain" checked> <b class="means">${explain.explain}</b> <span>${explain.explainMeans}</span></label>
<label><input type="radio" name="how" value="walk"> <b class="means">${explain.walk}</b> <span>${explain.walkMeans}</span></label>
</fieldset>
<button id="ask" class="button" type="submit">${explain.ask}</button>
<p class="examples">${explain.examples}: ${examples.join(' ')}</p>
</form>`;
}
