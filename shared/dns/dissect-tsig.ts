/** Takes the RDATA of a TSIG record apart: who signed a message, when, and the signature (RFC 8945, section 4.2). */
import { dissectName } from './dissect-name.ts';
import type { FieldTree } from './field-tree.ts';
import { LABEL_OCTETS_MAX } from './name.ts';
import { formatName } from './name-text.ts';
import { formatHex } from './octets.ts';
import { TSIG_ERROR } from './tsig-record.ts';

/** Octets between the name of the algorithm and the MAC: time signed, fudge, MAC size. */
const BEFORE_MAC_OCTETS = 6 + 2 + 2;
/** Octets between the MAC and the other data: original ID, error, other length. */
const AFTER_MAC_OCTETS = 2 + 2 + 2;

/**
 * The fields of the rest of RDATA, and what they say; null, and nothing is read, where they do not fill it exactly. A
 * message decoder does not look into them: whether a signature is well formed is asked by whoever verifies it.
 */
export function dissectTsig(tree: FieldTree): string | null {
  const lengths = lengthsOf(tree.ahead());
  if (lengths === null) return null;
  const algorithm = formatName(dissectName(tree, 'algorithm'));
  const time = tree.number('time signed', 6);
  const fudge = tree.number('fudge', 2);
  tree.number('MAC size', 2);
  data(tree, 'MAC', lengths.mac);
  const id = tree.number('original ID', 2);
  const error = tree.number('error', 2, formatError);
  tree.number('other length', 2);
  data(tree, 'other data', lengths.other);
  return `${algorithm} ${time} ${fudge} ${lengths.mac} octets of MAC, ${id} ${formatError(error)}`;
}

function data(tree: FieldTree, name: string, length: number): void {
  if (length > 0) tree.leaf('value', name, length, formatHex(tree.ahead().subarray(0, length)));
}

function formatError(error: number): string {
  return Object.entries(TSIG_ERROR).find(([, number]) => number === error)?.[0] ?? String(error);
}

/** How long MAC and other data are; null where the fields do not end where the RDATA does. */
function lengthsOf(octets: Uint8Array): { mac: number; other: number } | null {
  const nameEnd = endOfName(octets);
  if (nameEnd === null) return null;
  const u16 = (at: number) => ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
  const macAt = nameEnd + BEFORE_MAC_OCTETS;
  const mac = u16(macAt - 2);
  const otherAt = macAt + mac + AFTER_MAC_OCTETS;
  const other = u16(otherAt - 2);
  return otherAt + other === octets.length ? { mac, other } : null;
}

/** Where the name at the beginning ends; null where it does not, or is compressed (RFC 8945, section 4.2, forbids it). */
function endOfName(octets: Uint8Array): number | null {
  for (let at = 0; at < octets.length; ) {
    const length = octets[at]!;
    if (length === 0) return at + 1;
    if (length > LABEL_OCTETS_MAX) return null;
    at += 1 + length;
  }
  return null;
}
