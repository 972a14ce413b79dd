// What a script makes better: the pages work without it. News come by server-sent events, messages are dragged onto folders,
// the list is walked with the keyboard, and times are those of the browser's zone.

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector));

/** Parts of a page that change while it is looked at. */
const LIVE = ['#tree', '#list', '.head h1', '#queue'];
/** The menu of folders to move to. */
const TARGET = '#messages select[name="to"]';
/** How long a notice stays, in milliseconds. */
const NOTICE_MS = 6_000;
/** What a drag carries; other pages and programs know nothing of it. */
const DRAGGED = 'application/x-topdown-messages';

/** Asks for this page again and takes over what may have changed; choices and the focus stay. */
async function refresh() {
  const response = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!response.ok || response.redirected) return;
  const now = new DOMParser().parseFromString(await response.text(), 'text/html');
  showLocalTimes(now);
  // In a folder that was made anew the numbers mean other messages: nothing of it was chosen.
  const isSameFolder = uidValidityOf(now) === uidValidityOf(document);
  const chosen = new Set(boxes().flatMap((box) => (isSameFolder && box.checked ? [box.value] : [])));
  const target = find(TARGET) instanceof HTMLSelectElement ? /** @type {HTMLSelectElement} */ (find(TARGET)).value : '';
  const focused = placeOf(document.activeElement);
  for (const selector of LIVE) {
    const [old, fresh] = [find(selector), now.querySelector(selector)];
    if (old !== null && fresh !== null && old.outerHTML !== fresh.outerHTML) old.replaceWith(document.adoptNode(fresh));
  }
  document.body.dataset.state = now.body.dataset.state ?? '';
  for (const box of boxes()) box.checked = chosen.has(box.value);
  prepareList();
  prepareFolders();
  const menu = /** @type {HTMLSelectElement | null} */ (find(TARGET));
  if (menu !== null) menu.value = target;
  if (focused !== null && !document.activeElement?.matches(focused)) find(focused)?.focus();
}

/** Writes every time of a page in the zone of the browser, in the style that the server chose. @param {Document} page */
function showLocalTimes(page) {
  /** @type {Record<string, Intl.DateTimeFormatOptions>} */
  const styles = JSON.parse(page.body.dataset.timeStyles ?? '{}');
  const language = page.documentElement.lang;
  for (const element of /** @type {NodeListOf<HTMLTimeElement>} */ (page.querySelectorAll('time[data-style]'))) {
    const at = new Date(element.dateTime);
    // On the last day of a year the other zone may be in another one.
    const isNextDoor = element.dataset.style === 'row' && at.getFullYear() !== at.getUTCFullYear();
    const style = isNextDoor ? 'rowOfYear' : (element.dataset.style ?? '');
    element.textContent = new Intl.DateTimeFormat(language, styles[style]).format(at);
    element.title = new Intl.DateTimeFormat(language, styles.full).format(at);
  }
}

/** @param {Document} page */
function uidValidityOf(page) {
  return page.querySelector('#messages input[name="uidValidity"]')?.getAttribute('value');
}

/** A selector that finds an element again in a newer list or tree; null for one that stays. @param {Element | null} element */
function placeOf(element) {
  if (element === null || element.closest(LIVE.join()) === null) return null;
  const row = /** @type {HTMLElement | null} */ (element.closest('#messages li'));
  const attribute = ['href', 'value', 'name', 'id'].find((name) => element.hasAttribute(name));
  if (attribute === undefined) return null;
  const own = `${element.localName}[${attribute}="${CSS.escape(element.getAttribute(attribute) ?? '')}"]`;
  // The value of a star tells what it will do, which changes.
  if (element.matches('.star')) return `li[data-uid="${row?.dataset.uid}"] .star`;
  return row === null ? own : `li[data-uid="${row.dataset.uid}"] ${own}`;
}

/** @param {string} text */
function notice(text) {
  const toast = document.createElement('p');
  toast.className = 'toast';
  toast.setAttribute('role', 'status');
  toast.textContent = text;
  document.body.append(toast);
  setTimeout(() => toast.remove(), NOTICE_MS);
}

/** @returns {HTMLInputElement[]} */
function boxes() {
  return [...document.querySelectorAll('#messages input[name="uid"]')].map(
    (box) => /** @type {HTMLInputElement} */ (box),
  );
}

/** @param {Element} row @returns {HTMLInputElement | null} */
function boxOf(row) {
  return row.querySelector('input[name="uid"]');
}

