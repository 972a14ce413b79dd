/** Serial numbers of zones: a circle of 32 bits on which half of the numbers are before and half after (RFC 1982). */

/** Whether the serial `one` is newer than `other` (RFC 1982, section 3.2). */
export function isNewerSerial(one: number, other: number): boolean {
  const distance = (one - other) >>> 0;
  return distance !== 0 && distance < 0x8000_0000;
}

/** The serial after `serial`; never 0, which some take for none (RFC 1982, section 3.1; RFC 2136, section 3.6). */
export function nextSerial(serial: number): number {
  return (serial + 1) >>> 0 || 1;
}
