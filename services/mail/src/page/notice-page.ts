import { html } from '#shared/page/html.ts';
import { type PageContext, page } from './frame.ts';
import { WORDS } from './words.ts';

/** A page that says in two sentences why there is no other. */
export function noticePage(context: PageContext, title: string, sentence: string): string {
  const words = WORDS[context.language];
  return page(context, title, html`<h1>${title}</h1><p>${sentence}</p><p><a href="/">${words.toInbox}</a></p>`);
}
