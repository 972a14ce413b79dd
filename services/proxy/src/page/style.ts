/** The style sheet of the proxy's own pages, warm and quiet; light and dark as the reader has chosen. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fbfaf8; --paper: #ffffff; --ink: #23211e; --quiet: #6d6860; --line: #e6e2da; --alarm: #9d2f2a;
  --text: system-ui, -apple-system, "Segoe UI", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif;
  --fixed: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "D2Coding", "Noto Sans Mono CJK KR", monospace;
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #191816; --paper: #211f1d; --ink: #ece8e1; --quiet: #a39c91; --line: #37342f; --alarm: #f0a29b; }
}
* { box-sizing: border-box; }
html { font: 100%/1.6 var(--text); background: var(--ground); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0; word-break: keep-all; overflow-wrap: anywhere; }
main { max-width: 42rem; margin: 8vh auto 2rem; padding: 2.25rem 2.5rem; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; }
.status { margin: 0; color: var(--quiet); font-size: .9375rem; }
h1 { margin: .25rem 0 .75rem; font-size: 1.625rem; line-height: 1.3; letter-spacing: -.01em; text-wrap: balance; }
h2 { margin: 1.75rem 0 .25rem; font-size: 1rem; }
.way { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; margin: 1.5rem 0; }
.way b { padding: .25rem .875rem; border: 1px solid var(--line); border-radius: 2rem; font-weight: 500; font-size: .9375rem; }
.way i { font-style: normal; color: var(--quiet); }
.way .broken { color: var(--alarm); font-weight: 700; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .375rem 1.5rem; margin: 0; font-size: .9375rem; }
dt { color: var(--quiet); }
dd { margin: 0; }
code { font: .9375em var(--fixed); }
ul { margin: .25rem 0 0; padding-left: 1.25rem; }
footer { margin-top: 2rem; padding-top: .875rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .875rem; }
@media (max-width: 44rem) {
  main { min-height: 100vh; margin: 0; padding: 1.5rem 1.25rem; border: 0; border-radius: 0; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: .5rem; }
}
`;
