/**
 * The journal of a zone, as a file that a person can read. Its first line says what it is; then follows one entry for each
 * update that was acknowledged:
 *
 *     topdown journal 1 foo.com. 127.53
 *     update 2026112001 2026112002 231 1a2b3c4d 2026-11-20T06:50:00.000Z 6affec69 300 88f6...def3 owner.
 *     -foo.com. 3600 IN SOA ...
 *     +foo.com. 3600 IN SOA ...
 *     +new.foo.com. 60 IN A 127.53.10.9
 *
 * that is: the serial before and after, the octets of the lines that follow, the CRC-32 of all that is in the entry but
 * itself, the time, and the signature of the request: when it was made, its fudge, its MAC and the key. A `-` is a record that
 * was deleted, a `+` one that was added. Octets and CRC tell an entry that was written in part from a whole one.
 */
import { crc32 } from 'node:zlib';
import { parseMasterFile } from '#shared/dns/master-file.ts';
import type { ResourceRecord } from '#shared/dns/message.ts';
import { type Name, ROOT } from '#shared/dns/name.ts';
import { formatName, parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { ZoneFileError } from '#shared/dns/zone-file-error.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import type { Difference } from '../protocol/difference.ts';

/** Who asked for an update, and by which signature: a repetition of it is known by that, after a restart too. */
export interface Signature {
  readonly key: Name;
  /** Seconds since 1970. */
  readonly timeSigned: number;
  /** Seconds. */
  readonly fudge: number;
  /** In hexadecimal. */
  readonly mac: string;
}

export interface JournalEntry {
  readonly difference: Difference;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly signature: Signature;
}

interface ReadEntry extends JournalEntry {
  /** The octet of the file at which it begins, and the one after it. */
  readonly start: number;
  readonly end: number;
}

export interface ReadJournal {
  readonly entries: readonly ReadEntry[];
  /** Octets of the file that are whole. */
  readonly end: number;
  /** The network that its addresses are of. */
  readonly net: string;
}

const TITLE = /^topdown journal 1 (\S+) (\d+\.\d+)\n/;
const ENTRY = /update (\d+) (\d+) (\d+) ([0-9a-f]{8}) (\S+) ([0-9a-f]+) (\d+) ([0-9a-f]+) (\S+)\n/y;

export function formatTitle(origin: Name, net: string): string {
  return `topdown journal 1 ${formatName(origin)} ${net}\n`;
}

export function formatEntry({ difference, at, signature }: JournalEntry): string {
  const { from, to, deleted, added } = difference;
  const lines = [
    ...deleted.map((record) => `-${formatRecord(record)}\n`),
    ...added.map((record) => `+${formatRecord(record)}\n`),
  ];
  const body = lines.join('');
  const { timeSigned, fudge, mac, key } = signature;
  const tail = `${new Date(at).toISOString()} ${timeSigned.toString(16)} ${fudge} ${mac} ${formatName(key)}`;
  return `update ${from} ${to} ${body.length} ${checksum(from, to, tail, body)} ${tail}\n${body}`;
}

/** What is whole in the text of a journal; null where it has not even a title. */
export function parseJournal(text: string): ReadJournal | null {
  const title = TITLE.exec(text);
  if (title === null) return null;
  const entries: ReadEntry[] = [];
  for (let at = title[0].length; ; ) {
    const entry = parseEntryAt(text, at);
    if (entry === null) return { entries, end: at, net: title[2]! };
    entries.push(entry);
    at = entry.end;
  }
}

function parseEntryAt(text: string, at: number): ReadEntry | null {
  ENTRY.lastIndex = at;
  const match = ENTRY.exec(text);
  if (match === null) return null;
  const [head, from, to, length, crc, time, timeSigned, fudge, mac, key] = match;
  const start = at + head.length;
  const body = text.slice(start, start + Number(length));
  const tail = `${time} ${timeSigned} ${fudge} ${mac} ${key}`;
  if (body.length < Number(length) || checksum(Number(from), Number(to), tail, body) !== crc) return null;
  try {
    return {
      difference: { from: Number(from), to: Number(to), deleted: recordsOf(body, '-'), added: recordsOf(body, '+') },
      at: Date.parse(time!),
      signature: {
        key: parseName(key!),
        timeSigned: Number.parseInt(timeSigned!, 16),
        fudge: Number(fudge),
        mac: mac!,
      },
      start: at,
      end: start + body.length,
    };
  } catch (error) {
    // Its octets are as they were written, and still nobody can read them: another version of this program wrote it.
    if (error instanceof ZoneFileError || error instanceof ProtocolViolation) return null;
    throw error;
  }
}

function recordsOf(body: string, mark: '-' | '+'): ResourceRecord[] {
  const lines = body.split('\n').filter((line) => line.startsWith(mark));
  const text = lines.map((line) => line.slice(1)).join('\n');
  const file = { text, file: 'journal' };
  const noInclude = () => {
    throw new Error('a journal includes nothing');
  };
  return parseMasterFile(file, ROOT, noInclude).map(({ record }) => record);
}

function checksum(from: number, to: number, tail: string, body: string): string {
  return crc32(`${from} ${to} ${tail}\n${body}`).toString(16).padStart(8, '0');
}
