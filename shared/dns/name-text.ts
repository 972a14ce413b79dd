/**
 * Names as people and zone files write them (RFC 1035, section 5.1; RFC 4343, section 2.1): labels with full stops
 * between them; `\X` is the character X without its meaning, `\DDD` is the octet of that decimal number.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { checkedName, type Name, ROOT } from './name.ts';
import { octetStringOfText } from './octets.ts';

const CLAUSE = 'RFC 1035, section 5.1';

/** Octets that mean something in a zone file and are written with a backslash. */
const SPECIAL = /[."\\();@$]/;

/**
 * The name that `text` writes. A name that does not end in a full stop is completed with `origin`: `www` in the zone
 * cnn.com is www.cnn.com.
 *
 * @throws ProtocolViolation
 */
export function parseName(text: string, origin: Name = ROOT): Name {
  if (text === '') throw new ProtocolViolation('A name is empty', 0, CLAUSE);
  if (text === '.') return ROOT;
  const octets = octetStringOfText(text);
  const labels: string[] = [];
  let label = '';
  let at = 0;
  while (at < octets.length) {
    if (octets[at] === '.') {
      if (label === '') throw new ProtocolViolation(`"${text}" has an empty label`, at, CLAUSE);
      labels.push(label);
      label = '';
      at += 1;
    } else {
      const { octet, next } = readOctet(octets, at);
      label += octet;
      at = next;
    }
  }
  return checkedName(label === '' ? labels : [...labels, label, ...origin]);
}

/** One octet of presentation text at `at`, its escape undone, and where the next one begins. @throws ProtocolViolation */
export function readOctet(text: string, at: number): { octet: string; next: number } {
  if (text[at] !== '\\') return { octet: text[at]!, next: at + 1 };
  const escaped = text[at + 1];
  if (escaped === undefined) throw new ProtocolViolation('A backslash ends the text', at, CLAUSE);
  if (!/\d/.test(escaped)) return { octet: escaped, next: at + 2 };
  const digits = text.slice(at + 1, at + 4);
  if (!/^\d{3}$/.test(digits) || Number(digits) > 255) {
    throw new ProtocolViolation(`"\\${digits}" is no octet: write three digits from 000 to 255`, at, CLAUSE);
  }
  return { octet: String.fromCharCode(Number(digits)), next: at + 4 };
}

/** A name as zone files print it, with the final full stop. */
export function formatName(name: Name): string {
  return name.length === 0 ? '.' : name.map((label) => `${formatLabel(label)}.`).join('');
}

/** A name as people write it, without the final full stop; the root is `.`. */
export function formatHostname(name: Name): string {
  return name.length === 0 ? '.' : name.map(formatLabel).join('.');
}

function formatLabel(label: string): string {
  if (/^[A-Za-z0-9_*-]+$/.test(label)) return label;
  return Array.from(label, (octet) => (SPECIAL.test(octet) ? `\\${octet}` : formatOctet(octet))).join('');
}

/** A printable octet as itself, any other (a blank too) as `\DDD`. */
function formatOctet(octet: string): string {
  const code = octet.charCodeAt(0);
  return code > 0x20 && code < 0x7f ? octet : `\\${String(code).padStart(3, '0')}`;
}
