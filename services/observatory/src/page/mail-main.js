import { DetailsView } from './details-view.js';
import { byId, element } from './element.js';
import { rounded } from './explain-drawing.js';
import { followReports } from './follow-reports.js';
import { tellHost } from './host-api.js';
import { Places } from './hosts-view.js';
import { LadderSteps } from './ladder-steps.js';
import { LadderView } from './ladder-view.js';
import { fill, words } from './language.js';
import { lettersOf, wayOf } from './mail-way.js';

/** @import { Drawing } from './ladder-view.js' */
/** @import { Letter, Way } from './mail-way.js' */
/** @import { Shown } from './report-list.js' */

/** Reports of mail servers that are looked at; older ones go. */
const REPORTS_MAX = 5_000;
/** Messages that are listed. */
const LETTERS_MAX = 100;
/** Pause before what is shown is drawn again, in milliseconds: reports come in crowds. */
const SETTLE_MS = 150;
/** From here on times are told in seconds, in milliseconds. */
const SECONDS_MS_MIN = 10_000;

const places = new Places();
const view = new LadderView();
const steps = new LadderSteps(view);
const details = new DetailsView(places);
const list = byId('letter-list', HTMLOListElement);
const begin = byId('begin', HTMLElement);

/** @type {Shown[]} */
let reports = [];
/** @type {string | null} The letter whose way is shown. */
let chosen = null;
/** @type {Way | null} */
let shown = null;
/** Whether what came is about to be drawn. */
let isSettling = false;

/** @param {Shown} report */
function take(report) {
  // A lower number than the last: the observatory was started again and counts anew.
  if (report.seq <= (reports.at(-1)?.seq ?? 0)) reports = [];
  reports.push(report);
  if (reports.length > REPORTS_MAX) reports.shift();
  settleSoon();
}

function settleSoon() {
  if (isSettling) return;
  isSettling = true;
  setTimeout(settle, SETTLE_MS);
}

function settle() {
  isSettling = false;
  const letters = lettersOf(reports).slice(0, LETTERS_MAX);
  list.replaceChildren(...letters.map(itemOf));
  byId('no-letters', HTMLElement).hidden = letters.length > 0;
  const current = letters.find(({ id }) => id === chosen);
  if (current !== undefined) void showWay(current);
}

/** @param {Letter} letter */
function itemOf(letter) {
  const { id, subject, from, to, state } = letter;
  const mark = element('span', 'state', words.mail.states[state]);
  mark.dataset.state = state;
  const button = element(
    'button',
    'letter',
    element('b', '', subject === '' ? words.mail.noSubject : subject),
    mark,
    element('span', 'ends', fill(words.mail.hops, from === '' ? '<>' : from, to)),
  );
  button.type = 'button';
  button.dataset.letter = id;
  button.setAttribute('aria-pressed', String(id === chosen));
  button.addEventListener('click', () => {
    choose(id);
    details.close();
    void showWay(letter);
  });
  return element('li', '', button);
}

/** @param {string} id */
function choose(id) {
  chosen = id;
  for (const button of list.querySelectorAll('button'))
    button.setAttribute('aria-pressed', String(button.dataset.letter === id));
}

/** Draws the way as far as it is known; who walks along it stays where they are. @param {Letter} letter */
async function showWay({ id, exchange }) {
  const response = await fetch(`/api/exchanges/${encodeURIComponent(exchange)}`).catch(() => null);
  const chain = response?.ok ? (await response.json()).chain : [];
  if (chosen !== id) return;
  const way = wayOf(chain, (address) => places.name(address));
  const isSame =
    shown !== null &&
    shown.rungs.length === way.rungs.length &&
    shown.rungs[0]?.report.seq === way.rungs[0]?.report.seq;
  if (isSame) return;
  shown = way;
  begin.hidden = way.rungs.length > 0;
  begin.textContent = words.mail.gone;
  const at = view.current;
  view.show(drawingOf(way));
  if (at >= 0) view.upTo(at);
  if (way.rungs.length > 0) steps.show();
  else steps.hide();
}

/** @param {Way} way @returns {Drawing} */
function drawingOf({ columns, rungs }) {
  const begun = rungs[0]?.report.at ?? 0;
  return {
    heads: columns.map(({ place, name }) => ({ place, title: words.mail.columns[place], name, code: '' })),
    rungs: rungs.map(({ kind, from, to, isHit, because = '', report }) => ({
      kind,
      from,
      to,
      isHit,
      because,
      text: sayingOf(report),
      when: sinceOf(report.at - begun),
      depth: 0,
    })),
  };
}

/** What a rung says: the line itself, or a decision in a few words. @param {Shown} report */
function sayingOf({ kind, summary }) {
  const decision = kind.startsWith('mail.') ? words.mail.decisions[kind.slice('mail.'.length)] : undefined;
  return decision ?? summary;
}

/** @param {number} ms */
function sinceOf(ms) {
  return ms < SECONDS_MS_MIN ? `+${rounded(ms)} ms` : `+${rounded(ms / 1000)} s`;
}

/** Sends the sample, and shows its way. @param {HTMLButtonElement} button */
async function sendSample(button) {
  const { host = '', from, to, subject, text } = button.dataset;
  const trouble = byId('trouble', HTMLElement);
  button.disabled = true;
  button.textContent = words.mail.sending;
  const answer = await tellHost(host, 'send', { from, to: [to], subject, text });
  button.disabled = false;
  button.textContent = words.mail.send;
  trouble.hidden = typeof answer.messageId === 'string';
  trouble.textContent = fill(words.mail.sendFailed, answer.error ?? words.disconnected);
  if (typeof answer.messageId !== 'string') return;
  details.close();
  choose(answer.messageId);
  settleSoon();
}

steps.onStep = (index) => {
  const rung = shown?.rungs[index];
  if (rung === undefined) details.close();
  else details.show(rung.report);
};
const sample = document.getElementById('sample');
if (sample instanceof HTMLButtonElement) sample.addEventListener('click', () => void sendSample(sample));
followReports('mail', { take });
