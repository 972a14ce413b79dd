/**
 * HTTP-date (RFC 9110, section 5.6.7): one form to write, three to read. Times are milliseconds since 1970, as everywhere
 * in the lab; the wire has whole seconds.
 */

const DAY_NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTH_NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const MONTH = MONTH_NAMES.join('|');
const DAY_MS = 86_400_000;

/** `Sun, 06 Nov 1994 08:49:37 GMT`: the preferred form, and the only one that is sent. */
const IMF_FIXDATE = new RegExp(
  `^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat), (\\d{2}) (${MONTH}) (\\d{4}) (\\d{2}):(\\d{2}):(\\d{2}) GMT$`,
);
/** `Sunday, 06-Nov-94 08:49:37 GMT`: obsolete RFC 850 format, with a year of two digits. */
const RFC850_DATE = new RegExp(
  `^(?:Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday), (\\d{2})-(${MONTH})-(\\d{2}) (\\d{2}):(\\d{2}):(\\d{2}) GMT$`,
);
/** `Sun Nov  6 08:49:37 1994`: the format of ANSI C's asctime(). */
const ASCTIME_DATE = new RegExp(
  `^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat) (${MONTH}) ([ \\d]\\d) (\\d{2}):(\\d{2}):(\\d{2}) (\\d{4})$`,
);

/**
 * The time that `text` names, in milliseconds since 1970, or null when it is no HTTP-date.
 *
 * @param now decides the century of a two-digit year.
 */
export function parseHttpDate(text: string, now: number): number | null {
  const fixed = IMF_FIXDATE.exec(text);
  if (fixed !== null) return timeOf(fixed[3]!, fixed[2]!, fixed[1]!, fixed.slice(4, 7));
  const asctime = ASCTIME_DATE.exec(text);
  if (asctime !== null) return timeOf(asctime[6]!, asctime[1]!, asctime[2]!, asctime.slice(3, 6));
  const rfc850 = RFC850_DATE.exec(text);
  if (rfc850 === null) return null;
  const thisYear = civilFromDays(Math.floor(now / DAY_MS)).year;
  const year = thisYear - (thisYear % 100) + Number(rfc850[3]);
  // RFC 9110, section 5.6.7: a date that seems more than 50 years in the future is of the past century.
  return timeOf(String(year > thisYear + 50 ? year - 100 : year), rfc850[2]!, rfc850[1]!, rfc850.slice(4, 7));
}

/** `timeMs` as IMF-fixdate; the fraction of a second is cut off. */
export function formatHttpDate(timeMs: number): string {
  const days = Math.floor(timeMs / DAY_MS);
  const second = Math.floor((timeMs - days * DAY_MS) / 1000);
  const { year, month, day } = civilFromDays(days);
  const clock = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60].map(twoDigits).join(':');
  const weekday = DAY_NAMES[(((days + 4) % 7) + 7) % 7]!;
  return `${weekday}, ${twoDigits(day)} ${MONTH_NAMES[month - 1]!} ${String(year).padStart(4, '0')} ${clock} GMT`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

function timeOf(yearText: string, monthName: string, dayText: string, clock: readonly string[]): number | null {
  const year = Number(yearText);
  const month = MONTH_NAMES.indexOf(monthName as (typeof MONTH_NAMES)[number]) + 1;
  const day = Number(dayText);
  const [hour, minute, second] = clock.map(Number) as [number, number, number];
  const days = daysFromCivil(year, month, day);
  const back = civilFromDays(days);
  // 60 is a leap second; a day that the month does not have comes back as another one.
  if (hour > 23 || minute > 59 || second > 60 || back.month !== month || back.day !== day) return null;
  return days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** Days between 1 January 1970 and a date of the Gregorian calendar, counted in eras of 400 years from 1 March. */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}
