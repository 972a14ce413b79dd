/**
 * Times of signatures (RFC 4034, section 3.2): seconds since 1970 modulo 2^32, as text `YYYYMMDDHHmmSS` in UTC or the
 * number of seconds itself.
 */
import { ProtocolViolation } from '../protocol-violation.ts';

const DAY_S = 86_400;

/** @throws ProtocolViolation */
export function parseSignatureTime(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= 0xffff_ffff) return Number(text);
  const [year, month, day, hour, minute, second] = (
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)?.slice(1) ?? []
  ).map(Number);
  const seconds = daysBefore(year!, month!, day!) * DAY_S + hour! * 3_600 + minute! * 60 + second!;
  if (formatSignatureTime(seconds) === text) return seconds;
  throw new ProtocolViolation(`"${text}" is no time: write YYYYMMDDHHmmSS`, 0, 'RFC 4034, section 3.2');
}

export function formatSignatureTime(seconds: number): string {
  const { year, month, day } = dateOf(Math.floor(seconds / DAY_S));
  const time = seconds % DAY_S;
  const parts = [month, day, Math.floor(time / 3_600), Math.floor((time % 3_600) / 60), time % 60];
  return `${year}${parts.map((part) => String(part).padStart(2, '0')).join('')}`;
}

/** Days from 1 January 1970 to a date. A year is counted from March, so that the leap day is its last. */
function daysBefore(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return 365 * marchYear + leapDaysBefore(marchYear) + dayOfYear - 719_468;
}

function leapDaysBefore(year: number): number {
  return Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
}

function dateOf(days: number): { year: number; month: number; day: number } {
  // At most one year too late, never too early.
  let year = 1970 + Math.floor(days / 365);
  while (daysBefore(year, 1, 1) > days) year -= 1;
  let month = 12;
  while (daysBefore(year, month, 1) > days) month -= 1;
  return { year, month, day: days - daysBefore(year, month, 1) + 1 };
}
