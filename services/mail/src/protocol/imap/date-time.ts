/** Days and times of IMAP: RFC 3501, section 9, `date` and `date-time`; and the day of a Date field (RFC 5322, section 3.3). */

import { civilDate, DAY_MS, EPOCH_DAYS, ERA_DAYS, MONTHS } from '../date-time.ts';

/** A day as a count of days since 1 January 1970: SEARCH disregards time and zone. */
export type CalendarDate = number;

/** `1-Feb-1994` */
export function parseDate(text: string): CalendarDate | null {
  const [, day, month, year] = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(text) ?? [];
  return day === undefined ? null : toDays(Number(year), month!, Number(day));
}

/** `17-Jul-1996 02:44:25 -0700`, in milliseconds since 1970. */
export function parseDateTime(text: string): number | null {
  const found = /^([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/.exec(text);
  if (found === null) return null;
  const [, day, month, year, hours, minutes, seconds, sign, zoneHours, zoneMinutes] = found;
  const days = toDays(Number(year), month!, Number(day));
  const isClock = Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) <= 60;
  if (days === null || !isClock || Number(zoneHours) > 23 || Number(zoneMinutes) > 59) return null;
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1);
  return days * DAY_MS + ((Number(hours) * 60 + Number(minutes) - zone) * 60 + Number(seconds)) * 1000;
}

/** The same form, always in UTC. */
export function formatInternalDate(ms: number): string {
  const days = dayOf(ms);
  const seconds = Math.floor((ms - days * DAY_MS) / 1000);
  const { year, month, day } = civilDate(days);
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => pad(Math.floor(part), '0')).join(':');
  return `${pad(day, ' ')}-${MONTHS[month - 1]}-${String(year).padStart(4, '0')} ${clock} +0000`;
}

/** The day in UTC of a time in milliseconds. */
export function dayOf(ms: number): CalendarDate {
  return Math.floor(ms / DAY_MS);
}

/** The day that a Date field names, as its writer saw it. */
export function dayOfDateField(value: string): CalendarDate | null {
  const [, day, month, year] = /(?:^|[\s,])(\d{1,2})\s+([A-Za-z]{3})\s+(\d{2,4})\b/.exec(value) ?? [];
  if (day === undefined) return null;
  // RFC 5322, section 4.3: years of two and three digits.
  const short = Number(year);
  const full = year!.length === 4 ? short : year!.length === 3 || short >= 50 ? 1900 + short : 2000 + short;
  return toDays(full, month!, Number(day));
}

function toDays(year: number, monthName: string, day: number): CalendarDate | null {
  const month = MONTHS.findIndex((name) => name.toLowerCase() === monthName.toLowerCase()) + 1;
  if (month === 0 || day < 1 || day > 31) return null;
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  const days = era * ERA_DAYS + dayOfEra - EPOCH_DAYS;
  // 31 April is no day.
  return civilDate(days).day === day ? days : null;
}

function pad(number: number, fill: string): string {
  return String(number).padStart(2, fill);
}
