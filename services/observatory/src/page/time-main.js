import { CurveChart } from './curve-chart.js';
import { byId } from './element.js';
import { fill, words } from './language.js';
import { duration } from './quantities.js';
import { boundsOf, showCapacity, tableOf } from './time-bounds.js';

/** @import { CurvePoint } from '#shared/bittorrent/distribution-time.ts' */
/** @import { Round } from './swarm-rounds.js' */
/** @import { SwarmStory } from './swarm-story.js' */
/** @import { Uploads } from './time-bounds.js' */
/** @import { SwarmHosts } from './swarm-source.js' */
/** @import { PeerState } from './swarm-tables.js' */
/** @typedef {{ points: CurvePoint[], ceiling: number | null }} Answer what GET /api/distribution-time says */
/** @typedef {() => { story: SwarmStory | null, rounds: readonly Round[], states: ReadonlyMap<string, PeerState>, hosts: SwarmHosts }} Lab */
/** @typedef {{ value: number, unit: number } | null} Amount null is no limit */
/** @typedef {{ file: Amount, server: Amount, upload: Amount, download: Amount, peers: number, most: number }} Setting */

/** Rounds that are drawn beside the curves: the last ones. */
const MEASURED_MAX = 4;
/** Points of a curve. */
const POINTS = 120;
/** Numbers of peers in the table. */
const TABLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000];
const TABLE_ROWS = 6;
const MEGABIT = 1e6;
const GIGABIT = 1e9;
const MEBIBYTE = 8 * 1024 ** 2;

/** The textbook's exercise and figure: B 2.5.1 of the notes, with the numbers of J. F. Kurose and K. W. Ross. @type {Record<'exercise' | 'figure', Setting>} */
const PRESETS = {
  exercise: {
    file: { value: 20, unit: GIGABIT },
    server: { value: 30, unit: MEGABIT },
    upload: { value: 0.7, unit: MEGABIT },
    download: { value: 2, unit: MEGABIT },
    ...{ peers: 100, most: 1_000 },
  },
  figure: {
    file: { value: 3.6, unit: GIGABIT },
    server: { value: 10, unit: MEGABIT },
    upload: { value: 1, unit: MEGABIT },
    download: null,
    ...{ peers: 35, most: 35 },
  },
};

/** Opens the calculator; it is drawn when it is first shown. @param {Lab} lab */
export function openCalculator(lab) {
  const calculator = new Calculator(lab);
  return { show: () => calculator.show() };
}

class Calculator {
  #lab;
  #form = byId('given', HTMLFormElement);
  #range = byId('peers-range', HTMLInputElement);
  #chart = new CurveChart();
  #isFilled = false;
  #most = 1_000;
  /** Whether what is given is what the lab is set to: then what was measured belongs to it. */
  #isLab = false;
  /** Counts the questions: an answer that is overtaken is not shown. */
  #asked = 0;

