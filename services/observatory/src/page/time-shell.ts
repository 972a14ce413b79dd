import type { Words } from './words.ts';

/** Units of the fields, with the number of bits, or of bits per second, that each is. */
const SIZES = { Mbit: 1e6, Gbit: 1e9, MB: 8e6, GB: 8e9, MiB: 8 * 1024 ** 2, GiB: 8 * 1024 ** 3 } as const;
const RATES = { 'kbit/s': 1e3, 'Mbit/s': 1e6, 'Gbit/s': 1e9, 'KiB/s': 8 * 1024, 'MiB/s': 8 * 1024 ** 2 } as const;

/** The calculator of distribution times: what is given on the left, curves in the middle, the formulas with numbers on the right. */
export function renderTime({ p2p: { time } }: Words): string {
  const { fields } = time;
  return `<main id="time" hidden>
<form id="given" class="panel" aria-label="${time.presets}">
<p class="presets">${Object.entries(time.preset)
    .map(([name, text]) => `<button class="button" type="button" data-preset="${name}">${text}</button>`)
    .join(' ')}</p>
${field('file', fields.file, SIZES)}
${field('server', fields.server, RATES)}
${field('upload', fields.upload, RATES, time.noLimit)}
${field('download', fields.download, RATES, time.noLimit)}
<label class="field">${fields.peers}<input name="peers" type="number" min="1" max="100000" step="1" required></label>
<p id="capacity"></p>
<p id="given-trouble" role="status" hidden></p>
<p id="never" class="note">${time.never}</p>
</form>
<section id="curves" class="panel" aria-label="${time.chart}">
<h2>${time.chart}</h2>
<div id="curve-chart"></div>
<label id="peers-line"><input id="peers-range" type="range" min="1" max="1000" aria-label="${fields.peers}"></label>
<p id="plateau"></p>
</section>
<section id="bounds" class="panel" aria-live="polite"></section>
</main>`;
}

function field(name: string, label: string, units: Readonly<Record<string, number>>, none?: string): string {
  const options = Object.entries(units).map(([unit, bits]) => `<option value="${bits}">${unit}</option>`);
  const without =
    none === undefined ? '' : `<label class="none"><input name="${name}-none" type="checkbox"> ${none}</label>`;
  return `<div class="field"><div><label for="given-${name}">${label}</label>${without}</div>
<span><input id="given-${name}" name="${name}" type="number" min="0" step="any" required><select name="${name}-unit" aria-label="${label}">${options.join('')}</select></span></div>`;
}
