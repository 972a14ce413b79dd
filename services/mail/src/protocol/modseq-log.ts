/**
 * The log that ties mod-sequences to messages: RFC 7162, section 3.1. Each change of a mailbox has a number that is larger
 * than all before; a line says which messages got it, and in which state they were told with it:
 *
 *     topdown-modseq 2 V1795146873 E4            V UIDVALIDITY, E see below
 *     5 FS 1:3,7 9d2c5680                        mod-sequence, flags (- for none), UIDs, checksum of what stands before
 *     6 ! 2 0a1b2c3d                             ! for UIDs that were expunged; - instead of UIDs for a number without messages
 *
 * Lines are only added, with one write for each change. A process that is killed leaves at most a part of the last line,
 * which nobody was told of. Anything else that cannot be read means that the file was damaged: what it said is then not
 * known, and the mailbox goes on with numbers that no log can have reached.
 *
 * The log is bounded: where it is written anew it has one line for each state, and the lines of expunges back to a certain
 * mod-sequence, the number behind E. Of what was expunged up to there nothing is known (RFC 7162, section 3.2.6: <minmodseq>).
 * Version 1 had no such number, and no expunges where it had been written anew.
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

export interface ModseqLogHead {
  readonly uidValidity: number;
  /** All messages that were expunged with a larger mod-sequence have a line; null where the log does not tell. */
  readonly forgotten: number | null;
}

export interface ModseqLogText extends ModseqLogHead {
  readonly entries: readonly ModseqEntry[];
  /** Characters (all of them ASCII) up to the end of the last whole line. */
  readonly wholeLength: number;
  readonly isDamaged: boolean;
}

/** RFC 7162, section 3.1: a mod-sequence has 63 bits; numbers of JavaScript are exact up to here. */
export const MODSEQ_MAX = Number.MAX_SAFE_INTEGER;
/** UIDs that one range may name: no mailbox has more messages. */
const RANGE_MAX = 10_000_000;
const HEAD = /^topdown-modseq (?:1 V(\d{1,10})|2 V(\d{1,10}) E(\d{1,16}))$/;
const LINE = /^((\d{1,16}) ([A-Za-z]{1,52}|[-!]) (-|[\d:,]+)) ([0-9a-f]{8})$/;

export type Checksum = (text: string) => number;

export function formatModseqHead(uidValidity: number, forgotten: number): string {
  return `topdown-modseq 2 V${uidValidity} E${forgotten}\n`;
}

export function formatModseqEntry({ modseq, flags, uids }: ModseqEntry, checksum: Checksum): string {
  const said = `${modseq} ${flags === null ? '!' : flags || '-'} ${formatSequenceSet(uids) || '-'}`;
  return `${said} ${checksum(said).toString(16).padStart(8, '0')}\n`;
}

/** Null when the text is no such log. */
export function parseModseqHead(text: string): ModseqLogHead | null {
  const [head, oldUidValidity, uidValidity = oldUidValidity, forgotten] =
    HEAD.exec(text.slice(0, Math.max(0, text.indexOf('\n')))) ?? [];
  if (head === undefined) return null;
  return { uidValidity: Number(uidValidity), forgotten: forgotten === undefined ? null : Number(forgotten) };
}

/** Reads as far as it can be understood. Null when it is no such log at all. */
export function parseModseqLog(text: string, checksum: Checksum): ModseqLogText | null {
  const head = parseModseqHead(text);
  if (head === null) return null;
  const entries: ModseqEntry[] = [];
  let at = text.indexOf('\n') + 1;
  for (;;) {
    const end = text.indexOf('\n', at);
    // A line without an end is one that was cut off while it was written.
    if (end === -1) return { ...head, entries, wholeLength: at, isDamaged: false };
    const entry = parseEntry(text.slice(at, end), checksum);
    if (entry === null || entry.modseq < (entries.at(-1)?.modseq ?? 0))
      return { ...head, entries, wholeLength: at, isDamaged: true };
    entries.push(entry);
    at = end + 1;
  }
}

/**
 * What was expunged with a larger mod-sequence than `since`, of a log that ends in a whole line: found from its end, without
 * reading the other lines. Null when a line is damaged.
 */
export function findExpunged(text: string, since: number, checksum: Checksum): ModseqEntry[] | null {
  const found: ModseqEntry[] = [];
  for (let at = text.lastIndexOf(EXPUNGED); at > 0; at = text.lastIndexOf(EXPUNGED, at - 1)) {
    const entry = parseEntry(text.slice(text.lastIndexOf('\n', at) + 1, text.indexOf('\n', at)), checksum);
    if (entry === null) return null;
    // Numbers never fall.
    if (entry.modseq <= since) break;
    if (entry.uids.length > 0) found.push(entry);
  }
  return found.reverse();
}

/** Stands in the lines of expunges, and in no other. */
const EXPUNGED = ' ! ';

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
