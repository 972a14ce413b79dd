/** Whose files the mailboxes of Postfix and Dovecot are: "nobody" of every Linux, since neither delivers as root. */
export const MAIL_USER = { uid: 65_534, gid: 65_534 } as const;
