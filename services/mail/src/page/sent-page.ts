import { type Html, html } from '#shared/page/html.ts';
import { type PageContext, page } from './frame.ts';
import { folderPath } from './paths.ts';
import { type WaitingRecipient, waitingView } from './way-view.ts';
import { WORDS } from './words.ts';

export function sentPage(
  context: PageContext,
  id: string,
  waiting: readonly WaitingRecipient[],
  hasCopy: boolean,
): string {
  const words = WORDS[context.language];
  return page(
    context,
    words.sentTitle,
    html`<h1>${words.sentTitle}</h1><p>${words.sentExplained} <code>${id}</code></p>
      <p>${hasCopy ? words.copyKept : words.copyLost}</p>
      <div id="queue"${waiting.length > 0 ? html` data-refresh="2000"` : null}>${waiting.length > 0 ? waitingView(waiting, context.language) : html`<p>${words.sentGone}</p>`}</div>
      <div class="actions"><a class="button" href="/">${words.toInbox}</a>${sentFolder(context)}</div>`,
  );
}

function sentFolder({ language, user }: PageContext): Html | null {
  const folder = user?.tree.find(({ use }) => use === 'sent');
  return folder === undefined
    ? null
    : html`<a class="button plain" href="${folderPath(folder.name)}">${WORDS[language].sent}</a>`;
}
