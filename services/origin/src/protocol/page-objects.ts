/**
 * The objects that a page is made of: what its base HTML refers to, as a browser would fetch it without being asked (section
 * 2.2.1 of the notes). No parser of HTML: the elements that carry an object are known, and so are their attributes.
 */

import { resolveReference } from '#shared/http/uri-reference.ts';

/** Objects of one page at most. */
const OBJECTS_MAX = 1_000;
/** Elements that a browser loads by themselves, and the attribute that names the object. */
const LOADED: Readonly<Record<string, string>> = {
  img: 'src',
  script: 'src',
  source: 'src',
  video: 'src',
  audio: 'src',
  embed: 'src',
  input: 'src',
  link: 'href',
};
/** What a `link` leads to is loaded for these relations only. */
const LOADED_RELATIONS = /(?:^|\s)(?:stylesheet|icon)(?:\s|$)/i;

/** The URLs of the objects of a page in the order of their first mention, each once. @param url of the page */
export function objectsOf(html: string, url: string): readonly string[] {
  const found = new Set<string>();
  for (const [, tag = '', text = ''] of html.matchAll(/<([a-z]+)((?:\s+[^<>]*)?)>/gi)) {
    const name = LOADED[tag.toLowerCase()];
    const reference = name === undefined ? undefined : attribute(text, name);
    if (reference === undefined || reference === '') continue;
    if (tag.toLowerCase() === 'link' && !LOADED_RELATIONS.test(attribute(text, 'rel') ?? '')) continue;
    const whole = resolveReference(url, reference.replaceAll('&amp;', '&'));
    if (whole?.startsWith('http://') && found.size < OBJECTS_MAX) found.add(whole);
  }
  return [...found];
}

function attribute(text: string, name: string): string | undefined {
  const parts = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(text);
  return parts === null ? undefined : (parts[1] ?? parts[2] ?? parts[3]);
}
