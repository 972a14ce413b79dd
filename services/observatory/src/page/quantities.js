import { fill, words } from './language.js';

/** Below this a time is told in seconds. */
export const SECONDS_MAX = 600;

/** Octets as people read them: 4 MiB, 262.1 KiB. @param {number} count */
export function octets(count) {
  const power = count < 1 ? 0 : Math.min(4, Math.floor(Math.log(count) / Math.log(1024)));
  const unit = ['B', 'KiB', 'MiB', 'GiB', 'TiB'][power];
  return `${rounded(count / 1024 ** power)} ${unit}`;
}

/** Three digits that count. @param {number} value */
export function rounded(value) {
  const places = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return Number(value.toFixed(places)).toLocaleString(document.documentElement.lang);
}

/** How long something takes, in the unit in which it is easiest to say. @param {number} seconds */
export function duration(seconds) {
  const { units } = words.p2p.time;
  if (!Number.isFinite(seconds)) return '∞';
  if (seconds < 1e-5) return '0';
  if (seconds < 1) return fill(units.ms, rounded(seconds * 1_000));
  if (seconds < SECONDS_MAX) return fill(units.s, rounded(seconds));
  if (seconds < 7_200) return fill(units.min, rounded(seconds / 60));
  if (seconds < 172_800) return fill(units.h, rounded(seconds / 3_600));
  return fill(units.d, rounded(seconds / 86_400));
}

/** So many copies of a file. @param {number} copies */
export function copiesText(copies) {
  const { one, other } = words.p2p.copiesCount;
  return fill(copies === 1 ? one : other, rounded(copies));
}
