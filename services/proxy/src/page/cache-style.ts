import { LAB_STYLE } from '#shared/page/lab-style.ts';

/** The style sheet of the cache's page: legible from the last row, in the colours of the lab's other pages. */
export const CACHE_STYLE = `
${LAB_STYLE}:root {
  --fresh: light-dark(#18794e, #4cc38a); --stale: light-dark(#b45309, #ffb224);
  font: 400 clamp(16px, 0.5vw + 10px, 24px) / 1.45 var(--sans);
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 110rem; padding: 0.75rem 1.25rem 2rem; background: var(--page); color: var(--text); }
button { font: inherit; color: inherit; cursor: pointer; padding: 0.25rem 0.8rem; border: 1px solid var(--line); border-radius: 0.45rem; background: var(--panel); }
button:hover:enabled { background: var(--raised); }
button:disabled { opacity: 0.45; cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 1.25rem; }
h1 { margin: 0; font-size: 1.35rem; }
h1 span { font-weight: 400; color: var(--dim); }
header p { margin: 0; color: var(--dim); }
nav { margin-left: auto; display: flex; gap: 1.25rem; }
a { color: var(--accent); }
#trouble { margin: 0.75rem 0 0; padding: 0.5rem 0.9rem; border-radius: 0.45rem; background: var(--stale); color: var(--page); font-weight: 600; }
#figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11.5rem, 1fr)); gap: 0.75rem; margin: 0.9rem 0; min-height: 6.6rem; }
.figure { padding: 0.7rem 1rem; border: 1px solid var(--line); border-radius: 0.7rem; background: var(--panel); }
.figure b { display: block; font-size: 1.75rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figure span { color: var(--dim); font-size: 0.9rem; }
.figure progress { display: block; width: 100%; height: 0.5rem; margin: 0.3rem 0 0.2rem; accent-color: var(--accent); }
#controls { display: flex; flex-wrap: wrap; align-items: end; gap: 1rem; margin-bottom: 0.75rem; }
fieldset { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem; margin: 0; padding: 0; border: 0; }
legend { float: left; padding: 0 0.5rem 0 0; color: var(--dim); }
fieldset small { color: inherit; opacity: 0.75; }
fieldset [aria-pressed="true"] { background: var(--accent); border-color: var(--accent); color: var(--page); font-weight: 600; }
#done { margin-left: auto; color: var(--dim); }
#table { overflow-x: auto; border: 1px solid var(--line); border-radius: 0.7rem; background: var(--panel); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.5rem 0.6rem; text-align: start; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody tr:last-child td { border-bottom: 0; }
th { color: var(--dim); font-size: 0.85rem; font-weight: 600; white-space: nowrap; }
.uses, .size { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.object { min-width: 11rem; overflow-wrap: anywhere; font-family: var(--mono); font-size: 0.92rem; }
td.object small, td.validators { color: var(--dim); font-size: 0.82rem; }
td.object small { display: block; font-family: inherit; }
td.validators span { display: block; max-width: 9rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
td.state { white-space: nowrap; font-weight: 600; font-variant-numeric: tabular-nums; }
td.state::before { content: ""; display: inline-block; width: 0.7rem; height: 0.7rem; margin-inline-end: 0.5rem; border-radius: 50%; background: currentColor; }
tr.fresh .state { color: var(--fresh); }
tr.stale .state { color: var(--stale); }
tr.stale .state::before { border-radius: 0; }
td.age { white-space: nowrap; font-variant-numeric: tabular-nums; min-width: 8rem; }
td.age progress { display: block; width: 100%; height: 0.4rem; margin-top: 0.25rem; accent-color: var(--fresh); }
td.why { font-size: 0.85rem; min-width: 13rem; }
td.tier { color: var(--dim); font-size: 0.9rem; }
@media (max-width: 88rem) { th, td { padding-inline: 0.42rem; } td.why { min-width: 10rem; } td.age { min-width: 7.2rem; } td.validators span { max-width: 7.5rem; } }
td.empty { padding: 2.5rem 1rem; text-align: center; color: var(--dim); }
@media (max-width: 72rem) { .validators { display: none; } }
@media (max-width: 52rem) { .why { display: none; } }
@media (max-width: 40rem) { .age, .tier, .size { display: none; } td.object { min-width: 8rem; } td.state { white-space: normal; } th, td { padding: 0.45rem 0.5rem; } }
#pages { display: flex; align-items: center; justify-content: center; gap: 1rem; margin-top: 0.8rem; color: var(--dim); }
`;
