import { type Html, html } from '#shared/page/html.ts';
import { alarm, type FolderNode, field, type PageContext, page, token } from './frame.ts';
import { decodedFolder, folderPath } from './paths.ts';
import { fill, WORDS, type Words } from './words.ts';

export function foldersPage(context: PageContext, trouble: string | null): string {
  const words = WORDS[context.language];
  const tree = context.user?.tree ?? [];
  const own = tree.filter(({ use }) => use === null);
  return page(
    context,
    words.manageFolders,
    html`<h1>${words.manageFolders}</h1>
    <p class="quiet lead">${words.folderServer}</p>
    ${alarm(trouble)}
    <form class="card" method="post" action="/folders">
      ${token(context)}
      ${field(words.newFolder, html`<input name="name" required autocomplete="off" placeholder="${words.folderName}">`, words.folderNameHint)}
      <div class="actions"><button name="act" value="create">${words.create}</button></div>
    </form>
    ${own.length === 0 ? html`<p class="empty">${words.noOwnFolders}</p>` : html`<ul class="cards">${own.map((node) => ownFolder(context, node, words))}</ul>`}`,
  );
}

function ownFolder(context: PageContext, { name }: FolderNode, words: Words): Html {
  const folder = decodedFolder(name);
  return html`<li class="card">
    <h2><a href="${folderPath(name)}">${folder}</a></h2>
    <form class="row" method="post" action="/folders">
      ${token(context)}<input type="hidden" name="folder" value="${folder}">
      <input name="name" value="${folder}" required autocomplete="off" aria-label="${fill(words.renameTo, { folder })}">
      <button class="plain" name="act" value="rename">${words.rename}</button>
    </form>
    <form class="row" method="post" action="/folders">
      ${token(context)}<input type="hidden" name="folder" value="${folder}">
      <button class="plain danger" name="act" value="delete" aria-label="${fill(words.deleteFolder, { folder })}">${words.delete}</button>
      <small class="quiet">${words.deleteFolderHint}</small>
    </form>
  </li>`;
}
