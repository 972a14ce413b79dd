/** What a mailbox is for, beside keeping mail: RFC 6154, section 2. */

export const SPECIAL_USES = ['\\Archive', '\\Drafts', '\\Flagged', '\\Junk', '\\Sent', '\\Trash', '\\All'] as const;
export type SpecialUse = (typeof SPECIAL_USES)[number];

/** The mailboxes that every account has beside INBOX. */
export const DEFAULT_MAILBOXES: ReadonlyMap<string, SpecialUse> = new Map([
  ['Drafts', '\\Drafts'],
  ['Junk', '\\Junk'],
  ['Sent', '\\Sent'],
  ['Trash', '\\Trash'],
]);
