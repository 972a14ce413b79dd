import type { Fields } from '#shared/http/fields.ts';
import { noticePage } from '../../page/shop/shell.ts';
import { fillWords, type RefusalCode, WORDS } from '../../page/shop/words.ts';
import type { SiteAnswer } from '../site-handler.ts';
import type { Asking } from './recognise.ts';
import { pageAnswer, type Said } from './shop-answer.ts';
import type { ShopRequest } from './shop-request.ts';

const STATUS: Readonly<Record<RefusalCode, number>> = {
  foreign: 403,
  form: 400,
  tooLong: 413,
  token: 403,
  ambiguous: 400,
  // Not 401, which belongs to a scheme of HTTP authentication (RFC 9110, section 15.5.2).
  wrongPassword: 403,
  tooManyTries: 429,
  faults: 400,
  taken: 409,
  shopFull: 503,
  ordersFull: 409,
  basketEmpty: 409,
  busy: 503,
  away: 503,
  method: 405,
};

/** A refusal: to the person in the language of the page, to the reports in English. */
export interface Refused {
  readonly text: string;
  readonly said: Said;
}

/** @param waitS when it may be tried again, in seconds; null: not by waiting */
export function refused(shop: ShopRequest, code: RefusalCode, waitS: number | null = null): Refused {
  const { language } = shop.facts(null);
  const about = { seconds: waitS ?? 0 };
  const more: Fields = waitS === null ? [] : [['Retry-After', String(waitS)]];
  return {
    text: fillWords(WORDS[language].refusals[code], about),
    said: { status: STATUS[code], because: fillWords(WORDS.en.refusals[code], about), more },
  };
}

/** A page of its own that says why nothing was done. */
export function refuse(
  shop: ShopRequest,
  code: RefusalCode,
  { waitS = null, more = [], asking = null }: { waitS?: number | null; more?: Fields; asking?: Asking | null } = {},
): SiteAnswer {
  const facts = shop.facts(asking);
  const { text, said } = refused(shop, code, waitS);
  const page = noticePage(facts, String(said.status), text);
  return pageAnswer(facts.language, page, { ...said, more: [...(said.more ?? []), ...more] });
}
