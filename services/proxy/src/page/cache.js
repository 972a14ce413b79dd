// The page of the cache in a browser: asks for its figures every other second, and lets each age run on in between.

/** @typedef {import('../server/cache-view.ts').CacheView} CacheView */
/** @typedef {import('../server/cache-view.ts').ShownEntry} ShownEntry */
/** @typedef {import('./cache-words.ts').CacheWords} CacheWords */

/** Entries on one page, and how often they are asked for, in milliseconds. */
const ENTRIES = 25;
const ASK_MS = 2_000;
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** @param {string} id */
const place = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const button = (id) => /** @type {HTMLButtonElement} */ (place(id));
const words = /** @type {CacheWords} */ (JSON.parse(place('words').textContent ?? ''));
const body = /** @type {HTMLElement} */ (document.querySelector('tbody'));

/** @type {CacheView | undefined} */
let view;
let seenAt = 0;
let from = 0;

/** @param {string} text @param {Record<string, string | number>} values */
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_all, name) => String(values[name]));
}

/** @param {keyof HTMLElementTagNameMap} tag @param {string} className @param {...(Node | string)} contents */
function make(tag, className, ...contents) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...contents);
  return element;
}

/** @param {number} value @param {number} max */
function bar(value, max) {
  const progress = document.createElement('progress');
  progress.max = Math.max(1, max);
  progress.value = Math.min(value, progress.max);
  return progress;
}

/** @param {number} octets */
function size(octets) {
  const unit = octets < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(octets) / 3));
  const value = octets / 1000 ** unit;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** @param {number} seconds */
function time(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const days = Math.floor(whole / 86_400);
  const [hours, minutes, rest] = [Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60];
  const clock = [hours, minutes, rest].map((part) => String(part).padStart(2, '0'));
  if (days > 0) return `${days} d ${clock.slice(0, 2).join(':')}`;
  return hours > 0 ? clock.join(':') : `${minutes}:${clock[2]}`;
}

/** @param {string} label @param {string} value @param {...(Node | string)} more */
function figure(label, value, ...more) {
  return make('div', 'figure', make('span', '', label), make('b', '', value), ...more);
}

/** @param {CacheView} now */
function figures({ counters, memory, octetsMax, onDisk, disk }) {
  const { hits = 0, confirmed = 0, misses = 0, replaced = 0, stale = 0 } = counters;
  const { octetsToClients = 0, octetsFromOrigins = 0 } = counters;
  // What was asked of the proxy itself is neither a hit nor a miss.
  const requests = hits + confirmed + misses + replaced + stale;
  const hint = (/** @type {string} */ text) => make('span', '', text);
  const share = requests === 0 ? '–' : `${Math.round((100 * hits) / requests)} %`;
  const used = `${size(memory.octets)} / ${size(octetsMax)}`;
  return [
    figure(words.hits, share, hint(fill(words.hitsHint, { requests }))),
    figure(words.confirmed, String(confirmed)),
    figure(words.misses, String(misses + replaced)),
    figure(words.saved, size(octetsToClients), hint(fill(words.savedHint, { octets: size(octetsFromOrigins) }))),
    figure(words.memory, size(memory.octets), bar(memory.octets, octetsMax), hint(used)),
    onDisk === null
      ? figure(words.disk, words.diskNone)
      : figure(
          words.disk,
          fill(words.entries, { count: onDisk.entries }),
          bar(onDisk.octets, onDisk.octetsMax),
          hint(`${size(onDisk.octets)} / ${size(onDisk.octetsMax)} · ${fill(words.made, { count: disk.evicted })}`),
        ),
  ];
}

/** @param {ShownEntry} entry */
function variant({ selecting, part, octets, status }) {
  const fields = Object.entries(selecting).map(([field, value]) =>
    value === null ? fill(words.without, { field }) : `${field}: ${value}`,
  );
  return [
    status === 200 ? [] : [String(status)],
    fields.length === 0 ? [] : [fill(words.when, { fields: fields.join(', ') })],
    part === null ? [] : [fill(words.part, { ...part, last: part.first + (octets ?? 0) - 1 })],
  ].flat();
}

