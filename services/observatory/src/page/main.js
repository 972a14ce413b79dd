import { DetailsView } from './details-view.js';
import { byId } from './element.js';
import { FilterView } from './filter-view.js';
import { followReports } from './follow-reports.js';
import { HostPanel } from './host-panel.js';
import { HostsView, Places } from './hosts-view.js';
import { fill, words } from './language.js';
import { ListView } from './list-view.js';
import { KEPT_MAX, ReportList } from './report-list.js';

/** @import { Filter, Shown } from './report-list.js' */
/** @import { HostsAnswer } from './hosts-view.js' */

/** Pause between two questions about the hosts, in milliseconds. */
const HOSTS_PERIOD_MS = 2_000;
/** How often the line below the list is written, in milliseconds. */
const STATUS_PERIOD_MS = 500;
/** Lab time that is ahead by less than this is not worth a word, in milliseconds. */
const AHEAD_MS_MIN = 1_000;

const places = new Places();
const list = new ReportList((report) =>
  [report.summary, report.kind, report.host, report.because ?? '', report.exchange, places.way(report)]
    .concat([report.from, report.to].map((end) => (end === undefined ? '' : `${end.address}:${end.port}`)))
    .join('\n'),
);
const listBox = byId('list', HTMLElement);
const view = new ListView(listBox, byId('rows', HTMLElement), list, places);
const hosts = new HostsView();
const filters = new FilterView();
const details = new DetailsView(places);
const hostPanel = new HostPanel(places);
const status = byId('status', HTMLElement);
const toNewest = byId('to-newest', HTMLButtonElement);

/** @type {Shown[]} Reports that wait for the next frame. */
let arrived = [];
let frameAsked = false;
let connected = true;
let missed = 0;
/** @type {string | null} */
let reportTrouble = null;
/** Number of the newest report, and how many there were when the rate was last measured. */
let newest = 0;
let rateFrom = { at: performance.now(), newest: 0 };
let perSecond = 0;

/** @param {Partial<Filter>} change */
function refine(change) {
  view.keepPlace(() => list.refine(change));
  showNotices();
  showStatus();
}

function drawFrame() {
  frameAsked = false;
  const batch = arrived;
  arrived = [];
  filters.learn(batch);
  view.render(list.add(batch));
  showNotices();
}

/** @param {Shown} report */
function take(report) {
  // A lower number than the last: the observatory was started again and has forgotten the ones before.
  if (report.seq <= newest) {
    list.clear();
    arrived = [];
    rateFrom = { at: performance.now(), newest: report.seq };
  }
  newest = report.seq;
  arrived.push(report);
  // A page in the background draws no frames.
  if (arrived.length > 2 * KEPT_MAX) arrived = arrived.slice(-KEPT_MAX);
  if (frameAsked) return;
  frameAsked = true;
  requestAnimationFrame(drawFrame);
}

/** @param {boolean} now */
function setConnected(now) {
  connected = now;
  showStatus();
}

function showNotices() {
  const nothing = list.visible.length === 0;
  byId('empty', HTMLElement).hidden = !nothing || list.kept > 0;
  byId('none', HTMLElement).hidden = !nothing || list.kept === 0;
  toNewest.hidden = view.following;
}

function showStatus() {
  const trouble = connected ? reportTrouble : words.disconnected;
  document.body.dataset.trouble = String(trouble !== null);
  const shown = list.visible.length;
  const count = shown === list.kept ? fill(words.held, shown) : fill(words.shown, shown, list.kept);
  const mode = list.paused ? fill(words.paused, list.waiting) : words.live;
  const parts = [mode, count, fill(words.perSecond, perSecond)];
  if (missed > 0) parts.push(fill(words.missed, missed));
  const text = trouble ?? parts.join(' · ');
  if (status.textContent !== text) status.textContent = text;
}

function measureRate() {
  const at = performance.now();
  perSecond = Math.round(((newest - rateFrom.newest) * 1_000) / (at - rateFrom.at));
  rateFrom = { at, newest };
}

async function askHosts() {
  try {
    const response = await fetch('/api/hosts');
    /** @type {HostsAnswer} */
    const answer = await response.json();
    hosts.show(answer);
    hostPanel.labAheadMs = answer.labAheadMs;
    reportTrouble = answer.reportTrouble === null ? null : words.notArriving;
    const ahead = answer.labAheadMs >= AHEAD_MS_MIN ? fill(words.labAhead, durationOf(answer.labAheadMs)) : '';
    byId('clock', HTMLElement).textContent = ahead;
  } catch {
    // The stream says that nobody answers.
  }
  setTimeout(askHosts, HOSTS_PERIOD_MS);
}

/** "2 days 3 hours": the two largest parts that are something. @param {number} ms */
function durationOf(ms) {
  const s = Math.round(ms / 1_000);
  const parts = {
    day: Math.floor(s / 86_400),
    hour: Math.floor(s / 3_600) % 24,
    minute: Math.floor(s / 60) % 60,
    second: s % 60,
  };
  return Object.entries(parts)
    .filter(([, count]) => count > 0)
    .slice(0, 2)
    .map(([unit, count]) =>
      count.toLocaleString(document.documentElement.lang, { style: 'unit', unit, unitDisplay: 'long' }),
    )
    .join(' ');
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape' && details.open) return details.close();
  if (event.key === 'Escape' && hostPanel.open) return hostPanel.close();
  const typing = event.target instanceof HTMLInputElement;
  if (event.key === 'Escape' && typing) return listBox.focus();
  if (typing) return;
  if (event.key === '/') {
    event.preventDefault();
    filters.focusFind();
  } else if (event.key === 'p' || event.key === 'P') {
    filters.pause(!filters.paused);
  } else if (event.key === 'b' || event.key === 'B') {
    details.toggleBits();
  }
}

/** The list is about this host from now on, or about all. @param {string | null} host */
function chooseHost(host) {
  hosts.choose(host);
  hostPanel.show(hosts.buttonOf(host));
  refine({ host });
}

hosts.onChoose = chooseHost;
hostPanel.onClose = () => listBox.focus();
filters.onChange = refine;
filters.onPause = (paused) => {
  view.render(list.pause(paused));
  showNotices();
  showStatus();
};
view.onSelect = (report) => {
  details.show(report);
  showNotices();
};
view.onScroll = showNotices;
details.onClose = () => {
  view.select(null);
  listBox.focus();
};
toNewest.addEventListener('click', () => {
  view.follow();
  showNotices();
  listBox.focus();
});
byId('clear', HTMLButtonElement).addEventListener('click', () => {
  hosts.choose(null);
  hostPanel.show(null);
  list.refine({ host: null });
  filters.clear();
});
document.addEventListener('keydown', onKey);
setInterval(() => {
  measureRate();
  showStatus();
}, STATUS_PERIOD_MS);
followReports('', {
  take,
  miss: (count) => {
    missed += count;
  },
  connect: setConnected,
});
void askHosts();
