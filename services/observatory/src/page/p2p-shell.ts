import type { HostOnMap, LabMap } from '#shared/host/lab-map.ts';
import { escapeHtml } from '#shared/page/escape-html.ts';
import type { Language } from '#shared/page/language.ts';
import { renderPage } from './frame.ts';
import { renderTime } from './time-shell.ts';
import { WORDS, type Words } from './words.ts';

/** The page that shows a swarm, and how long the distribution of a file takes, before anything is known of either. */
export function renderP2pShell(language: Language, map: LabMap): string {
  const words = WORDS[language];
  const { p2p } = words;
  return renderPage(language, words, {
    path: '/p2p',
    title: p2p.title,
    lead: p2p.lead,
    styles: ['observatory.css', 'p2p.css', 'swarm.css', 'time.css'],
    script: 'p2p-main.js',
    net: map.net,
    tools: `<nav id="views" aria-label="${p2p.title}"><a href="#swarm" aria-current="true">${p2p.views.swarm}</a><a href="#time">${p2p.views.time}</a></nav>`,
    body: `<main id="swarm">
${renderTools(p2p)}
<section id="pieces" class="panel" aria-label="${p2p.map}">
<header><h2>${p2p.map}</h2><label class="choice">${p2p.torrent} <select id="torrent"></select> <span id="torrent-facts"></span></label></header>
<p id="no-torrent" role="status">${p2p.none}</p>
<div id="map-box"><table id="map"></table></div>
<footer><p id="rarest" role="status"></p><ul id="cell-kinds">${Object.entries(p2p.cellKinds)
      .map(([state, text]) => `<li data-state="${state}">${text}</li>`)
      .join('')}</ul></footer>
</section>
<section id="flow" class="panel" aria-label="${p2p.rates}">
<dl id="figures"></dl>
<div id="chart"></div>
${renderSteps(p2p)}
</section>
<section id="who" class="panel" aria-label="${p2p.graph}">
<div id="graph"></div>
<ul id="legend">${Object.entries(p2p.arrows)
      .map(([kind, text]) => `<li data-kind="${kind}">${text}</li>`)
      .join('')}</ul>
</section>
<section id="told" class="panel" aria-label="${p2p.tabs.why}">
${renderTabs(p2p)}
<div id="tab-panel" role="tabpanel" tabindex="0"></div>
</section>
</main>
${renderTime(words)}
${renderPeers(map)}`,
  });
}

function renderTools(p2p: Words['p2p']): string {
  const options = (texts: Readonly<Record<string, string>>) =>
    Object.entries(texts)
      .map(([value, text]) => `<option value="${value}">${text}</option>`)
      .join('');
  const choice = (id: string, label: string, texts: Readonly<Record<string, string>>) =>
    `<label class="choice">${label} <select id="${id}">${options(texts)}</select></label>`;
  return `<div id="tools">
<button id="again" class="button" type="button" title="${p2p.againMeans}">${p2p.again}</button>
${choice('pick-policy', p2p.pick, p2p.picks)}
${choice('choke-policy', p2p.choke, p2p.chokes)}
${choice('pace', p2p.pace, p2p.paces)}
<p id="trouble" role="status" hidden></p>
</div>`;
}

function renderSteps(p2p: Words['p2p']): string {
  const button = (id: string, text: string, keys: string) =>
    `<button id="${id}" class="button" type="button" aria-keyshortcuts="${keys}">${text}</button>`;
  return `<div id="steps" role="group" aria-label="${p2p.keys}">
${button('replay', `▶ ${p2p.replay}`, 'Space')}
${button('previous', `← ${p2p.previous}`, 'ArrowLeft')}
${button('next', `${p2p.next} →`, 'ArrowRight')}
${button('live', `● ${p2p.live}`, 'Escape')}
<span id="moment" role="status"></span><span class="keys">${p2p.keys}</span>
</div>`;
}

function renderTabs(p2p: Words['p2p']): string {
  const tab = (name: string, text: string) =>
    `<button type="button" role="tab" data-tab="${name}" aria-selected="${name === 'why'}" aria-controls="tab-panel">${text}</button>`;
  return `<div id="tabs" role="tablist">${Object.entries(p2p.tabs)
    .map(([name, text]) => tab(name, text))
    .join('')}</div>`;
}

/** The hosts, for the script: names of all addresses, which of them are peers, and what their configuration says. */
function renderPeers(map: LabMap): string {
  const place = ({ name, address, program, environment }: HostOnMap) => {
    const makes = environment.MAKE_FILE === undefined ? '' : ' data-makes="true"';
    const upload = Number(environment.UPLOAD_BYTES_PER_S ?? 0);
    return `<i data-host="${escapeHtml(name)}" data-address="${escapeHtml(address)}" data-program="${escapeHtml(program ?? '')}" data-upload="${Number.isFinite(upload) ? upload : 0}"${makes}></i>`;
  };
  return `<div id="places" hidden>${map.hosts.map(place).join('')}</div>`;
}
