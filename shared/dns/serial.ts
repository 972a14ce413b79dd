/** Serial numbers of zones: a circle of 32 bits on which half of the numbers are before and half after (RFC 1982). */

/** Whether the serial `one` is newer than `other` (RFC 1982, section 3.2). */
export function isNewerSerial(one: number, other: number): boolean {
  const distance = (one - other) >>> 0;
  return distance !== 0 && distance < 0x8000_0000;
}
