import type { HostOnMap, LabMap } from '#shared/host/lab-map.ts';
import { escapeHtml } from '#shared/page/escape-html.ts';
import type { Words } from './words.ts';

/** The buttons that go along a ladder; hidden until there is one. */
export function renderSteps({ explain }: Words): string {
  const button = (id: string, text: string, keys: string) =>
    `<button id="${id}" class="button" type="button" aria-keyshortcuts="${keys}">${text}</button>`;
  return `<div id="steps" role="group" aria-label="${explain.keys}" hidden>
${button('first', `⇤ ${explain.first}`, 'Home')}
${button('previous', `← ${explain.previous}`, 'ArrowLeft')}
${button('next', `${explain.next} →`, 'ArrowRight')}
${button('all', explain.all, 'End')}
<span id="step-of" role="status"></span><span class="keys">${explain.keys}</span>
</div>`;
}

/** Addresses and names of the hosts, for the script: people read names. */
export function renderPlaces(map: LabMap): string {
  const place = ({ name, address }: HostOnMap) =>
    `<i data-host="${escapeHtml(name)}" data-address="${escapeHtml(address)}"></i>`;
  return `<div id="places" hidden>${map.hosts.map(place).join('')}</div>`;
}