  /** @param {Lab} lab */
  constructor(lab) {
    this.#lab = lab;
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    this.#form.addEventListener('input', () => {
      this.#most = Math.max(this.#most, this.#number('peers'));
      this.#isLab = false;
      void this.#calculate();
    });
    this.#range.addEventListener('input', () => this.#choosePeers(Number(this.#range.value)));
    this.#chart.onChoose = (peers) => this.#choosePeers(peers);
    for (const button of this.#form.querySelectorAll('[data-preset]')) {
      if (!(button instanceof HTMLButtonElement)) continue;
      button.addEventListener('click', () => {
        const { preset = '' } = button.dataset;
        this.#isLab = preset === 'lab';
        this.#fill(this.#preset(preset));
      });
    }
  }

  show() {
    if (this.#isFilled) void this.#calculate();
    else this.#fill(PRESETS.exercise);
  }

  /** @param {number} peers */
  #choosePeers(peers) {
    this.#input('peers').value = String(peers);
    void this.#calculate();
  }

  /** @param {string} name @returns {Setting} */
  #preset(name) {
    if (name === 'figure') return PRESETS.figure;
    return name === 'lab' ? this.#ofLab() : PRESETS.exercise;
  }

  /** The torrent that is shown, and the limits of those who share it. @returns {Setting} */
  #ofLab() {
    const { story, states, hosts } = this.#lab();
    const limitOf = (/** @type {boolean} */ isMaker) => {
      const peer = hosts.peers.find((one) => one.isMaker === isMaker);
      const bytesPerS = states.get(peer?.address ?? '')?.limits?.uploadBytesPerS ?? peer?.configuredUpload ?? 0;
      return bytesPerS === 0 ? null : { value: bytesPerS / 1024 ** 2, unit: MEBIBYTE };
    };
    return {
      file: { value: (story?.torrent.length ?? 4 * 1024 ** 2) / 1024 ** 2, unit: MEBIBYTE },
      server: limitOf(true) ?? { value: 1_000, unit: MEBIBYTE },
      upload: limitOf(false),
      download: null,
      ...{ peers: Math.max(1, hosts.peers.filter(({ isMaker }) => !isMaker).length), most: 16 },
    };
  }

  /** Rounds that ran to their end with the limits of now. */
  #measured() {
    const { rounds, states } = this.#lab();
    const limitOf = (/** @type {string} */ address) => states.get(address)?.limits?.uploadBytesPerS;
    const found = rounds.flatMap(({ number, from, to, isWhole, takers, uploads, policy }) => {
      const isOfNow = uploads.size > 0 && [...uploads].every(([address, limit]) => limit === limitOf(address));
      if (to === null || !isWhole || !isOfNow) return [];
      const seconds = (to - from) / 1_000;
      const picks = /** @type {Readonly<Record<string, string>>} */ (words.p2p.picks);
      const took = policy === null ? duration(seconds) : `${duration(seconds)}, ${picks[policy] ?? policy}`;
      return [{ peers: takers.size, seconds, text: fill(words.p2p.time.measured, number, took) }];
    });
    return found.slice(-MEASURED_MAX);
  }

  /** @param {Setting} setting */
  #fill(setting) {
    this.#isFilled = true;
    this.#most = setting.most;
    for (const name of /** @type {const} */ (['file', 'server', 'upload', 'download'])) {
      const amount = setting[name];
      const none = this.#form.elements.namedItem(`${name}-none`);
      if (none instanceof HTMLInputElement) none.checked = amount === null;
      if (amount === null) continue;
      this.#input(name).value = String(Number(amount.value.toPrecision(6)));
      const unit = this.#form.elements.namedItem(`${name}-unit`);
      if (unit instanceof HTMLSelectElement) unit.value = String(amount.unit);
    }
    this.#input('peers').value = String(setting.peers);
    void this.#calculate();
  }

  /** @param {string} name */
  #input(name) {
    const input = this.#form.elements.namedItem(name);
    if (input instanceof HTMLInputElement) return input;
    throw new Error(`The form has no ${name}`);
  }

  /** @param {string} name */
  #number(name) {
    const number = this.#input(name).valueAsNumber;
    return Number.isFinite(number) ? number : 0;
  }

  /** In bits, or bits per second; null is no limit. @param {string} name */
  #amount(name) {
    const none = this.#form.elements.namedItem(`${name}-none`);
    const hasNone = none instanceof HTMLInputElement && none.checked;
    this.#input(name).disabled = hasNone;
    const unit = this.#form.elements.namedItem(`${name}-unit`);
    return hasNone ? null : this.#number(name) * Number(unit instanceof HTMLSelectElement ? unit.value : 1);
  }

  async #calculate() {
    const peers = this.#number('peers');
    const given = {
      file: this.#amount('file'),
      server: this.#amount('server'),
      upload: this.#amount('upload'),
      download: this.#amount('download'),
    };
    const most = Math.max(2, this.#most, peers);
    const counts = [...new Set([...curveCounts(most), ...tableCounts(most), peers])].toSorted((a, b) => a - b);
    const query = new URLSearchParams({
      ...{ fileSize: String(given.file), serverUpload: String(given.server), counts: counts.join(',') },
      ...(given.upload === null ? {} : { upload: String(given.upload) }),
      ...(given.download === null ? {} : { download: String(given.download) }),
    });
    this.#asked += 1;
    const asked = this.#asked;
    const response = await fetch(`/api/distribution-time?${query}`).catch(() => null);
    const answer = response === null ? { error: words.disconnected } : await response.json();
    if (asked !== this.#asked) return;
    const trouble = byId('given-trouble', HTMLElement);
    trouble.hidden = response?.ok === true;
    trouble.textContent = answer.error ?? '';
    if (response?.ok === true) this.#show(answer, peers, most, { server: given.server ?? 0, upload: given.upload });
  }

  /** @param {Answer} answer @param {number} peers @param {number} most @param {Uploads} given */
  #show({ points, ceiling }, peers, most, given) {
    const { time } = words.p2p;
    const chosen = points.find((point) => point.peers === peers);
    this.#range.max = String(most);
    this.#range.value = String(peers);
    this.#chart.show({ points, peers, most, ceiling, measured: this.#isLab ? this.#measured() : [] });
    byId('plateau', HTMLElement).textContent =
      ceiling === null ? time.plateauNone : fill(time.plateau, duration(ceiling));
    if (chosen !== undefined)
      byId('bounds', HTMLElement).replaceChildren(...boundsOf(chosen), tableOf(points, tableCounts(most), given));
    showCapacity(peers, given);
  }
}

/** Numbers of peers for a curve, from 1 to `most`. @param {number} most */
function curveCounts(most) {
  const count = Math.min(POINTS, most);
  return Array.from({ length: count }, (_, at) => Math.round(1 + ((most - 1) * at) / Math.max(1, count - 1)));
}

/** Round numbers that fit, from 1 to `most`: each ten times the last, or closer where that would be few. @param {number} most */
function tableCounts(most) {
  const fitting = TABLE.filter((count) => count < most);
  const decades = fitting.filter((count) => Number.isInteger(Math.log10(count)));
  const few = decades.length >= 3 ? decades : [1, ...fitting.slice(1).slice(2 - TABLE_ROWS)];
  return [...new Set([...few, most])];
}
