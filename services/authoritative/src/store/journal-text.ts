/**
 * The journal of a zone, as a file that a person can read. Its first line says what it is; then follows one entry for each
 * update that was acknowledged:
 *
 *     topdown journal 1 foo.com. 127.53 5d41402a
 *     update 2026112001 2026112002 231 1a2b3c4d 2026-11-20T06:50:00.000Z 6affec69 300 88f6...def3 owner.
 *     -foo.com. 3600 IN SOA ...
 *     +foo.com. 3600 IN SOA ...
 *     +new.foo.com. 60 IN A 127.53.10.9
 *
 * that is: the serial before and after, the octets of the lines that follow, the CRC-32 of all that is in the entry but
 * itself, the time, and the signature of the request: when it was made, its fudge, its MAC and the key. A `-` is a record that
 * was deleted, a `+` one that was added. The first line ends with the CRC-32 of what is before it. Where several updates went to
 * the disk by one write, those after the first say `2026112002 2026112003 of 2026112001`: the serial that the write began with.
 *
 * Octets and CRC tell an entry that was written in part from a whole one. A write begins when the one before is on the disk, so
 * that a crash leaves at most the entries of the last write in part, in any order: what has a whole entry of a later write
 * behind it was whole once, and is damaged.
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
  /** The serial that its write began with. */
  readonly writeFrom: number;
  /** The octet of the file at which it begins, and the one after it. */
  readonly start: number;
  readonly end: number;
}

/** What is wrong with a journal, and the octet at which that begins. */
export interface Damage {
  readonly at: number;
  readonly what: string;
}

export interface ReadJournal {
  readonly entries: readonly ReadEntry[];
  /** Octets of the file that are whole; what is behind them was being written when the machine stopped. */
  readonly end: number;
  /** The network that its addresses are of. */
  readonly net: string;
  /** Why it must not be gone on with: an update that was acknowledged would be lost. */
  readonly damage: Damage | null;
}

