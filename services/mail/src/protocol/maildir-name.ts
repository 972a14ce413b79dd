/**
 * File names in a Maildir (cr.yp.to/proto/maildir.html), as Dovecot writes them:
 *
 *     1795146873.M364837P9451Q1.mail.crepes.fr,S=1355,W=1394:2,FS
 *     seconds    unique part    host           file   CRLF   flags
 *                                              octets octets
 */

/** Flags by their letters: Draft, Flagged, Passed on, Replied, Seen, Trashed; small letters are keywords. */
export type MaildirFlags = string;

export interface MaildirName {
  /** Everything before `:2,`: it never changes while the message exists. */
  readonly base: string;
  /** Sorted, each letter once. */
  readonly flags: MaildirFlags;
  /** Octets with CRLF line ends, where the name tells them. */
  readonly crlfOctets: number | null;
}

const INFO = ':2,';

export function parseMaildirName(file: string): MaildirName {
  const at = file.lastIndexOf(INFO);
  const base = at === -1 ? file : file.slice(0, at);
  const size = /,W=(\d{1,15})(?:,|$)/.exec(base)?.[1];
  return {
    base,
    flags: at === -1 ? '' : sortFlags(file.slice(at + INFO.length)),
    crlfOctets: size === undefined ? null : Number(size),
  };
}

export function formatMaildirName(base: string, flags: MaildirFlags): string {
  return `${base}${INFO}${sortFlags(flags)}`;
}

/** RFC-less rule of the format: flags stand in ASCII order. */
export function sortFlags(flags: string): MaildirFlags {
  return [...new Set(flags.replace(/[^A-Za-z]/g, ''))].sort().join('');
}

/** A base that no other delivery has: time, microsecond, process and a counter of this process. */
export function formatUniqueBase(unique: {
  ms: number;
  microseconds: number;
  process: number;
  counter: number;
  host: string;
}): string {
  const host = unique.host.replaceAll('/', '\\057').replaceAll(':', '\\072');
  return `${Math.floor(unique.ms / 1000)}.M${unique.microseconds}P${unique.process}Q${unique.counter}.${host}`;
}

/** The base with both sizes, once they are known. */
export function withSizes(base: string, fileOctets: number, crlfOctets: number): string {
  return `${base},S=${fileOctets},W=${crlfOctets}`;
}

/** Orders deliveries by their time. */
export function compareBases(one: string, other: string): number {
  return deliveredAt(one) - deliveredAt(other) || (one < other ? -1 : one > other ? 1 : 0);
}

function deliveredAt(base: string): number {
  const [, seconds = '0', microseconds = '0'] = /^(\d{1,12})\.(?:M(\d{1,6}))?/.exec(base) ?? [];
  return Number(seconds) * 1_000_000 + Number(microseconds);
}
