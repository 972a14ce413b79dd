/** The webmail's style sheet: system fonts, one column, one accent; light and dark as the reader has chosen. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fbfaf8; --paper: #ffffff; --ink: #23211e; --quiet: #6d6860; --line: #e6e2da; --edge: #98928a;
  --accent: #1f5f8b; --on-accent: #ffffff; --wash: #eef4f8; --alarm: #9d2f2a; --alarm-wash: #fbeeec;
  --text: system-ui, -apple-system, "Segoe UI", Roboto, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif;
  --fixed: ui-monospace, "SF Mono", Menlo, Consolas, "D2Coding", "Noto Sans Mono CJK KR", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #191816; --paper: #211f1d; --ink: #ece8e1; --quiet: #a39c91; --line: #37342f; --edge: #7a746a;
    --accent: #8ec1e3; --on-accent: #14202a; --wash: #222c33; --alarm: #f0a29b; --alarm-wash: #3a2321;
  }
}
* { box-sizing: border-box; }
html { font: 100%/1.6 var(--text); background: var(--ground); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0; word-break: keep-all; overflow-wrap: anywhere; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.bar { border-bottom: 1px solid var(--line); background: var(--paper); }
.bar > div, main, footer { max-width: 48rem; margin: 0 auto; padding-inline: 1.5rem; }
.bar > div { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.5rem; min-height: 4rem; padding-block: .75rem; }
.brand { font-weight: 650; font-size: 1.0625rem; color: var(--ink); letter-spacing: -.01em; margin-inline-end: auto; }
.brand span { color: var(--quiet); font-weight: 400; }
.bar form { display: inline; }
.bar .who { color: var(--quiet); font-size: .9375rem; }
main { padding-block: 2.75rem 4rem; }
footer { padding-block: 0 3rem; color: var(--quiet); font-size: .875rem; }
footer::before { content: ""; display: block; border-top: 1px solid var(--line); margin-bottom: 1.5rem; }
footer p { margin: 0 0 .5rem; max-width: 36rem; }
h1 { font-size: 1.75rem; line-height: 1.3; font-weight: 650; letter-spacing: -.015em; margin: 0 0 1.5rem; text-wrap: balance; }
.head { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: .5rem 1.5rem; margin-bottom: 1.5rem; }
.head h1 { margin: 0; }
.head .quiet { font-size: 1rem; font-weight: 400; letter-spacing: 0; margin-inline-start: .5rem; }
.quiet { color: var(--quiet); }
.aside { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
button, .button {
  font: inherit; font-weight: 550; cursor: pointer; border: 1px solid transparent; border-radius: .5rem;
  padding: .5rem 1.125rem; background: var(--accent); color: var(--on-accent); display: inline-block; line-height: 1.5;
}
button:hover, .button:hover { filter: brightness(1.08); text-decoration: none; }
.button.plain, button.plain { background: transparent; color: var(--accent); border-color: var(--line); }
button.link { background: none; border: 0; padding: 0; color: var(--accent); font-weight: 400; font-size: .9375rem; }
button.link:hover { text-decoration: underline; filter: none; }
.list { list-style: none; margin: 0; padding: 0; background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; overflow: hidden; }
.list li + li { border-top: 1px solid var(--line); }
.list a { display: grid; grid-template-columns: .5rem 9rem 1fr auto; gap: 1rem; align-items: baseline; padding: .875rem 1.25rem; color: var(--ink); }
.list a:hover { background: var(--wash); text-decoration: none; }
.list .dot { width: .5rem; height: .5rem; border-radius: 50%; align-self: center; }
.list .unseen .dot { background: var(--accent); }
.list .unseen .sender, .list .unseen .subject { font-weight: 650; }
.list .sender, .list .subject { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; min-width: 0; }
.list time { color: var(--quiet); font-size: .875rem; white-space: nowrap; font-variant-numeric: tabular-nums; }
.empty { padding: 3.5rem 1.5rem; text-align: center; color: var(--quiet); background: var(--paper); border: 1px dashed var(--line); border-radius: .75rem; }
.pages { display: flex; justify-content: space-between; margin-top: 1.25rem; }
.letter { background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; padding: 2rem; }
.meta { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 0 0 1.5rem; padding-bottom: 1.5rem; border-bottom: 1px solid var(--line); font-size: .9375rem; }
.meta dt { color: var(--quiet); }
.meta dd { margin: 0; }
.text { white-space: pre-wrap; font: inherit; font-size: 1.0625rem; line-height: 1.7; margin: 0; max-width: 38rem; }
details { margin-top: 2rem; font-size: .9375rem; }
summary { cursor: pointer; color: var(--accent); width: max-content; }
table { border-collapse: collapse; margin-top: .75rem; width: 100%; font-size: .875rem; }
td, th { text-align: start; vertical-align: top; padding: .375rem 1rem .375rem 0; border-top: 1px solid var(--line); font-weight: 400; }
th { color: var(--quiet); white-space: nowrap; }
td { overflow-wrap: anywhere; word-break: break-word; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.75rem; align-items: center; }
.field { display: block; margin-bottom: 1.25rem; }
.field > span { display: block; font-size: .9375rem; font-weight: 550; margin-bottom: .375rem; }
.field small { color: var(--quiet); display: block; margin-top: .25rem; }
input, textarea {
  width: 100%; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--edge);
  border-radius: .5rem; padding: .625rem .875rem;
}
input:focus-visible, textarea:focus-visible { outline-offset: 0; border-radius: .5rem; border-color: var(--accent); }
textarea { min-height: 18rem; line-height: 1.7; resize: vertical; }
.door h1 { margin-bottom: .5rem; }
.door .quiet { margin: 0 0 1.75rem; }
.door { max-width: 24rem; margin: 2rem auto; }
.door button { width: 100%; margin-top: .5rem; }
.alarm { background: var(--alarm-wash); color: var(--alarm); border-radius: .5rem; padding: .75rem 1rem; margin: 0 0 1.5rem; }
code { font-family: var(--fixed); font-size: .9375em; }
@media (max-width: 40rem) {
  .list a { grid-template-columns: .5rem 1fr auto; row-gap: 0; }
  .list .subject { grid-column: 2 / -1; grid-row: 2; }
  .letter { padding: 1.25rem; }
}
`;