/** The CRC is missing in journals of earlier versions of this program. */
const TITLE = /^(topdown journal 1 (\S+) (\d+\.\d+))(?: ([0-9a-f]{8}))?\n/;
/** The key cannot end with a quotation mark, so that no text that a record holds is taken for an entry. */
const ENTRY =
  /update (\d+ (\d+)(?: of (\d+))?) (\d+) ([0-9a-f]{8}) (\S+) ([0-9a-f]+) (\d+) ([0-9a-f]+) ((?:[^\s"\\]|\\.)+)\n/;
const ENTRY_HERE = new RegExp(ENTRY, 'y');
const ENTRY_ANYWHERE = new RegExp(ENTRY, 'g');

export function formatTitle(origin: Name, net: string): string {
  const title = `topdown journal 1 ${formatName(origin)} ${net}`;
  return `${title} ${checksum(title)}\n`;
}

/** @param writeFrom the serial before the first of the entries that go to the disk together */
export function formatEntry({ difference, at, signature }: JournalEntry, writeFrom = difference.from): string {
  const { from, to, deleted, added } = difference;
  const serials = `${from} ${to}${writeFrom === from ? '' : ` of ${writeFrom}`}`;
  const lines = [
    ...deleted.map((record) => `-${formatRecord(record)}\n`),
    ...added.map((record) => `+${formatRecord(record)}\n`),
  ];
  const body = lines.join('');
  const { timeSigned, fudge, mac, key } = signature;
  const tail = `${new Date(at).toISOString()} ${timeSigned.toString(16)} ${fudge} ${mac} ${formatName(key)}`;
  return `update ${serials} ${body.length} ${checksumOf(serials, tail, body)} ${tail}\n${body}`;
}

/** What is whole in the text of the journal of `origin`; null where there is none yet. */
export function parseJournal(text: string, origin: Name): ReadJournal | null {
  const damaged = (at: number, what: string) => ({ entries, end: at, net: title?.[3] ?? '', damage: { at, what } });
  const entries: ReadEntry[] = [];
  const title = TITLE.exec(text);
  if (title === null || (title[4] !== undefined && checksum(title[1]!) !== title[4])) {
    return nextWhole(text, 0) === null ? null : damaged(0, 'its first line is damaged');
  }
  if (title[2]!.toLowerCase() !== formatName(origin).toLowerCase()) return damaged(0, `it is that of ${title[2]}`);
  for (let at = title[0].length; ; ) {
    const head = matchAt(ENTRY_HERE, text, at);
    if (head === null || !isWhole(text, head)) {
      const next = nextWhole(text, at + 1);
      if (next === null || isOfOneWrite(text, next, entries.at(-1)))
        return { entries, end: at, net: title[3]!, damage: null };
      const where = `at octet ${next.index}`;
      return damaged(at, `an update${afterThat(entries)} is damaged, and behind it, ${where}, is a whole one`);
    }
    const entry = parseEntry(text, head);
    // Its octets are as they were written, and still nobody can read them: another version of this program wrote it.
    if (typeof entry === 'string') return damaged(at, `an update${afterThat(entries)} cannot be read (${entry})`);
    entries.push(entry);
    at = entry.end;
  }
}

function afterThat(entries: readonly ReadEntry[]): string {
  const last = entries.at(-1);
  return last === undefined ? '' : ` after serial ${last.difference.to}`;
}

/** The next whole entry, from the octet `from` on. */
function nextWhole(text: string, from: number): RegExpExecArray | null {
  for (let at = from; ; ) {
    const head = matchAt(ENTRY_ANYWHERE, text, at);
    if (head === null || isWhole(text, head)) return head;
    at = head.index + 1;
  }
}

/** Whether `next` and all that is whole behind it went to the disk with what is damaged before it, after the entry `last`. */
function isOfOneWrite(text: string, next: RegExpExecArray, last: ReadEntry | undefined): boolean {
  const writeFrom = next[3];
  const mayFollow = last === undefined || [last.difference.to, last.writeFrom].includes(Number(writeFrom));
  if (writeFrom === undefined || !mayFollow) return false;
  for (let head: RegExpExecArray | null = next; head !== null; head = nextWhole(text, head.index + 1)) {
    if (head[3] !== writeFrom) return false;
  }
  return true;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function isWhole(text: string, head: RegExpExecArray): boolean {
  const [, serials, , , , crc] = head;
  const body = bodyOf(text, head);
  return body !== null && checksumOf(serials!, tailOf(head), body) === crc;
}

/** The lines behind a head; null where they are not all there. */
function bodyOf(text: string, head: RegExpExecArray): string | null {
  const start = head.index + head[0].length;
  const end = start + Number(head[4]);
  return end <= text.length ? text.slice(start, end) : null;
}

function tailOf([, , , , , , time, timeSigned, fudge, mac, key]: RegExpExecArray): string {
  return `${time} ${timeSigned} ${fudge} ${mac} ${key}`;
}

/** A whole entry, or why it cannot be read. */
function parseEntry(text: string, head: RegExpExecArray): ReadEntry | string {
  const [, serials, to, writeFrom, , , time, timeSigned, fudge, mac, key] = head;
  const from = Number.parseInt(serials!, 10);
  const body = bodyOf(text, head)!;
  try {
    return {
      difference: { from, to: Number(to), deleted: recordsOf(body, '-'), added: recordsOf(body, '+') },
      at: Date.parse(time!),
      signature: {
        key: parseName(key!),
        timeSigned: Number.parseInt(timeSigned!, 16),
        fudge: Number(fudge),
        mac: mac!,
      },
      writeFrom: writeFrom === undefined ? from : Number(writeFrom),
      start: head.index,
      end: head.index + head[0].length + body.length,
    };
  } catch (error) {
    if (error instanceof ZoneFileError || error instanceof ProtocolViolation) return error.message;
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

function checksumOf(serials: string, tail: string, body: string): string {
  return checksum(`${serials} ${tail}\n${body}`);
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
