import { escapeHtml } from '#shared/page/escape-html.ts';
import type { Language } from '#shared/page/language.ts';
import { languageLinks } from '#shared/page/language-links.ts';
import type { Words } from './words.ts';

/** What the pages of the observatory differ by. */
export interface PageParts {
  /** Its path, without a final slash for all but `/`. */
  readonly path: '/' | '/explain' | '/http' | '/mail' | '/p2p';
  readonly title: string;
  readonly lead: string;
  /** Files in `/page/`. */
  readonly styles: readonly string[];
  readonly script: string;
  /** First two octets of the lab's addresses, for the script. */
  readonly net: string;
  /** What stands in the header, to the right. */
  readonly tools: string;
  readonly body: string;
}

/** A whole page as the browser first gets it. The words are in it for its script. */
export function renderPage(language: Language, words: Words, parts: PageParts): string {
  const styles = ['lab.css', ...parts.styles].map((name) => `<link rel="stylesheet" href="/page/${name}">`);
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${parts.title} · Topdown</title>
<link rel="icon" href="/page/mark.svg" type="image/svg+xml">
${styles.join('\n')}
<script type="module" src="/page/${parts.script}"></script>
</head>
<body data-net="${escapeHtml(parts.net)}" data-words="${escapeHtml(JSON.stringify(words))}">
${renderHeader(language, words, parts)}
${parts.body}
<noscript><p class="notice">${words.needsScript}</p></noscript>
</body>
</html>
`;
}

function renderHeader(language: Language, words: Words, { path, lead, tools }: PageParts): string {
  const pages = [
    ['/', words.title],
    ['/explain', words.explain.title],
    ['/http', words.http.title],
    ['/mail', words.mail.title],
    ['/p2p', words.p2p.title],
  ].map(([to, name]) => `<a href="${to}"${to === path ? ' aria-current="page"' : ''}>${name}</a>`);
  return `<header>
<img src="/page/mark.svg" alt="" width="32" height="32">
<h1>Topdown</h1>
<nav id="pages" aria-label="${words.pages}">${pages.join('')}</nav>
<p>${lead}</p>
${tools}
<nav id="languages" aria-label="Language, 언어">${languageLinks(path, language)}</nav>
</header>`;
}
