import { LANGUAGE_NAMES, LANGUAGES, type Language } from './language.ts';

/** The switch of languages of a page: a link for each, which leads back to `path`; the `current` one is marked. */
export function languageLinks(path: string, current: Language): string {
  return LANGUAGES.map((each) => {
    const mark = each === current ? ' aria-current="true"' : '';
    return `<a href="${path}?language=${each}" lang="${each}" hreflang="${each}"${mark}>${LANGUAGE_NAMES[each]}</a>`;
  }).join('');
}
