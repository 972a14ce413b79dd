/** The time that a Date or Received field tells: RFC 5322, section 3.3, with the zones of section 4.3. */
import { parseDateTime } from './imap/date-time.ts';

/** Zones with a name, as an offset; every other name is of no known offset, which counts as -0000. */
const ZONES: Readonly<Record<string, string>> = {
  EST: '-0500',
  EDT: '-0400',
  CST: '-0600',
  CDT: '-0500',
  MST: '-0700',
  MDT: '-0600',
  PST: '-0800',
  PDT: '-0700',
};
const FIELD_LENGTH_MAX = 200;
const DATE_TIME =
  /(?:^|[\s,])(\d{1,2})\s+([A-Za-z]{3})\s+(\d{2,4})\s+(\d{1,2})\s*:\s*(\d\d)(?:\s*:\s*(\d\d))?(?:\s+(?:([+-]\d{4})|([A-Za-z]{1,5})))?/;
/** Section 3.2.2: comments may stand between any two of its words. */
const COMMENT = /\([^()]*\)/g;

/** In milliseconds since 1970; null when there is no date that can be read. */
export function parseMessageDate(value: string): number | null {
  const found = DATE_TIME.exec(value.slice(0, FIELD_LENGTH_MAX).replace(COMMENT, ' '));
  if (found === null) return null;
  const [, day = '', month = '', year = '', hours = '', minutes = '', seconds = '00', offset, zone = ''] = found;
  const clock = `${hours.padStart(2, '0')}:${minutes}:${seconds}`;
  return parseDateTime(
    `${day.padStart(2, ' ')}-${month}-${fullYear(year)} ${clock} ${offset ?? ZONES[zone.toUpperCase()] ?? '+0000'}`,
  );
}

/** Section 4.3: years of two and three digits. */
function fullYear(year: string): string {
  if (year.length === 4) return year;
  return String(Number(year) + (year.length === 2 && Number(year) < 50 ? 2000 : 1900));
}
