import { html } from '#shared/page/html.ts';
import { alarm, field, type PageContext, page } from './frame.ts';
import { WORDS } from './words.ts';

/** @param failedAs the user name that was given with a wrong password; null before anything was given */
export function loginPage(context: PageContext, failedAs: string | null): string {
  const words = WORDS[context.language];
  const hasName = failedAs !== null && failedAs !== '';
  const focus = html` autofocus`;
  return page(
    context,
    words.logIn,
    html`<div class="door">
      <h1>${words.logIn}</h1>
      <p class="quiet">${words.welcome}</p>
      ${alarm(failedAs === null ? null : words.wrongPassword)}
      <form method="post" action="/login">
        ${field(words.userName, html`<input name="user" value="${failedAs}" autocomplete="username" autocapitalize="none" spellcheck="false" required${hasName ? null : focus}>`)}
        ${field(words.password, html`<input name="password" type="password" autocomplete="current-password" required${hasName ? focus : null}>`)}
        <button>${words.logIn}</button>
      </form>
    </div>`,
  );
}