/** A URL that breaks behind its slashes; that it is of the Web goes without saying. @param {string} url */
function breakable(url) {
  const parts = url.replace(/^http:\/\//, '').split(/(?<=\/)/);
  return parts.flatMap((part, at) => (at === 0 ? [part] : [document.createElement('wbr'), part]));
}

/** @param {ShownEntry} entry */
function validators({ etag, lastModified }) {
  const language = document.documentElement.lang;
  const modified = lastModified === null ? null : new Date(lastModified).toLocaleString(language);
  const lines = [etag, modified].filter((text) => text !== null);
  return (lines.length === 0 ? [words.none] : lines).map((text) => {
    const line = make('span', '', text);
    line.title = text;
    return line;
  });
}

/** @param {ShownEntry} entry */
function row(entry) {
  const object = make(
    'td',
    'object',
    ...breakable(entry.key),
    ...variant(entry).map((text) => make('small', '', text)),
  );
  const purge = make('button', '', words.purge);
  purge.addEventListener('click', () => act('purge', { url: entry.key }));
  const made = make(
    'tr',
    '',
    object,
    make('td', 'state'),
    make('td', 'age', make('span', ''), bar(0, entry.lifetimeS)),
    make('td', 'why', entry.because),
    make('td', 'validators', ...validators(entry)),
    make('td', 'uses', String(entry.uses)),
    make('td', 'size', entry.octets === null ? '…' : size(entry.octets)),
    make('td', 'tier', words.tiers[entry.tier] ?? entry.tier),
    make('td', '', purge),
  );
  made.dataset.ageS = String(entry.ageS);
  made.dataset.lifetimeS = String(entry.lifetimeS);
  return made;
}

/** Lets ages run on from when they were told. */
function tick() {
  const sinceS = (performance.now() - seenAt) / 1000;
  for (const line of body.querySelectorAll('tr')) {
    if (line.dataset.ageS === undefined) continue;
    const age = Number(line.dataset.ageS) + sinceS;
    const lifetime = Number(line.dataset.lifetimeS);
    const isFresh = lifetime > age;
    line.className = isFresh ? 'fresh' : 'stale';
    const [state, shown] = [line.querySelector('.state'), line.querySelector('.age span')];
    const left = fill(isFresh ? words.freshFor : words.staleSince, { time: time(Math.abs(lifetime - age)) });
    if (state) state.textContent = left;
    if (shown) shown.textContent = `${time(age)} / ${time(lifetime)}`;
    const progress = line.querySelector('progress');
    if (progress) progress.value = Math.min(age, progress.max);
  }
}

/** @param {CacheView} now */
function show(now) {
  view = now;
  seenAt = performance.now();
  place('figures').replaceChildren(...figures(now));
  for (const choice of place('mode').querySelectorAll('button')) {
    choice.setAttribute('aria-pressed', String(choice.value === now.mode));
  }
  const empty = document.createElement('td');
  empty.colSpan = 9;
  empty.className = 'empty';
  empty.textContent = words.empty;
  body.replaceChildren(...(now.stored.length === 0 ? [make('tr', '', empty)] : now.stored.map(row)));
  const last = now.from + now.stored.length;
  place('place').textContent =
    now.total === 0 ? '' : fill(words.place, { first: now.from + 1, last, total: now.total });
  button('newer').disabled = now.from === 0;
  button('older').disabled = last >= now.total;
  button('purge-all').disabled = now.total === 0;
  trouble(now.onDisk?.trouble ?? null);
  tick();
}

/** @param {string | null} text */
function trouble(text) {
  place('trouble').hidden = text === null;
  place('trouble').textContent = text ?? '';
}

async function look() {
  try {
    const answer = await fetch(`/cache.json?from=${from}&count=${ENTRIES}`);
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.json());
  } catch {
    trouble(words.trouble);
  }
}

/** @param {'purge' | 'mode'} action @param {object} input */
async function act(action, input) {
  const answer = await fetch(`/cache/${action}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(input),
  });
  const { purged } = await answer.json();
  place('done').textContent = purged === undefined ? '' : fill(words.purged, { count: purged });
  await look();
}

place('mode').addEventListener('click', ({ target }) => {
  const choice = target instanceof Element ? target.closest('button') : null;
  if (choice !== null) void act('mode', { mode: choice.value });
});
button('purge-all').addEventListener('click', () => {
  if (confirm(fill(words.purgeSure, { count: view?.total ?? 0 }))) void act('purge', {});
});
button('newer').addEventListener('click', () => {
  from = Math.max(0, from - ENTRIES);
  void look();
});
button('older').addEventListener('click', () => {
  from += ENTRIES;
  void look();
});
setInterval(tick, 250);
// A page that nobody sees asks for nothing.
setInterval(() => {
  if (document.visibilityState === 'visible') void look();
}, ASK_MS);
void look();
