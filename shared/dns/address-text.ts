/** Addresses as text: IPv4 in dotted decimal, IPv6 as RFC 5952 recommends it. */

/** The four octets of an IPv4 address, or undefined where `text` is none. */
export function parseIpv4(text: string): number[] | undefined {
  const octets: number[] = [];
  let octet = 0;
  let digits = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) {
      // A leading zero means octal to some programs: RFC 6943, section 3.1.1, has the harm of it.
      if (digits > 0 && octet === 0) return undefined;
      octet = 10 * octet + code - 0x30;
      digits += 1;
      if (octet > 255) return undefined;
    } else if (digits > 0 && octets.length < 4 && (code === 0x2e || at === text.length)) {
      octets.push(octet);
      octet = 0;
      digits = 0;
    } else return undefined;
  }
  return octets.length === 4 ? octets : undefined;
}

export function formatIpv4(octets: ArrayLike<number>): string {
  return `${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}`;
}

/** The sixteen octets of an IPv6 address (RFC 4291, section 2.2), or undefined where `text` is none. */
export function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = [parseGroups(halves[0]!), parseGroups(halves[1] ?? '')];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  // The part in dotted decimal is only allowed at the end.
  if (halves.length === 2 && halves[0]!.includes('.')) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const octets: number[] = [];
  for (const [at, group] of groups.entries()) {
    const embedded = at === groups.length - 1 ? parseIpv4(group) : undefined;
    if (embedded !== undefined) octets.push(...embedded);
    else if (/^[0-9a-f]{1,4}$/i.test(group))
      octets.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255);
    else return undefined;
  }
  return octets;
}

/** Lower case, no leading zeros, the longest run of zero groups as `::` (RFC 5952, section 4). */
export function formatIpv6(octets: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, at) => (octets[2 * at]! << 8) | octets[2 * at + 1]!);
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [at, group] of groups.entries()) {
    if (group !== 0) start = at + 1;
    else if (at + 1 - start > best.length) best = { start, length: at + 1 - start };
  }
  return best;
}
