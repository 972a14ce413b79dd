/** The date-time of a header field: RFC 5322, section 3.3, always in UTC. */

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
export const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday. */
const EPOCH_WEEKDAY = 4;
/** Days from 1 March of the year 0 to 1 January 1970, and days of a Gregorian cycle of 400 years. */
export const EPOCH_DAYS = 719_468;
export const ERA_DAYS = 146_097;

/** `Fri, 20 Nov 2026 03:54:33 +0000` for a time in milliseconds since 1970. */
export function formatDateTime(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const seconds = Math.floor((ms - days * DAY_MS) / 1000);
  const { year, month, day } = civilDate(days);
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60]
    .map((part) => twoDigits(Math.floor(part)))
    .join(':');
  const weekday = DAYS[(((days + EPOCH_WEEKDAY) % 7) + 7) % 7];
  return `${weekday}, ${day} ${MONTHS[month - 1]} ${String(year).padStart(4, '0')} ${clock} +0000`;
}

/** The calendar counted from 1 March, so that a leap day is the last of its year. */
export function civilDate(daysSince1970: number): { year: number; month: number; day: number } {
  const days = daysSince1970 + EPOCH_DAYS;
  const era = Math.floor(days / ERA_DAYS);
  const dayOfEra = days - era * ERA_DAYS;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
