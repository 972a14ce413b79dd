import { escapeHtml } from '#shared/page/escape-html.ts';
import type { Language } from '#shared/page/language.ts';
import { CACHE_STYLE } from './cache-style.ts';
import { CACHE_WORDS } from './cache-words.ts';

/** The page on which a lecture hall looks at the cache. Its figures come by cache.js, from /cache.json. */
export function cachePage(proxy: string, language: Language): string {
  const words = CACHE_WORDS[language];
  const other = language === 'ko' ? 'en' : 'ko';
  const column = (name: 'object' | 'state' | 'age' | 'why' | 'validators' | 'uses' | 'size' | 'tier') =>
    `<th scope="col" class="${name}">${words[name]}</th>`;
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${words.title}: ${escapeHtml(proxy)}</title>
<style>${CACHE_STYLE}</style>
<header>
<h1>${words.title} <span>${escapeHtml(proxy)}</span></h1>
<p>${words.lead}</p>
<nav><a href="/proxy.pac">${words.pac}</a><a href="/cache?language=${other}" lang="${other}">${words.language}</a></nav>
</header>
<p id="trouble" role="alert" hidden></p>
<section id="figures" aria-live="off"></section>
<section id="controls">
<fieldset id="mode"><legend>${words.mode}</legend>
<button type="button" value="freshness" aria-pressed="false">${words.freshness} <small>${words.freshnessHint}</small></button>
<button type="button" value="always-revalidate" aria-pressed="false">${words.always} <small>${words.alwaysHint}</small></button>
</fieldset>
<output id="done"></output>
<button type="button" id="purge-all">${words.purgeAll}</button>
</section>
<div id="table"><table>
<thead><tr>${(['object', 'state', 'age', 'why', 'validators', 'uses', 'size', 'tier'] as const).map(column).join('')}<th></th></tr></thead>
<tbody></tbody>
</table></div>
<footer id="pages"><button type="button" id="newer">${words.newer}</button><span id="place"></span><button type="button" id="older">${words.older}</button></footer>
<script type="application/json" id="words">${JSON.stringify(words).replace(/</g, '\\u003c')}</script>
<script src="/cache.js" type="module"></script>
</html>
`;
}
