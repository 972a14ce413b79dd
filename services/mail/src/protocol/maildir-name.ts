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

/** Whether a file of this name can be listed and opened by its name: no control characters, and nothing that is no UTF-8. */
export function isUsableName(file: string): boolean {
  return !UNUSABLE.test(file);
}

const UNUSABLE = /[\x00-\x1f\x7f\ufffd]/;

export function formatMaildirName(base: string, flags: MaildirFlags): string {
  return `${base}${INFO}${sortFlags(flags)}`;
}

/** RFC-less rule of the format: flags stand in ASCII order. */
export function sortFlags(flags: string): MaildirFlags {
  // Most are in order already.
  if (flags.length < 2 && /^[A-Za-z]?$/.test(flags)) return flags;
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
  const host = escapeHost(unique.host);
  return `${Math.floor(unique.ms / 1000)}.M${unique.microseconds}P${unique.process}Q${unique.counter}.${host}`;
}

function escapeHost(host: string): string {
  return host.replaceAll('/', '\\057').replaceAll(':', '\\072');
}

/**
 * The base of a message that comes from the queue: the same whenever it is delivered again after a crash, so that there is one
 * message all the same. The queue's id has no other characters than letters and digits.
 */
export function formatDeliveryBase(delivery: {
  id: string;
  ms: number;
  host: string;
  fileOctets: number;
  crlfOctets: number;
}): string {
  const microseconds = Math.floor(delivery.ms * 1000) % 1_000_000;
  const base = `${Math.floor(delivery.ms / 1000)}.M${microseconds}Q${delivery.id}.${escapeHost(delivery.host)}`;
  return withSizes(base, delivery.fileOctets, delivery.crlfOctets);
}

/** Octets of the file, where its name tells them. */
export function fileOctetsOf(file: string): number | null {
  const size = /,S=(\d{1,15})(?:[,:]|$)/.exec(file)?.[1];
  return size === undefined ? null : Number(size);
}

/** The base with both sizes, once they are known. */
export function withSizes(base: string, fileOctets: number | null, crlfOctets: number): string {
  return `${base}${fileOctets === null ? '' : `,S=${fileOctets}`},W=${crlfOctets}`;
}

/** When a message was delivered, in microseconds since 1970; 0 for a name of another form. */
export function deliveredAt(base: string): number {
  const [, seconds = '0', microseconds = '0'] = /^(\d{1,12})\.(?:M(\d{1,6}))?/.exec(base) ?? [];
  return Number(seconds) * 1_000_000 + Number(microseconds);
}
