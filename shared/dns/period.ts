import { ProtocolViolation } from '../protocol-violation.ts';

/** Seconds of the units that zone files have used since BIND 4.9.8: weeks, days, hours, minutes, seconds. */
const UNIT_S: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1 };

/** Greatest TTL, in seconds (RFC 2181, section 8). */
const TTL_MAX = 0x7fff_ffff;

/** Whether `text` is a number of seconds, or numbers with units: `300`, `1h30m`. */
export function isPeriod(text: string): boolean {
  return /^(\d+|(\d+[wdhms])+)$/i.test(text);
}

/** A time to live, or a time of a SOA record, in seconds. @throws ProtocolViolation */
export function parsePeriod(text: string): number {
  if (!isPeriod(text)) {
    throw new ProtocolViolation(
      `"${text}" is no time: write seconds, or numbers with w d h m s`,
      0,
      'RFC 2308, section 4',
    );
  }
  const parts = [...text.matchAll(/(\d+)([wdhms]?)/gi)];
  const seconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_S[unit!.toLowerCase()] ?? 1), 0);
  if (seconds <= TTL_MAX) return seconds;
  throw new ProtocolViolation(`"${text}" is more than ${TTL_MAX} seconds`, 0, 'RFC 2181, section 8');
}
