import { type Html, html } from '#shared/page/html.ts';
import type { PageContext } from './frame.ts';
import { decodedFolder } from './paths.ts';
import { WORDS } from './words.ts';

/** Where messages of the folder `from` can be moved: for everybody who does not drag. */
export function moveMenu({ language, user }: PageContext, from: string): Html {
  const words = WORDS[language];
  const folders = (user?.tree ?? []).filter(({ name }) => name !== from);
  const option = ({ name, depth, title }: (typeof folders)[number]) =>
    html`<option value="${decodedFolder(name)}">${'\u2003'.repeat(depth)}${title}</option>`;
  return html`<span class="move"><select name="to" aria-label="${words.moveTo}"><option value="">${words.moveTo}</option>${folders.map(option)}</select>
    <button class="plain" name="act" value="move">${words.move}</button></span>`;
}
