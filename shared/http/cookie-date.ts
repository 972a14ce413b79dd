/**
 * The dates of Expires attributes, as browsers read them (RFC 6265, section 5.1.1): tokens in any order, because servers have
 * written them in every way. A server writes the one form of http-date.ts.
 */

import { parseHttpDate } from './http-date.ts';

const DELIMITERS = /[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/;
const TIME = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/;
const DAY_OF_MONTH = /^(\d{1,2})(?:\D|$)/;
const MONTH = /^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/i;
const YEAR = /^(\d{2,4})(?:\D|$)/;
/** Earliest year that a cookie may name. */
const YEAR_MIN = 1601;
/** Longest text that is looked at, in characters. */
const DATE_CHARACTERS_MAX = 256;

/** Milliseconds since 1970, or null when the text names no time. */
export function parseCookieDate(text: string): number | null {
  let time: RegExpExecArray | null = null;
  let day: string | undefined;
  let month: string | undefined;
  let year: string | undefined;
  for (const token of text.slice(0, DATE_CHARACTERS_MAX).split(DELIMITERS)) {
    const asTime: RegExpExecArray | null = time === null ? TIME.exec(token) : null;
    const asDay: string | undefined = day === undefined ? DAY_OF_MONTH.exec(token)?.[1] : undefined;
    const asMonth: string | undefined = month === undefined ? MONTH.exec(token)?.[1] : undefined;
    // The first production that fits and has not been found yet takes the token.
    if (asTime !== null) time = asTime;
    else if (asDay !== undefined) day = asDay;
    else if (asMonth !== undefined) month = asMonth;
    else year ??= YEAR.exec(token)?.[1];
  }
  if (time === null || day === undefined || month === undefined || year === undefined) return null;
  const clock = time.slice(1, 4).map((part) => part.padStart(2, '0'));
  if (Number(clock[2]) > 59 || fullYear(year) < YEAR_MIN) return null;
  const name = `${month[0]!.toUpperCase()}${month.slice(1).toLowerCase()}`;
  const written = `Sun, ${day.padStart(2, '0')} ${name} ${String(fullYear(year)).padStart(4, '0')} ${clock.join(':')} GMT`;
  return parseHttpDate(written, 0);
}

/** Two digits from 70 on are of the last century (RFC 6265, section 5.1.1). */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (year >= 70 && year <= 99) return year + 1900;
  return year <= 69 ? year + 2000 : year;
}
