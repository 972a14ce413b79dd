import { type Html, html } from '#shared/page/html.ts';
import type { Language } from '#shared/page/language.ts';
import { folderPath, messagePath } from './paths.ts';
import { WORDS } from './words.ts';

interface Shown {
  readonly folder: { readonly name: string; readonly title: string };
  readonly uid: number;
}

/** A message is read, explained, or shown octet by octet. */
export function sourceLinks({ folder, uid }: Shown, current: 'source' | 'octets', language: Language): Html {
  const words = WORDS[language];
  const link = (path: string, text: string, isCurrent: boolean) =>
    html`<a href="${path}"${isCurrent ? html` aria-current="page"` : null}>${text}</a>`;
  return html`<nav class="pages top"><span><a href="${folderPath(folder.name)}">← ${folder.title}</a></span>
    <span class="tabs">${link(messagePath(folder.name, uid), words.readIt, false)}
    ${link(messagePath(folder.name, uid, '/source'), words.source, current === 'source')}
    ${link(messagePath(folder.name, uid, '/octets'), words.octetByOctet, current === 'octets')}</span></nav>`;
}
