/**
 * The target of a GET request that Node's HTTP parser refused, one character for each octet, or null. A URL has no octets
 * above 0x7f (RFC 3986, section 2), but some peers send the octets of an info hash unescaped, and mean nothing else by it.
 */
export function targetOfRefused(packet: Uint8Array): string | null {
  let request = '';
  for (const octet of packet) request += String.fromCharCode(octet);
  // The whole head must be there: this is no parser of streams.
  const match = /^GET (\/[!-~\x80-\xff]*) HTTP\/1\.[01]\r\n(?:[^\r\n]*\r\n)*\r\n$/.exec(request);
  return match?.[1] ?? null;
}
