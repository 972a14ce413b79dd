import type { Field, Fields } from '#shared/http/fields.ts';
import { formatSetCookie, type SetCookie } from '#shared/http/set-cookie.ts';
import type { Language } from '#shared/page/language.ts';
import type { SiteAnswer } from '../site-handler.ts';

/**
 * What each page of the shop says besides itself. No script, no frame, nothing from elsewhere; and no cache keeps it, because it
 * is made for one visitor (RFC 9111, section 5.2.2.5). Vary names what it depends on for who stores it all the same.
 */
const PAGE_FIELDS: Fields = [
  ['Cache-Control', 'private, no-store'],
  ['Vary', 'Accept-Language, Cookie'],
  [
    'Content-Security-Policy',
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  ],
  ['X-Content-Type-Options', 'nosniff'],
  // Not "no-referrer": a browser then says of its own form that it comes from nowhere (Origin: null).
  ['Referrer-Policy', 'same-origin'],
];

export interface Said {
  readonly status: number;
  readonly because: string;
  readonly cookies?: readonly SetCookie[];
  readonly more?: Fields;
}

export function pageAnswer(language: Language, page: string, said: Said): SiteAnswer {
  const type: Fields = [
    ['Content-Type', 'text/html; charset=utf-8'],
    ['Content-Language', language],
  ];
  return answer(said, type, page);
}

export function jsonAnswer(value: object, said: Said): SiteAnswer {
  return answer(said, [['Content-Type', 'application/json']], `${JSON.stringify(value, null, 2)}\n`);
}

/** RFC 9110, section 15.4.4: after a form the browser asks for a page by GET; loading that again sends no form again. */
export function seeOther(path: string, because: string, cookies: readonly SetCookie[] = []): SiteAnswer {
  return answer({ status: 303, because, cookies }, [['Location', path]], '');
}

function answer({ status, because, cookies = [], more = [] }: Said, type: Fields, body: string): SiteAnswer {
  const set = cookies.map((cookie): Field => ['Set-Cookie', formatSetCookie(cookie)]);
  return { status, because, body, fields: [...PAGE_FIELDS, ...type, ...set, ...more] };
}
