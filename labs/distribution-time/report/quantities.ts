/** Sizes and rates as people say them: 8 MiB, 410 KiB/s. */

const KIB = 1024;
const MIB = KIB * KIB;

export function sizeText(octets: number): string {
  return octets >= MIB ? `${short(octets / MIB)} MiB` : `${short(octets / KIB)} KiB`;
}

export function rateText(bytesPerS: number): string {
  return `${sizeText(bytesPerS)}/s`;
}

/** Three digits that say something. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
