import { html } from '#shared/page/html.ts';
import { COMPARISON } from './comparison-words.ts';
import { type PageContext, page } from './frame.ts';

export function comparisonPage(context: PageContext): string {
  const { title, lead, columns, rows, tryTitle, tries, notesTitle, notes, pathTitle, path, pathText } =
    COMPARISON[context.language];
  const [, web, mail] = columns;
  return page(
    context,
    title,
    html`<article class="comparison"><h1>${title}</h1>
    <p class="lead">${lead}</p>
    <table class="compared"><thead><tr><td></td><th scope="col">${web}</th><th scope="col">${mail}</th></tr></thead>
      <tbody>${rows.map(([question, left, right]) => html`<tr><th scope="row">${question}</th><td data-of="${web}">${left}</td><td data-of="${mail}">${right}</td></tr>`)}</tbody></table>
    <section class="way"><h2>${pathTitle}</h2>
      <ol>${path.map(({ by, name }) => html`<li>${by === '' ? null : html`<span class="by">${by}</span>`}<span class="stop"><b>${name}</b></span></li>`)}</ol>
      <p>${pathText}</p></section>
    <section><h2>${tryTitle}</h2><ul>${tries.map((one) => html`<li>${one}</li>`)}</ul></section>
    <section class="notes"><h2>${notesTitle}</h2><dl>${notes.map(({ id, text }) => html`<dt id="${id}">${id}</dt><dd>${text}</dd>`)}</dl></section>
    </article>`,
  );
}
