/** Character strings as zone files write them (RFC 1035, section 5.1): octets, some of them behind a backslash. */
import { readOctet } from './name-text.ts';
import { octetStringOfText } from './octets.ts';

/** The octets that `word` writes, its escapes undone. @throws ProtocolViolation */
export function unescaped(word: string): string {
  const octets = octetStringOfText(word);
  if (!octets.includes('\\')) return octets;
  let text = '';
  for (let at = 0; at < octets.length; ) {
    const { octet, next } = readOctet(octets, at);
    text += octet;
    at = next;
  }
  return text;
}

/** An octet string between quotation marks, with the escapes that it needs. */
export function quoted(string: string): string {
  const octets = Array.from(string, (octet) => {
    const code = octet.charCodeAt(0);
    if (octet === '"' || octet === '\\') return `\\${octet}`;
    return code >= 0x20 && code < 0x7f ? octet : `\\${String(code).padStart(3, '0')}`;
  });
  return `"${octets.join('')}"`;
}