/** Presses a button of the list's form, as a person would. @param {string} act */
function press(act) {
  /** @type {HTMLButtonElement | null} */ (
    document.querySelector(`#messages button[name="act"][value="${act}"]`)
  )?.click();
}

/** The messages that an action on this row means: the chosen ones when it is one of them, otherwise this one alone. @param {Element} row */
function chooseFor(row) {
  const box = boxOf(row);
  if (box === null || box.checked) return;
  for (const one of boxes()) one.checked = one === box;
}

function prepareList() {
  const all = /** @type {HTMLInputElement | null} */ (find('#all'));
  const label = all?.closest('label');
  if (all !== null && label) {
    label.hidden = false;
    all.onchange = () => {
      for (const box of boxes()) box.checked = all.checked;
    };
  }
  const hint = find('.hint');
  if (hint !== null) hint.hidden = false;
  for (const row of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('#messages li'))) {
    row.draggable = true;
    row.ondragstart = (event) => {
      chooseFor(row);
      event.dataTransfer?.setData(DRAGGED, 'messages');
      if (event.dataTransfer) event.dataTransfer.effectAllowed = 'move';
      row.classList.add('dragged');
    };
    row.ondragend = () => row.classList.remove('dragged');
  }
}

function prepareFolders() {
  for (const folder of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll('#tree a'))) {
    folder.draggable = false;
    folder.ondragover = (event) => {
      if (!event.dataTransfer?.types.includes(DRAGGED)) return;
      event.preventDefault();
      folder.classList.add('over');
    };
    folder.ondragleave = () => folder.classList.remove('over');
    folder.ondrop = (event) => {
      event.preventDefault();
      folder.classList.remove('over');
      const to = /** @type {HTMLSelectElement | null} */ (document.querySelector('#messages select[name="to"]'));
      if (to === null) return;
      to.value = decodeURIComponent((folder.dataset.folder ?? '').replace('/folder/', ''));
      if (to.value !== '') press('move');
    };
  }
}

/** Keys of the list count only while the focus is in it: elsewhere a letter is a letter. @param {KeyboardEvent} event */
function walk(event) {
  const row = /** @type {HTMLElement} */ (event.target).closest('#messages li');
  if (row === null || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = boxOf(row);
  switch (event.key) {
    case 'ArrowDown':
      /** @type {HTMLElement | null | undefined} */ (row.nextElementSibling?.querySelector('a'))?.focus();
      break;
    case 'ArrowUp':
      /** @type {HTMLElement | null | undefined} */ (row.previousElementSibling?.querySelector('a'))?.focus();
      break;
    case 'x':
      if (box !== null) box.checked = !box.checked;
      break;
    case 's':
      /** @type {HTMLButtonElement | null} */ (row.querySelector('button.star'))?.click();
      break;
    case 'Delete':
      chooseFor(row);
      press('delete');
      break;
    default:
      return;
  }
  event.preventDefault();
}

/** @type {EventSource | null} */
let stream = null;

/** Only a page that is seen listens: a browser has six connections for all its tabs, and a seventh would wait for ever. */
function listenWhileSeen() {
  if (document.visibilityState === 'visible') stream ??= listen();
  else {
    stream?.close();
    stream = null;
  }
}

function listen() {
  const shown = /^\/folder\/([^/]+)$/.exec(location.pathname)?.[1] ?? '';
  const news = new EventSource(`/news?folder=${shown}`);
  // Something came after the page was made and before the stream began, or while the stream was broken.
  news.addEventListener('state', (event) => {
    if (JSON.parse(event.data).state !== document.body.dataset.state) refresh().catch(() => {});
  });
  news.addEventListener('change', (event) => {
    const { arrived, notice: text } = JSON.parse(event.data);
    if (arrived > 0) notice(text);
    refresh().catch(() => {});
  });
  return news;
}

showLocalTimes(document);
prepareList();
prepareFolders();
document.addEventListener('keydown', walk);
if (find('#tree') !== null) {
  document.addEventListener('visibilitychange', listenWhileSeen);
  listenWhileSeen();
}

const queue = find('#queue');
if (queue?.dataset.refresh !== undefined) {
  const timer = setInterval(() => {
    if (find('#queue')?.dataset.refresh === undefined) clearInterval(timer);
    else refresh().catch(() => {});
  }, Number(queue.dataset.refresh));
}
