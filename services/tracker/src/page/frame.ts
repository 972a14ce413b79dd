import { Html, html } from '#shared/page/html.ts';
import type { Language } from '#shared/page/language.ts';
import { languageLinks } from '#shared/page/language-links.ts';
import { WORDS } from './words.ts';

/** Time after which a page is fetched again, in seconds: peers come and go. */
const REFRESH_S = 5;

/** A page of the tracker. `path` is where it is, for the switch of languages. */
export function page(language: Language, path: string, title: string, main: Html): string {
  const words = WORDS[language];
  return `<!doctype html>
${
  html`<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="${REFRESH_S}">
<title>${title} · Topdown</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page/tracker.css">
</head>
<body>
<header><h1><a href="/">Topdown <span>${words.title}</span></a></h1><nav aria-label="${words.language}">${new Html(languageLinks(path, language))}</nav></header>
<main>
${main}
</main>
</body>
</html>
`.text
}`;
}
