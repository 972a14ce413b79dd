import { type Html, html } from '#shared/page/html.ts';
import { LAB_STYLE } from '#shared/page/lab-style.ts';
import type { Language } from '#shared/page/language.ts';
import { htmlDocument, languageSwitch } from './document.ts';
import { OPERATOR_WORDS } from './operator-words.ts';

/** What the queue page and the faults page know of where they are. */
export interface OperatorContext {
  readonly language: Language;
  readonly mailHost: string;
  readonly domain: string;
  /** Where this page is, for the switch of languages. */
  readonly path: string;
  /** Lab time, in milliseconds since 1970. */
  readonly now: number;
}

export function operatorPage(context: OperatorContext, current: 'queue' | 'faults', title: string, main: Html): string {
  const { language, mailHost, path, now } = context;
  const words = OPERATOR_WORDS[language];
  const tab = (name: 'queue' | 'faults') =>
    html`<a href="/${name}"${name === current ? html` aria-current="page"` : null}>${words[name]}</a>`;
  const head = html`<link rel="stylesheet" href="/operator.css">
<script src="/countdown.js" defer></script>`;
  const body = html`<header><div>
  <p class="brand">${mailHost} <span>${words.mailServer}</span></p>
  <nav>${tab('queue')}${tab('faults')}<a href="/api/v1/openapi.json">${words.document}</a></nav>
  ${languageSwitch(language, path)}
</div></header>
<main id="main">${main}</main>
<footer><p>${words.labTime} ${labTime(now, language, { dateStyle: 'medium', timeStyle: 'medium' })} UTC</p></footer>`;
  return htmlDocument({ language, title, owner: mailHost, head, skip: words.skip, body });
}

export function labTime(ms: number, language: Language, style: Intl.DateTimeFormatOptions): Html {
  const text = new Intl.DateTimeFormat(language, { ...style, timeZone: 'UTC', hourCycle: 'h23' }).format(ms);
  return html`<time datetime="${new Date(ms).toISOString()}">${text}</time>`;
}

export function alert(title: string, sentence: string | null): Html | null {
  return sentence === null ? null : html`<p class="alert" role="alert"><strong>${title}.</strong> ${sentence}</p>`;
}

