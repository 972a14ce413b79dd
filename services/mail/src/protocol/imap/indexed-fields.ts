/**
 * Header fields that the mailbox's index keeps as they came, because mail programs ask for them in lists of messages
 * (`BODY.PEEK[HEADER.FIELDS (...)]`, SEARCH SUBJECT): those of ENVELOPE, and what Thunderbird, neomutt, mbsync and
 * imapflow add to them. In small letters.
 */
export const INDEXED_FIELDS: ReadonlySet<string> = new Set([
  ...['from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'subject', 'date', 'message-id', 'in-reply-to', 'references'],
  ...['content-type', 'mime-version', 'list-id', 'list-post', 'x-priority', 'importance', 'priority', 'x-mailer'],
  ...['user-agent', 'delivered-to', 'newsgroups', 'x-label', 'lines', 'x-tuid'],
]);
