import { parseWeightedList } from '../http/weighted-list.ts';

/** The languages of the lab's pages: which one a browser gets. */
export const LANGUAGES = ['en', 'ko'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each as its own readers call it. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', ko: '한국어' };

/** How long a chosen language is remembered, in seconds: a year. */
const REMEMBERED_S = 31_536_000;

/** The language that was chosen with the switch, otherwise the one that the browser prefers, otherwise English. */
export function chooseLanguage(request: {
  readonly cookie: string | undefined;
  readonly acceptLanguage: string | undefined;
}): Language {
  const chosen = /(?:^|;\s*)language=(\w+)/.exec(request.cookie ?? '')?.[1];
  return asLanguage(chosen) ?? preferred(request.acceptLanguage ?? '') ?? 'en';
}

/** `text` if it is a language of the page. */
export function asLanguage(text: string | undefined): Language | undefined {
  return LANGUAGES.find((language) => language === text);
}

/** The language of ours with the highest weight (RFC 9110, section 12.5.4); weight 0 means "not this one". */
function preferred(acceptLanguage: string): Language | undefined {
  let best: { language: Language; weight: number } | undefined;
  for (const { value, weight } of parseWeightedList(acceptLanguage)) {
    const language = asLanguage(value.split('-')[0]);
    if (language !== undefined && weight > (best?.weight ?? 0)) best = { language, weight };
  }
  return best?.language;
}

/** The Set-Cookie field value that remembers a chosen language. */
export function rememberLanguage(language: Language): string {
  return `language=${language}; Max-Age=${REMEMBERED_S}; Path=/; SameSite=Lax; HttpOnly`;
}
