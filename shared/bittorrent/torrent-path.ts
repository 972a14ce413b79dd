/**
 * Names of files in a torrent (BEP 3, "info dictionary"). They come from strangers and become paths of this machine: each
 * part must be one plain name on every system, and no two files may become one.
 */
import { ProtocolViolation } from '../protocol-violation.ts';

const CLAUSE = 'BEP 3';
/** Octets of one part of a path: what common file systems take. */
const PART_OCTETS_MAX = 255;
/** Parts of a path, folders and the file itself. */
const PARTS_MAX = 32;

/** One part of a path. @throws ProtocolViolation when it could lead elsewhere or cannot be a file's name everywhere */
export function decodePathPart(octets: Uint8Array): string {
  const part = decodeUtf8(octets);
  const why = whyNoName(part, octets.length);
  if (why === null) return part;
  throw new ProtocolViolation(`The name ${JSON.stringify(part)} ${why}`, 0, CLAUSE);
}

/** Refuses paths that meet: the same file twice (also in other letter case), or a file that is another's folder. */
export function refuseMeetingPaths(paths: readonly (readonly string[])[]): void {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const path of paths) {
    if (path.length > PARTS_MAX) throw new ProtocolViolation('A path has too many parts', 0, CLAUSE);
    const folded = path.map((part) => part.normalize('NFC').toLowerCase());
    const file = folded.join('/');
    if (files.has(file)) throw new ProtocolViolation(`The file "${path.join('/')}" comes twice`, 0, CLAUSE);
    files.add(file);
    for (let parts = 1; parts < folded.length; parts++) folders.add(folded.slice(0, parts).join('/'));
  }
  for (const file of files) {
    if (folders.has(file)) throw new ProtocolViolation(`The file "${file}" is also a folder`, 0, CLAUSE);
  }
}

function decodeUtf8(octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    throw new ProtocolViolation('A name is not UTF-8', 0, CLAUSE);
  }
}

function whyNoName(part: string, octets: number): string | null {
  if (part === '' || part === '.' || part === '..') return 'is no name of a file';
  if (octets > PART_OCTETS_MAX) return 'is too long';
  if (/[/\\]/.test(part)) return 'contains a separator of paths';
  // Those of C1 and those that turn the direction of writing too: a terminal obeys them, and "gpj.exe" is read as "exe.jpg".
  if (/[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(part)) return 'contains a control character';
  // Names that mean a device, and endings that are cut off, on Windows.
  if (/^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i.test(part) || /[. ]$/.test(part))
    return 'is reserved on some systems';
  return null;
}
