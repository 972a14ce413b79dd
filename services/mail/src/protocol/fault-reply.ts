/** How a fault's reply, which has the form of SMTP's, is said in the protocols that have no codes. */
import type { SmtpReply } from './smtp-reply.ts';

/** `-ERR [SYS/TEMP] text` or `-ERR [SYS/PERM] text` (RFC 3206, sections 3 and 4). */
export function formatPop3Fault({ code, text }: SmtpReply): string {
  return `-ERR [${code < 500 ? 'SYS/TEMP' : 'SYS/PERM'}] ${text}`;
}

/** What follows the tag: `NO [UNAVAILABLE] text` for now, `NO [CONTACTADMIN] text` for good (RFC 5530, section 3). */
export function formatImapFault({ code, text }: SmtpReply): string {
  return `NO [${code < 500 ? 'UNAVAILABLE' : 'CONTACTADMIN'}] ${text}`;
}