/** The style sheet of both pages. */
export const OPERATOR_STYLE = `${LAB_STYLE}
:root {
  --warn: light-dark(#8a5a00, #f0c264);
  --warn-wash: light-dark(#fbf1dc, #2f2716);
  --alarm: light-dark(#9d2f2a, #f0a29b);
  --alarm-wash: light-dark(#fbeeec, #35201f);
  --good: light-dark(#2c6a3f, #8fd3a4);
  --on-accent: light-dark(#ffffff, #101418);
  --edge: light-dark(#8d877b, #6d7885);
}
* { box-sizing: border-box; }
html { font: clamp(16px, .5vw + 9.6px, 24px)/1.6 var(--sans); background: var(--page); color: var(--text); -webkit-text-size-adjust: 100%; }
body { margin: 0; overflow-wrap: anywhere; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; inset-inline-start: -99rem; }
.skip:focus { inset: .5rem auto auto .5rem; background: var(--panel); padding: .5rem 1rem; z-index: 1; }
header { border-bottom: 1px solid var(--line); background: var(--panel); }
header > div, main, footer { max-width: 64rem; margin: 0 auto; padding-inline: 1.5rem; }
header > div { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 2rem; min-height: 4rem; padding-block: .75rem; }
.brand { margin: 0; font-weight: 650; }
.brand span { color: var(--dim); font-weight: 400; margin-inline-start: .25rem; }
nav { display: flex; gap: 1.5rem; margin-inline-end: auto; }
nav a { min-width: 1.5rem; text-align: center; text-decoration: none; padding-block: .25rem; border-bottom: 2px solid transparent; }
nav a:hover { border-color: var(--line); }
nav a[aria-current] { color: var(--text); font-weight: 600; border-color: var(--accent); }
.language { font-size: .9375rem; }
main { padding-block: 2.5rem 4rem; }
footer { padding-block: 1.25rem 3rem; color: var(--dim); font-size: .875rem; }
h1 { font-size: 1.75rem; line-height: 1.3; letter-spacing: -.015em; margin: 0 0 .75rem; }
h2 { font-size: 1.25rem; margin: 3rem 0 .75rem; }
.lead { color: var(--dim); max-width: 44rem; margin: 0 0 2rem; }
.dim { color: var(--dim); }
.bar { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .75rem 1.5rem; margin-bottom: 1.25rem; }
.bar p { margin: 0; font-weight: 600; }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; }
.buttons form { display: contents; }
button {
  font: inherit; font-size: .9375rem; cursor: pointer; color: var(--accent); background: transparent; line-height: 1.4;
  border: 1px solid var(--line); border-radius: .5rem; padding: .375rem .875rem;
}
button:hover { background: var(--raised); }
button.main { background: var(--accent); color: var(--on-accent); border-color: transparent; font-weight: 600; }
button.main:hover { filter: brightness(1.1); }
button.danger { color: var(--alarm); }
.alert { background: var(--alarm-wash); color: var(--alarm); border-radius: .5rem; padding: .75rem 1rem; margin: 0 0 1.5rem; }
.notice { background: var(--warn-wash); color: var(--warn); border-radius: .5rem; padding: .75rem 1rem; margin: 0 0 1.5rem; }
.empty { padding: 3rem 1.5rem; text-align: center; color: var(--dim); background: var(--panel); border: 1px dashed var(--line); border-radius: .75rem; }
.entries { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem; }
.entry { background: var(--panel); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem 1.5rem; }
.entry h2 { margin: 0 0 .25rem; font-size: 1.0625rem; }
.entry h2 a { text-decoration: none; }
.entry h2 a:hover { text-decoration: underline; }
.entry .who { margin: 0 0 .75rem; }
.entry .who .arrow { color: var(--dim); margin-inline: .375rem; }
.state { display: flex; flex-wrap: wrap; gap: .25rem 2rem; margin: 0 0 .75rem; font-size: .9375rem; color: var(--dim); }
.state strong { color: var(--text); font-weight: 600; font-variant-numeric: tabular-nums; }
.reply { margin: 0 0 1rem; padding: .5rem .75rem; font: .875rem/1.5 var(--mono); background: var(--raised); border-radius: .375rem; }
.held { color: var(--warn); }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
.wide { overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: .75rem; }
th, td { text-align: start; vertical-align: top; padding: .625rem 1rem; }
tr + tr > *, thead + tbody > tr > * { border-top: 1px solid var(--line); }
thead th { color: var(--dim); font-weight: 500; font-size: .875rem; white-space: nowrap; }
tbody th { font-weight: 600; white-space: nowrap; }
td.short { white-space: nowrap; }
code, .code { font: .9em/1.5 var(--mono); }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .375rem 1.5rem; margin: 0 0 1.5rem; }
dl.facts dt { color: var(--dim); }
dl.facts dd { margin: 0; }
.dialogue { list-style: none; margin: 0; padding: .75rem 0; background: var(--panel); border: 1px solid var(--line); border-radius: .75rem; font: .875rem/1.7 var(--mono); }
.dialogue li { padding: .0625rem 1.25rem; display: grid; grid-template-columns: 1.5rem 1fr; gap: .75rem; }
.dialogue .by { color: var(--dim); user-select: none; }
.dialogue .c .said { color: var(--accent); }
.dialogue .bad .said { color: var(--alarm); font-weight: 600; }
.dialogue .remark { color: var(--dim); font-style: italic; }
form.set { background: var(--panel); border: 1px solid var(--line); border-radius: .75rem; padding: 1.5rem; display: grid; gap: 1.25rem; }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1.25rem; align-items: end; }
label > span, legend { display: block; font-size: .9375rem; font-weight: 550; margin-bottom: .25rem; padding: 0; }
fieldset { border: 0; margin: 0; padding: 0; }
legend { margin-bottom: .75rem; color: var(--dim); }
table.rules { min-width: 44rem; }
input, select { width: 100%; font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--edge); border-radius: .5rem; padding: .5rem .75rem; height: 2.75rem; }
small { display: block; color: var(--dim); margin-top: .25rem; }
@media (max-width: 40rem) { header > div, main, footer { padding-inline: 1rem; } .entry { padding: 1rem; } dl.facts { grid-template-columns: 1fr; gap: 0; } dl.facts dd { margin-bottom: .75rem; } }
`;

/** Counts the seconds down until a try, and then shows what came of it. The pages say the same without it. */
export const COUNTDOWN_SCRIPT = `const begun = performance.now();
const dues = [...document.querySelectorAll('[data-due-ms]')];
function format(ms, unit) {
  const s = Math.ceil(ms / 1000);
  const pad = (n) => String(n).padStart(2, '0');
  return s < 60 ? s + unit : s < 3600 ? Math.floor(s / 60) + ':' + pad(s % 60) : Math.floor(s / 3600) + ':' + pad(Math.floor(s / 60) % 60) + ':' + pad(s % 60);
}
const timer = setInterval(() => {
  const passed = performance.now() - begun;
  let isDue = false;
  for (const due of dues) {
    const left = Number(due.dataset.dueMs) - passed;
    if (left > 0) due.textContent = due.dataset.form.replace('{time}', format(left, due.dataset.unit));
    else isDue = true;
  }
  if (dues.length > 0 && (isDue || passed > 15000)) {
    clearInterval(timer);
    setTimeout(() => location.reload(), isDue ? 1000 : 0);
  }
}, 250);
`;
