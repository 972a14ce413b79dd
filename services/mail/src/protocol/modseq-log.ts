/**
 * The log that ties mod-sequences to messages: RFC 7162, section 3.1. Each change of a mailbox has a number that is larger
 * than all before; a line says which messages got it, and in which state they were told with it:
 *
 *     topdown-modseq 1 V1795146873               V UIDVALIDITY
 *     5 FS 1:3,7 9d2c5680                        mod-sequence, flags (- for none), UIDs, checksum of what stands before
 *     6 ! 2 0a1b2c3d                             ! for UIDs that were expunged; - instead of UIDs for a number without messages
 *
 * Lines are only added, with one write for each change. A process that is killed leaves at most a part of the last line,
 * which nobody was told of. Anything else that cannot be read means that the file was damaged: what it said is then not
 * known, and the mailbox goes on with numbers that no log can have reached.
 */
import { formatSequenceSet } from './imap/sequence-set.ts';
import type { MaildirFlags } from './maildir-name.ts';
import { UID_MAX } from './uid-list.ts';

export interface ModseqEntry {
  readonly modseq: number;
  /** Null for messages that were expunged. */
  readonly flags: MaildirFlags | null;
  readonly uids: readonly number[];
}

export interface ModseqLogText {
  readonly uidValidity: number;
  readonly entries: readonly ModseqEntry[];
  /** Characters (all of them ASCII) up to the end of the last whole line. */
  readonly wholeLength: number;
  readonly isDamaged: boolean;
}

/** RFC 7162, section 3.1: a mod-sequence has 63 bits; numbers of JavaScript are exact up to here. */
export const MODSEQ_MAX = Number.MAX_SAFE_INTEGER;
/** UIDs that one range may name: no mailbox has more messages. */
const RANGE_MAX = 10_000_000;
const HEAD = /^topdown-modseq 1 V(\d{1,10})$/;
const LINE = /^((\d{1,16}) ([A-Za-z]{1,52}|[-!]) (-|[\d:,]+)) ([0-9a-f]{8})$/;

export type Checksum = (text: string) => number;

export function formatModseqHead(uidValidity: number): string {
  return `topdown-modseq 1 V${uidValidity}\n`;
}

export function formatModseqEntry({ modseq, flags, uids }: ModseqEntry, checksum: Checksum): string {
  const said = `${modseq} ${flags === null ? '!' : flags || '-'} ${formatSequenceSet(uids) || '-'}`;
  return `${said} ${checksum(said).toString(16).padStart(8, '0')}\n`;
}

/** Reads as far as it can be understood. Null when it is no such log at all. */
export function parseModseqLog(text: string, checksum: Checksum): ModseqLogText | null {
  const headEnd = text.indexOf('\n');
  const uidValidity = HEAD.exec(text.slice(0, Math.max(0, headEnd)))?.[1];
  if (uidValidity === undefined) return null;
  const entries: ModseqEntry[] = [];
  let at = headEnd + 1;
  for (;;) {
    const end = text.indexOf('\n', at);
    // A line without an end is one that was cut off while it was written.
    if (end === -1) return { uidValidity: Number(uidValidity), entries, wholeLength: at, isDamaged: false };
    const entry = parseEntry(text.slice(at, end), checksum);
    if (entry === null || entry.modseq < (entries.at(-1)?.modseq ?? 0))
      return { uidValidity: Number(uidValidity), entries, wholeLength: at, isDamaged: true };
    entries.push(entry);
    at = end + 1;
  }
}

function parseEntry(line: string, checksum: Checksum): ModseqEntry | null {
  const [, said, modseq, flags, set, sum] = LINE.exec(line) ?? [];
  if (said === undefined || checksum(said) !== Number.parseInt(sum!, 16)) return null;
  const uids = set === '-' ? [] : parseUids(set!);
  if (uids === null || Number(modseq) > MODSEQ_MAX) return null;
  return { modseq: Number(modseq), flags: flags === '!' ? null : flags === '-' ? '' : flags!, uids };
}

function parseUids(set: string): number[] | null {
  const uids: number[] = [];
  for (const range of set.split(',')) {
    const [, first, last = first] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(range) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (!(from >= 1 && to >= from && to <= UID_MAX && to - from < RANGE_MAX)) return null;
    for (let uid = from; uid <= to; uid += 1) uids.push(uid);
  }
  return uids;
}
