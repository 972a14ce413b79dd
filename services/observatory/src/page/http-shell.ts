import type { LabMap } from '#shared/host/lab-map.ts';
import { escapeHtml } from '#shared/page/escape-html.ts';
import type { Language } from '#shared/page/language.ts';
import { httpSpeakers } from '../protocol/http-speakers.ts';
import { renderPage } from './frame.ts';
import { HTTP_EXAMPLES } from './http-examples.ts';
import { WORDS, type Words } from './words.ts';

/** The page on which one types a request and sees what the server says, before anything is said. */
export function renderHttpShell(language: Language, map: LabMap): string {
  const words = WORDS[language];
  return renderPage(language, words, {
    path: '/http',
    title: words.http.title,
    lead: words.http.lead,
    styles: ['observatory.css', 'http.css'],
    script: 'http-main.js',
    net: map.net,
    tools: '',
    body: `<main id="talk">
${renderComposer(language, map, words)}
<section id="said" aria-live="polite"><p id="begin">${words.http.begin}</p></section>
<p id="about"><b>${words.http.about}</b> <span id="about-text">${words.http.aboutNothing}</span></p>
</main>`,
  });
}

function renderComposer(language: Language, map: LabMap, { http }: Words): string {
  const options = httpSpeakers(map.hosts).map(({ name, role, roleKo }) => {
    const said = escapeHtml(language === 'ko' ? roleKo : role);
    return `<option value="${escapeHtml(name)}">${escapeHtml(name)}: ${said}</option>`;
  });
  return `<form id="composer">
<label class="choice">${http.to} <select id="host" name="host">${options.join('')}</select></label>
<label class="typed">${http.request}
<textarea id="request" name="request" spellcheck="false" autocapitalize="none" autocomplete="off" maxlength="60000" required></textarea></label>
<div class="choice">
<fieldset><legend>${http.lineEnds}</legend>
<label><input type="radio" name="ends" value="crlf" checked> ${http.crlf}</label>
<label><input type="radio" name="ends" value="lf"> ${http.lf}</label>
</fieldset>
<button id="send" class="button" type="submit" aria-keyshortcuts="Control+Enter">${http.send}</button>
<span class="keys">${http.keys}</span>
</div>
${Object.keys(HTTP_EXAMPLES)
  .map((group) => renderExamples(group, http))
  .join('\n')}
</form>`;
}

function renderExamples(group: string, http: Words['http']): string {
  const buttons = (HTTP_EXAMPLES[group] ?? []).map(({ key, host, text, bare }) => {
    const data = `data-host="${host}" data-text="${escapeHtml(text)}" data-ends="${bare === true ? 'lf' : 'crlf'}"`;
    return `<button type="button" class="button example" ${data}>${http.examples[key] ?? key}</button>`;
  });
  return `<p class="examples"><span>${http.groups[group] ?? group}</span> ${buttons.join(' ')}</p>`;
}
