/** What a page has around its content, whoever it is for: the head, the way past the bar, and the switch of languages. */
import { type Html, html } from '#shared/page/html.ts';
import { LANGUAGE_NAMES, type Language } from '#shared/page/language.ts';

interface Parts {
  readonly language: Language;
  readonly title: string;
  /** Whose page it is: behind the title. */
  readonly owner: string;
  /** Its style sheet and script, and what else of the head is its own. */
  readonly head: Html;
  /** Attributes of the body, each with a blank before it. */
  readonly attributes?: Html;
  /** What the link past the bar is called; it leads to `#main`. */
  readonly skip: string;
  readonly body: Html;
}

export function htmlDocument({ language, title, owner, head, attributes, skip, body }: Parts): string {
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${owner}</title>
${head}
</head>
<body${attributes ?? null}>
<a class="skip" href="#main">${skip}</a>
${body}
</body>
</html>
`.text;
}

/** The link to the same page in the other language. */
export function languageSwitch(language: Language, path: string): Html {
  const other: Language = language === 'en' ? 'ko' : 'en';
  return html`<a class="language" href="/language/${other}?back=${encodeURIComponent(path)}" lang="${other}" hreflang="${other}">${LANGUAGE_NAMES[other]}</a>`;
}
