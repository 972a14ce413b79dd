import { html } from '#shared/page/html.ts';
import { alarm, field, type PageContext, page } from './frame.ts';
import { WORDS } from './words.ts';

export function loginPage(context: PageContext, hasFailed: boolean): string {
  const words = WORDS[context.language];
  return page(
    context,
    words.logIn,
    html`<div class="door">
      <h1>${words.logIn}</h1>
      <p class="quiet">${words.welcome}</p>
      ${alarm(hasFailed ? words.wrongPassword : null)}
      <form method="post" action="/login">
        ${field(words.userName, html`<input name="user" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>`)}
        ${field(words.password, html`<input name="password" type="password" autocomplete="current-password" required>`)}
        <button>${words.logIn}</button>
      </form>
    </div>`,
  );
}
